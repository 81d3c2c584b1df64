package experiment

import (
	"fmt"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// leastEpoch is how long after a change of the split nothing is said, in
// milliseconds of event time: workers of before a reload rightly log the old
// assignment.
const leastEpoch = 10 * 60 * 1000

// Epoch is since when the split is what it is. Times are Unix milliseconds, or
// parser.NoTime.
type Epoch struct {
	Changed     int64 // when another split was seen to end
	First, Last int64 // event times of its requests
	Settles     int64 // until when nothing is said; NoTime without a change
	New         bool
}

func newEpoch(x *aggregator.Experiment, shutdownTimeout int64) Epoch {
	e := Epoch{Changed: x.Changed, First: x.First, Last: x.Last, Settles: parser.NoTime}
	if x.Changed == parser.NoTime {
		return e
	}
	// in floating point, since times are what a log says
	wait := max(leastEpoch, 2*float64(shutdownTimeout))
	e.Settles = int64(min(float64(x.Changed)+wait, 1<<62))
	e.New = x.Last == parser.NoTime || float64(x.Last)-float64(x.Changed) < wait
	return e
}

func (e Epoch) reason() string {
	return fmt.Sprintf("The split was changed at %s. Until %s, requests may still have been assigned by the one before.",
		instant(e.Changed), instant(e.Settles))
}

func instant(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format("2006-01-02 15:04:05 UTC")
}
