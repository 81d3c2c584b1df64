package experiment

import (
	"slices"

	"github.com/splitgauge/splitgauge/aggregator"
)

// workspace is the memory that comparing takes, and what of it is needed more than
// once.
type workspace struct {
	scorer
	pseudoArms
	arm, control columns // of the variant at hand and the control
	controlRates []float64

	// What requests weigh: the denominators of metrics are all of them or those with
	// a request time.
	all, timed weighing
	totals     []float64
}

// columns are the sums of an arm by group of clients.
type columns struct {
	requests, timed []int64
	allTimed        bool      // they are the same
	counts          [][]int64 // of each metric
}

func (c *columns) fill(cells []aggregator.Cell, metrics []metric) {
	c.requests = column(c.requests, cells, requestsOf)
	c.timed = column(c.timed, cells, timedOf)
	c.allTimed = slices.Equal(c.requests, c.timed)
	c.counts = resized(c.counts, len(metrics))
	for i := range metrics {
		c.counts[i] = column(c.counts[i], cells, metrics[i].count)
	}
}

// sums returns those of a metric, by its number.
func (c *columns) sums(metric *metric, number int) Sums {
	if metric.timed {
		return Sums{c.timed, c.counts[number]}
	}
	return Sums{c.requests, c.counts[number]}
}

// weighing is with which weight requests count, worked out when first asked for.
type weighing struct {
	weights   []float64
	known, ok bool
}

func (w *weighing) of(arm, control []int64) (weights []float64, ok bool) {
	if !w.known {
		w.weights = resized(w.weights, len(arm))
		w.ok, w.known = setRequestWeights(w.weights, arm, control), true
	}
	return w.weights, w.ok
}

// setControl takes the control's sums.
func (w *workspace) setControl(control *aggregator.Arm, metrics []metric) {
	w.control.fill(control.Cells, metrics)
	w.controlRates = resized(w.controlRates, len(metrics))
	for i := range metrics {
		w.controlRates[i] = rate(w.control.sums(&metrics[i], i))
	}
}

// setArm takes the sums of the variant that is compared next.
func (w *workspace) setArm(arm *aggregator.Arm, metrics []metric) {
	w.arm.fill(arm.Cells, metrics)
	w.all.known, w.timed.known = false, false
}

// loadMetric takes a metric of the variant, by its number, to test it.
func (w *workspace) loadMetric(metric *metric, number int, pi float64) bool {
	arm, control := w.arm.sums(metric, number), w.control.sums(metric, number)
	weighing := &w.all
	if metric.timed && !(w.arm.allTimed && w.control.allTimed) {
		weighing = &w.timed
	}
	weights, ok := weighing.of(arm.N, control.N)
	return ok && w.loadWeighted(arm, control, weights, pi)
}

// trafficShare tests the variant's share of requests.
func (w *workspace) trafficShare(pi, threshold float64) TrafficShare {
	arm, control := w.arm.requests, w.control.requests
	weights, ok := w.all.of(arm, control)
	if !ok {
		weights = nil
	}
	w.totals = resized(w.totals, len(arm))
	return trafficShare(arm, control, weights, w.totals, pi, threshold)
}

// resized returns a slice of a length, in the same memory if there is room. What it
// holds is not defined.
func resized[T any](slice []T, length int) []T {
	if cap(slice) < length {
		return make([]T, length)
	}
	return slice[:length]
}
