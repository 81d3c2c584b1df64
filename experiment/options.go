package experiment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/splitclients"
)

const (
	defaultAlpha = 0.05
	mostTested   = 4 // metrics: one primary and three guardrails
)

// Options say how an experiment is compared.
type Options struct {
	// Shares are the configured shares of the arms, in their order: what Shares
	// returns.
	Shares []float64

	// Control is the name of the arm that the others are compared with. If nil, it
	// is the one with the largest share, of equal ones the last.
	Control *string

	// Rest is the name of the arm that takes the clients whom the others leave, those of
	// "*"; nil if there is none. If another one is the control without having been
	// named, nothing is called harmless.
	Rest *string

	// Left is the name of the arm of the few clients who get no variant, as percentages
	// do not quite add up to 100; nil if there is none. It is not compared.
	Left *string

	// Margin is the ratio from which on a difference would be harm. If 0, no size
	// is small enough, and only BETTER says that there is no harm.
	Margin float64

	// Metrics are those that carry a verdict, at most 4. If empty, errors_5xx,
	// slow_share, latency_mean and errors_4xx. Choose them before looking.
	Metrics []string

	// Primary is the one of Metrics that decides on "no harm"; if empty, the first.
	Primary string

	// Alpha is the rate of false alarms of all verdicts together; 0.05 if 0.
	Alpha float64

	// Detail is how much is worked out; all there is, if 0.
	Detail Detail
}

// Detail is how much of an answer is worked out. With less of it, whatever else is
// said is the same, but for verdicts that need a margin: they need an interval too.
type Detail uint8

const (
	// FullDetail is for whoever reads the answer.
	FullDetail Detail = iota

	// IntervalDetail has the metrics that are tested and their intervals, but nothing
	// that describes: no other metrics, no quantiles, no placebos, no minutes or
	// servers that hold an excess.
	IntervalDetail

	// VerdictDetail has no intervals either, which are open: for whoever looks often.
	VerdictDetail
)

// Shares returns the exact share of keys that a split gives each of the arms, as
// thresholds are rounded by nginx.
func Shares(table *splitclients.Table, arms []*aggregator.Arm) []float64 {
	shares := make([]float64, len(arms))
	for _, share := range table.Shares() {
		for i, arm := range arms {
			if arm.Name == share.Value {
				shares[i] = float64(share.Hashes) / splitclients.HashSpace
			}
		}
	}
	return shares
}

// plan is what Options come to for an experiment.
type plan struct {
	Options
	control   int
	tested    []string // the primary first
	threshold float64  // of ln evidence
	tests     int

	requests, outside int64 // in arms, and in none
}

// newPlan checks options, and fills in what is left out. The error names all that
// is wrong.
func newPlan(x *aggregator.Experiment, o Options) (*plan, error) {
	p := &plan{Options: o, control: -1}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	names := armNames(x)
	if len(names) < 2 {
		problem("cannot compare %d arms, want at least 2", len(names))
	}
	if len(o.Shares) != len(names) || slices.ContainsFunc(o.Shares, func(s float64) bool { return !(s >= 0 && s <= 1) }) {
		problem("cannot use the shares %v, want one from 0 to 1 for each of the arms %q", o.Shares, names)
	} else {
		p.control = largest(o.Shares)
	}
	if o.Control != nil {
		if p.control = slices.Index(names, *o.Control); p.control < 0 {
			problem("cannot compare with the arm %q, want one of %q", *o.Control, names)
		}
	}
	if o.Margin != 0 && !(o.Margin > 1 && o.Margin <= mostRatio) {
		problem("cannot use the margin %v, want a ratio above 1, for example 1.2, and at most %v", o.Margin, float64(mostRatio))
	}
	if p.Alpha == 0 {
		p.Alpha = defaultAlpha
	}
	if !(p.Alpha > 0 && p.Alpha < 1) {
		problem("cannot use the rate of false alarms %v, want one between 0 and 1, for example 0.05", o.Alpha)
	}
	problems = append(problems, p.chooseMetrics()...)
	return p, errors.Join(problems...)
}

// chooseMetrics fills in which metrics are tested.
func (p *plan) chooseMetrics() (problems []error) {
	p.tested = slices.Clone(p.Metrics)
	if len(p.tested) == 0 {
		p.tested = []string{Errors5xx, SlowShare, LatencyMean, Errors4xx}
	}
	for i, name := range p.tested {
		switch {
		case !slices.Contains(testable(), name):
			problems = append(problems, fmt.Errorf("cannot test the metric %q, want one of %s", name, strings.Join(testable(), ", ")))
		case slices.Contains(p.tested[:i], name):
			problems = append(problems, fmt.Errorf("cannot test the metric %q twice", name))
		}
	}
	if len(p.tested) > mostTested {
		problems = append(problems, fmt.Errorf("cannot test %d metrics, want at most %d: each makes the others harder to decide", len(p.tested), mostTested))
	}
	if p.Primary == "" {
		p.Primary = p.tested[0]
	}
	if !slices.Contains(p.tested, p.Primary) {
		problems = append(problems, fmt.Errorf("cannot decide by the metric %q, want one of those tested, %s", p.Primary, strings.Join(p.tested, ", ")))
	}
	return problems
}

func armNames(x *aggregator.Experiment) (names []string) {
	for _, arm := range x.Arms {
		names = append(names, arm.Name)
	}
	return names
}

// largest returns the index of the largest share, of equal ones the last: it is
// usually the catch-all.
func largest(shares []float64) (index int) {
	for i, share := range shares {
		if share >= shares[index] {
			index = i
		}
	}
	return index
}
