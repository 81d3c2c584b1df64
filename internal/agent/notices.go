package agent

import (
	"bytes"
	"time"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// notices are what is to be said of the lines of a log, kept until its lock is
// free: the first line of each reason that was not fully parsed, then no other of
// that reason for noticePause.
type notices struct {
	say     func(n notice)
	now     func() time.Time
	pending []notice
	reasons map[string]*noticed // bounded: reasons are a fixed set and names of variables
}

// notice is a line that was not fully parsed.
type notice struct {
	fault      parser.Fault
	suppressed int64 // how many of the same reason were not told since the last
}

type noticed struct {
	last       time.Time
	suppressed int64
}

const noticePause = time.Minute

func newNotices(now func() time.Time, say func(notice)) *notices {
	return &notices{say: say, now: now, reasons: make(map[string]*noticed)}
}

// fault takes note of a line that was not fully parsed.
func (n *notices) fault(_ *tailer.Batch, reason string, explain func() parser.Fault) {
	known, ok := n.reasons[reason]
	if !ok {
		known = &noticed{}
		n.reasons[reason] = known
	}
	known.suppressed++
	if now := n.now(); now.Sub(known.last) >= noticePause {
		fault := explain()
		fault.Text = bytes.Clone(fault.Text[:min(maxSampleText, len(fault.Text))])
		n.pending = append(n.pending, notice{fault, known.suppressed - 1})
		known.last, known.suppressed = now, 0
	}
}

// flush says what is pending.
func (n *notices) flush() {
	for _, pending := range n.pending {
		n.say(pending)
	}
	n.pending = n.pending[:0]
}
