package experiment

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
)

const (
	mostUnparsed     = 0.01 // of all lines
	missingThreshold = 100  // evidence
)

// Log says whether the log is complete enough: whether lines could be parsed, and
// whether fields are missing as often in every arm.
type Log struct {
	Lines, Unparsed int64
	Incomplete      bool
	Missing         []Missing // those that are missing anywhere
}

// Missing is how often a field is missing in an arm and in the control.
type Missing struct {
	Field             string // "key", "status" or "request time"
	Variant           string
	Missing, Requests int64
	ControlMissing    int64
	ControlRequests   int64
	LnEvidence        float64
	Uneven            bool
}

// newLog checks the arms against the control.
func newLog(x *aggregator.Experiment, p *plan) Log {
	l := Log{Lines: p.Lines, Unparsed: p.Unparsed}
	l.Incomplete = float64(p.Unparsed) > mostUnparsed*float64(p.Lines)
	control := x.Arms[p.control]
	for i, arm := range x.Arms {
		if i == p.control {
			continue
		}
		pi := pairShare(p.Shares, i, p.control)
		alike := requestsAlike(arm.Cells, control.Cells)
		for _, m := range []Missing{
			{Field: "key", Missing: arm.NoKey, Requests: arm.Requests, ControlMissing: control.NoKey, ControlRequests: control.Requests},
			{Field: "status", Missing: arm.NoStatus, Requests: arm.Requests - arm.NoKey, ControlMissing: control.NoStatus, ControlRequests: control.Requests - control.NoKey},
			{Field: "request time", Missing: arm.NoTime, Requests: arm.Requests - arm.NoKey, ControlMissing: control.NoTime, ControlRequests: control.Requests - control.NoKey},
		} {
			if m.Missing <= 0 && m.ControlMissing <= 0 {
				continue
			}
			m.Variant = arm.Name
			m.test(alike, pi)
			l.Missing = append(l.Missing, m)
			l.Incomplete = l.Incomplete || m.Uneven
		}
	}
	return l
}

// test compares the rates. A client's requests are taken to lack the field all or
// none, which is the most that chance can do to the arms' rates: each missing one
// stands for as many as a client has requests, by size-biased mean.
func (m *Missing) test(alike, pi float64) {
	n1, n0 := float64(m.Requests), float64(m.ControlRequests)
	if n1 <= 0 || n0 <= 0 {
		return
	}
	rate := (float64(m.Missing) + float64(m.ControlMissing)) / (n1 + n0)
	if rate >= 1 {
		return
	}
	deviation := math.Sqrt(pi * (1 - pi) * rate * (1 - rate) * (n1 + n0) * alike)
	if !(deviation > 0) {
		return
	}
	z := (float64(m.Missing) - float64(rate*n1)) / deviation
	m.LnEvidence = LnEvidence(z, deviation*(1/n1+1/n0), rate)
	m.Uneven = m.LnEvidence >= math.Log(missingThreshold)
}

// requestsAlike is how many requests a request's client has, on average, by groups
// of clients: at least 1.
func requestsAlike(arm, control []aggregator.Cell) float64 {
	totals := make([]float64, aggregator.ExperimentCells)
	for _, cells := range [][]aggregator.Cell{arm, control} {
		for g := range cells {
			totals[g] += float64(cells[g].Requests)
		}
	}
	if n := sum(totals); n > 0 {
		return max(1, groupSquares(totals)/n)
	}
	return 1
}

func (l Log) reason() string {
	for _, m := range l.Missing {
		if m.Uneven {
			return fmt.Sprintf("The %s is missing in %d of %d lines of %q, but in %d of %d of the control: what is left is not comparable.",
				m.Field, m.Missing, m.Requests, m.Variant, m.ControlMissing, m.ControlRequests)
		}
	}
	return fmt.Sprintf("Of %d lines, %d could not be parsed: more than %v %%.", l.Lines, l.Unparsed, mostUnparsed*100)
}
