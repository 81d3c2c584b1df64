package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
)

// tested are the metrics that carry verdicts in every row.
var tested = []string{experiment.Errors5xx, experiment.SlowShare, experiment.LatencyMean}

const arms = 3 // that are compared with a control: .one and .two, and .half

var armNames = [arms]string{"0.5 %", "2 %", "50 %"}

// outcome is what was found in one run, at any look.
type outcome struct {
	fired   [arms][3]bool // by metric, 5 % for itself
	naive   [arms]bool    // by the test of requests
	verdict [arms]bool    // by any metric, 5 % for the whole experiment
	last    [arms]experiment.Verdict
	split   [arms]bool // refused as not as configured
	other   [arms]bool // refused for another reason than the split or too little data

	// of one arm and metric
	found, foundSingle  bool
	missed, disagreed   bool
	looks               int
	low, high, estimate float64 // at the last look
}

// nothingDiffers looks for verdicts where nothing differs.
type nothingDiffers struct {
	*observer
	stream *traffic.Stream
}

func startNothingDiffers(r *row) (worker, error) {
	o, err := newObserver(experiment.Options{Metrics: tested, Detail: experiment.VerdictDetail})
	if err != nil {
		return nil, err
	}
	return &nothingDiffers{o, traffic.New(r.site, o.splits...)}, nil
}

func (w *nothingDiffers) run(seed uint64) (found outcome, err error) {
	w.reset()
	w.stream.Reset(seed)
	for range w.stream.Looks() {
		w.stream.Look(func(c *traffic.Client, e *parser.Entry) {
			w.add(ofThree, c, e)
			w.add(ofHalves, c, e)
		})
		arm := 0
		for _, split := range []int{ofThree, ofHalves} {
			r, err := w.look(split)
			if err != nil {
				return found, err
			}
			for i := range r.Variants {
				found.see(arm, r, &r.Variants[i])
				arm++
			}
		}
	}
	return found, nil
}

// see notes what a look shows of an arm.
func (f *outcome) see(arm int, r *experiment.Result, v *experiment.Variant) {
	f.last[arm] = ""
	if v.Verdict.Refusal() {
		f.last[arm] = v.Verdict
		f.split[arm] = f.split[arm] || v.Verdict == experiment.SplitNotAsConfigured
		f.other[arm] = f.other[arm] || v.Verdict != experiment.SplitNotAsConfigured && v.Verdict != experiment.NotEnoughData
	}
	for i := range v.Metrics {
		m := &v.Metrics[i]
		if m.Name == experiment.Errors5xx && v.Requests > 0 && r.Control.Requests > 0 {
			f.naive[arm] = f.naive[arm] || math.Abs(naiveZ(m, v.Requests, r.Control.Requests)) > 1.96
		}
		f.fired[arm][i] = f.fired[arm][i] || fires(m)
		f.verdict[arm] = f.verdict[arm] || m.Verdict == experiment.Worse || m.Verdict == experiment.Better
	}
}

// mostFalse is the promised rate of false alarms.
const mostFalse = 0.05

func countNothingDiffers(r *row, outcomes []outcome) (sum result) {
	var lines strings.Builder
	any := [2]int{}
	for _, o := range outcomes {
		any[0] += count(o.verdict[0] || o.verdict[1])
		any[1] += count(o.verdict[2])
	}
	for arm := range arms {
		fmt.Fprintf(&lines, "| %s | %s |", first(arm, r.name), armNames[arm])
		for i, metric := range tested {
			n := countOf(outcomes, func(o *outcome) bool { return o.fired[arm][i] })
			fmt.Fprintf(&lines, " %s |", n)
			if n.above(mostFalse) {
				sum.miss("%s, %s arm, %s: a verdict in %s, at most 5 %% are wanted", r.name, armNames[arm], metric, n)
			}
		}
		switch arm {
		case 0:
			sum.verdict(&lines, r, "0.5 % and 2 %", rate{any[0], len(outcomes)})
		case 1:
			fmt.Fprint(&lines, " |")
		case 2:
			sum.verdict(&lines, r, "50 %", rate{any[1], len(outcomes)})
		}
		naive := countOf(outcomes, func(o *outcome) bool { return o.naive[arm] })
		fmt.Fprintf(&lines, " %.1f %% | %s |\n", 100*naive.share(), refusals(outcomes, arm))
		if r.aim > 0 && naive.below(r.aim) {
			sum.miss("%s, %s arm: the test of requests is fooled in %s only, above %.0f %% are wanted", r.name, armNames[arm], naive, 100*r.aim)
		}
	}
	sum.Lines = lines.String()
	return sum
}

// verdict writes how often the whole experiment had a verdict.
func (s *result) verdict(lines *strings.Builder, r *row, arm string, n rate) {
	fmt.Fprintf(lines, " %s |", n)
	if n.above(mostFalse) {
		s.miss("%s, experiment of %s: any verdict in %s, at most 5 %% are wanted", r.name, arm, n)
	}
}

// refusals says in how many runs an arm was refused, and why.
func refusals(outcomes []outcome, arm int) string {
	var parts []string
	for _, part := range []struct {
		words string
		of    func(o *outcome) bool
	}{
		{"%s not enough data at the last look", func(o *outcome) bool { return o.last[arm] == experiment.NotEnoughData }},
		{"%s split not as configured at any look", func(o *outcome) bool { return o.split[arm] }},
		{"%s for another reason", func(o *outcome) bool { return o.other[arm] }},
	} {
		if n := countOf(outcomes, part.of); n.hits > 0 {
			parts = append(parts, fmt.Sprintf(part.words, percent(n.share())))
		}
	}
	return strings.Join(parts, ", ")
}

// first is a name in the first of a row's lines.
func first(line int, name string) string {
	if line > 0 {
		return ""
	}
	return name
}
