package experiment

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
)

const (
	mostUnparsed     = 0.01 // of all lines
	missingThreshold = 100  // evidence

	leastKeyless = 20   // requests that failed and have no key
	keylessGap   = 0.05 // between the shares without a key

	outsideErrors = 0.1 // of all errors are in no arm

	keylessNote = 0.01 // of all requests
)

// Log says whether the log is complete enough: whether lines could be parsed, and
// whether fields are missing as often in every arm.
type Log struct {
	Lines, Unparsed int64
	Partial         int64 // lines of which a part could not be parsed
	Incomplete      bool
	Missing         []Missing // those that are missing anywhere
	Keyless         Keyless
	Outside         Outside
}

// Keyless is how many requests of all arms have a key without a value. They count
// as one client's, which is no harm as long as it has nothing to do with what
// becomes of them. If failing makes a request lose its key, those who failed are
// not known, and rates of the others mislead.
type Keyless struct {
	Requests, Errors       int64 // that have none; errors are server errors
	AllRequests, AllErrors int64 // of all
	Failed                 bool  // much more often those that failed
	Suspicious             bool  // more often those that failed
}

// Outside is how many requests are in no arm since their lines have neither the
// variant nor what the key is made of: those of another site, or of an error page
// with a log format of its own.
type Outside struct {
	Requests, Errors int64 // that are in none; errors are server errors
	AllErrors        int64 // those in the arms included
	Suspicious       bool  // they fail much more often than those in the arms
}

// Missing is how often a field is missing in an arm and in the control.
type Missing struct {
	Field             string // "key", "status", "number of bytes" or "request time"
	Variant           string
	Missing, Requests int64
	ControlMissing    int64
	ControlRequests   int64
	LnEvidence        float64
	Uneven            bool
}

// newLog checks the arms against the control.
func newLog(x *aggregator.Experiment, p *plan) Log {
	l := Log{Lines: x.Lines, Unparsed: x.Unparsed, Partial: x.Partial}
	l.Incomplete = float64(x.Unparsed) > mostUnparsed*float64(x.Lines)
	l.Keyless = newKeyless(x)
	l.Outside = newOutside(x, &l.Keyless)
	l.Incomplete = l.Incomplete || l.Keyless.Failed
	control := x.Arms[p.control]
	for i, arm := range x.Arms {
		if i == p.control {
			continue
		}
		pi := pairShare(p.Shares, i, p.control)
		alike := 0.0 // not worked out yet
		for _, m := range []Missing{
			{Field: "key", Missing: arm.NoKey, Requests: arm.Requests, ControlMissing: control.NoKey, ControlRequests: control.Requests},
			{Field: "status", Missing: arm.NoStatus, Requests: arm.Requests - arm.NoKey, ControlMissing: control.NoStatus, ControlRequests: control.Requests - control.NoKey},
			{Field: "number of bytes", Missing: arm.NoBytes, Requests: arm.Requests - arm.NoKey, ControlMissing: control.NoBytes, ControlRequests: control.Requests - control.NoKey},
			{Field: "request time", Missing: arm.NoTime, Requests: arm.Requests - arm.NoKey, ControlMissing: control.NoTime, ControlRequests: control.Requests - control.NoKey},
		} {
			if m.Missing <= 0 && m.ControlMissing <= 0 || m.Field == "number of bytes" && !p.isTested(Bytes) {
				continue
			}
			m.Variant = arm.Name
			if alike == 0 {
				alike = requestsAlike(arm.Cells, control.Cells)
			}
			m.test(alike, pi)
			l.Missing = append(l.Missing, m)
			l.Incomplete = l.Incomplete || m.Uneven
		}
	}
	return l
}

// newKeyless counts, and compares the share without a key of what failed with that
// of the rest: no test, but a gap that no chance explains.
func newKeyless(x *aggregator.Experiment) (k Keyless) {
	for _, arm := range x.Arms {
		k.Requests += arm.Keyless.Requests
		k.Errors += arm.Keyless.Errors5xx
		k.AllRequests += arm.Requests
		for i := range arm.Cells {
			k.AllErrors += arm.Cells[i].Errors5xx
		}
	}
	if k.Errors < leastKeyless {
		return k
	}
	failed := float64(k.Errors) / float64(k.AllErrors)
	rest := float64(k.Requests-k.Errors) / max(1, float64(k.AllRequests-k.AllErrors))
	k.Suspicious = failed > rest+keylessGap
	k.Failed = k.Suspicious && (failed > 2*rest+keylessGap || 1-failed < (1-rest)/2)
	return k
}

// newOutside counts, and compares how often requests fail in no arm and in one.
func newOutside(x *aggregator.Experiment, inside *Keyless) Outside {
	o := Outside{Requests: x.Outside.Requests, Errors: x.Outside.Errors5xx, AllErrors: x.Outside.Errors5xx + inside.AllErrors}
	outside := float64(o.Errors) / max(1, float64(o.Requests))
	within := float64(inside.AllErrors) / max(1, float64(inside.AllRequests))
	o.Suspicious = o.Errors >= leastKeyless && float64(o.Errors) > outsideErrors*float64(o.AllErrors) && outside > 2*within
	return o
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
	if k := l.Keyless; k.Failed {
		return fmt.Sprintf("The key has no value in %d of %d requests that failed, but in %d of %d others: who failed is not known.",
			k.Errors, k.AllErrors, k.Requests-k.Errors, k.AllRequests-k.AllErrors)
	}
	return fmt.Sprintf("Of %d lines, %d could not be parsed: more than %v %%.", l.Lines, l.Unparsed, mostUnparsed*100)
}
