package report

import (
	"fmt"

	"github.com/splitgauge/splitgauge/aggregator"
)

// absentName stands for a status, class or method that was not logged.
const absentName = "-"

// statusName returns a status as nginx logs it, three digits, "-" where there
// is none and "other" for those past the bound.
func statusName(status int) string {
	switch {
	case status < 0:
		return absentName
	case status == aggregator.OtherStatus:
		return aggregator.Other
	default:
		return fmt.Sprintf("%03d", status)
	}
}

// className returns the name of an index into StatusClasses.
func className(class int) string {
	if class == aggregator.NoStatusClass {
		return absentName
	}
	return fmt.Sprintf("%dxx", class)
}
