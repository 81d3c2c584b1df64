package main

import (
	"fmt"
	"slices"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
)

// power looks for a difference that there is, until it is found.
type power struct {
	*observer
	row    *row
	stream *traffic.Stream
}

func startPower(r *row) (worker, error) {
	o, err := newObserver(experiment.Options{Metrics: tested, Detail: experiment.VerdictDetail})
	if err != nil {
		return nil, err
	}
	return &power{o, r, traffic.New(r.site, o.splits...)}, nil
}

func (w *power) run(seed uint64) (found outcome, err error) {
	w.reset()
	w.stream.Reset(seed)
	effect := w.row.site.Effect
	for range w.stream.Looks() {
		w.stream.Look(func(c *traffic.Client, e *parser.Entry) { w.add(effect.Split, c, e) })
		r, err := w.look(effect.Split)
		if err != nil {
			return found, err
		}
		found.looks++
		v := &r.Variants[effect.Arm]
		found.last[0] = ""
		if v.Verdict.Refusal() {
			found.last[0] = v.Verdict
			continue
		}
		for i := range v.Metrics {
			m := &v.Metrics[i]
			if m.Name == w.row.metric {
				found.foundSingle = found.foundSingle || fires(m) && m.Verdict != experiment.Better
				found.found = m.Verdict == experiment.Worse
			}
		}
		if found.found {
			return found, nil
		}
	}
	return found, nil
}

func countPower(r *row, outcomes []outcome) (sum result) {
	found := countOf(outcomes, func(o *outcome) bool { return o.found })
	alone := countOf(outcomes, func(o *outcome) bool { return o.foundSingle })
	refused := countOf(outcomes, func(o *outcome) bool { return o.last[0] != "" })
	sum.Lines = fmt.Sprintf("| %s | ≥ %.0f %% | %s | %s | %.0f | %s |\n", r.name, 100*r.aim, alone, found,
		median(outcomes, func(o *outcome) float64 { return float64(o.looks) }), percent(refused.share()))
	switch {
	case alone.below(r.aim):
		sum.miss("%s: found by the test alone in %s, at least %.0f %% are wanted", r.name, alone, 100*r.aim)
	case found.below(r.aim):
		sum.miss("%s: at least %.0f %% are wanted, which the test alone reaches, with %s; sharing 5 %% with all others it finds %s", r.name, 100*r.aim, alone, found)
	}
	return sum
}

// median returns the middle one of what outcomes have.
func median(outcomes []outcome, of func(o *outcome) float64) float64 {
	values := make([]float64, len(outcomes))
	for i := range outcomes {
		values[i] = of(&outcomes[i])
	}
	slices.Sort(values)
	return values[len(values)/2]
}
