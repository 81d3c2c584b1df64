package main

import (
	"fmt"
	"strconv"
	"strings"
)

// share is a part of a whole, from 0 to 1.
type share float64

// parseShare reads "1%" or "0.01".
func parseShare(text string) (share, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	if percent {
		value /= 100
	}
	if err != nil || !(value >= 0 && value <= 1) {
		return 0, fmt.Errorf("cannot read --max-unparsed %q: want a share such as 1%% or 0.01", text)
	}
	return share(value), nil
}

// exceededBy reports whether part of whole is more than the share.
func (s share) exceededBy(part, whole int64) bool {
	return float64(part) > float64(s)*float64(whole)
}
