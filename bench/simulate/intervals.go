package main

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
)

// intervalEvery is at which of the looks intervals are worked out: each takes some
// forty score tests.
const intervalEvery = 4

// intervals looks whether the interval of one metric has the true ratio in it.
type intervals struct {
	*observer
	row    *row
	stream *traffic.Stream
}

func startIntervals(r *row) (worker, error) {
	variants := 2.0
	if r.site.Effect.Split == ofHalves {
		variants = 1
	}
	o, err := newObserver(experiment.Options{
		Metrics: []string{r.metric}, Alpha: 0.05 * variants, Detail: experiment.IntervalDetail,
	})
	if err != nil {
		return nil, err
	}
	return &intervals{o, r, traffic.New(r.site, o.splits...)}, nil
}

func (w *intervals) run(seed uint64) (found outcome, err error) {
	w.reset()
	w.stream.Reset(seed)
	effect := w.row.site.Effect
	for look := range w.stream.Looks() {
		w.stream.Look(func(c *traffic.Client, e *parser.Entry) { w.add(effect.Split, c, e) })
		if (look+1)%intervalEvery != 0 {
			continue
		}
		r, err := w.look(effect.Split)
		if err != nil {
			return found, err
		}
		v := &r.Variants[effect.Arm]
		if v.Verdict.Refusal() {
			continue
		}
		m := &v.Metrics[0]
		threshold := r.Threshold
		if m.Name == experiment.Errors5xx {
			threshold += math.Ln2 // half is the affected clients' own
		}
		fires := experiment.LnEvidence(m.Score.Z, m.Score.StandardError, m.Score.Rate) >= threshold
		found.looks++
		found.missed = found.missed || m.Low > w.row.truth || m.High < w.row.truth
		found.disagreed = found.disagreed || fires != (m.Low > 1 || m.High < 1)
		found.found = found.found || fires
		found.low, found.high, found.estimate = m.Low, m.High, m.Ratio
	}
	return found, nil
}

func countIntervals(r *row, outcomes []outcome) (sum result) {
	missed := countOf(outcomes, func(o *outcome) bool { return o.missed })
	disagreed := countOf(outcomes, func(o *outcome) bool { return o.disagreed })
	excluded := countOf(outcomes, func(o *outcome) bool { return o.found })
	open := countOf(outcomes, func(o *outcome) bool { return math.IsInf(o.high, 1) })
	none := countOf(outcomes, func(o *outcome) bool { return o.looks == 0 })
	middle := func(of func(o *outcome) float64) float64 { return median(outcomes, of) }
	sum.Lines = fmt.Sprintf("| %s | %s | ×%.3g | %s | %d | %s | ×%.2f | ×%.2f–×%.2f | %s | %s |\n",
		r.name, r.metric, r.truth, missed, disagreed.hits, percent(excluded.share()),
		middle(func(o *outcome) float64 { return o.estimate }),
		middle(func(o *outcome) float64 { return o.low }), middle(func(o *outcome) float64 { return o.high }),
		percent(open.share()), percent(none.share()))
	if missed.above(mostFalse) {
		sum.miss("%s: intervals miss in %s, at most 5 %% are wanted", r.name, missed)
	}
	if disagreed.hits > 0 {
		sum.miss("%s: in %d runs the interval excluded 1 and the score test did not fire, or the other way round", r.name, disagreed.hits)
	}
	return sum
}
