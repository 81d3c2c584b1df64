package experiment

import (
	"fmt"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// Epoch is since when the split is what it is. Times are Unix milliseconds, or
// parser.NoTime.
type Epoch struct {
	Changed     int64 // when another split was seen to end
	Settles     int64 // until when requests are not counted; NoTime without a change
	Settling    int64 // requests left out
	First, Last int64 // event times of those that count
	New         bool
}

func newEpoch(x *aggregator.Experiment) Epoch {
	e := Epoch{Changed: x.Changed, Settles: x.Settles, Settling: x.Settling, First: x.First, Last: x.Last}
	requests := int64(0)
	for _, arm := range x.Arms {
		requests += arm.Requests
	}
	e.New = x.Changed != parser.NoTime && requests == 0
	return e
}

func (e Epoch) reason() string {
	return fmt.Sprintf("The split, or from when on a request is slow, was changed at %s. Requests before %s are not counted: workers may still have assigned them as before.",
		instant(e.Changed), instant(e.Settles))
}

// note says what the beginning of an epoch leaves out.
func (e Epoch) note() string {
	return fmt.Sprintf("Of the time until %s, %d requests are not counted: workers may have assigned them as before the change.",
		instant(e.Settles), e.Settling)
}

func instant(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format("2006-01-02 15:04:05 UTC")
}
