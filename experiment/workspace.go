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

	// What requests weigh: the denominators of metrics are all of them or those with
	// a request time.
	all, timed weighing
	totals     []float64
}

// columns are the sums of an arm by group of clients, all groups, those without
// requests too. A count below 0, which no log gives, is 0.
type columns struct {
	requests, timed []int64
	allTimed        bool      // they are the same
	counts          [][]int64 // of each metric
	rates           []float64 // of each metric: plain, 0 without requests
}

func (c *columns) fill(cells []aggregator.Cell, metrics []metric) {
	c.counts, c.rates = resized(c.counts, len(metrics)), resized(c.rates, len(metrics))
	var requests, timed float64
	c.requests, requests = column(c.requests, cells, func(c *aggregator.Cell) int64 { return c.Requests })
	c.timed, timed = column(c.timed, cells, func(c *aggregator.Cell) int64 { return c.Timed })
	c.allTimed = slices.Equal(c.requests, c.timed)
	for i := range metrics {
		n := requests
		if metrics[i].timed {
			n = timed
		}
		c.counts[i], c.rates[i] = column(c.counts[i], cells, metrics[i].count)
		if n > 0 {
			c.rates[i] /= n
		} else {
			c.rates[i] = 0
		}
	}
}

// column fills in what each group has of a count, and returns the total.
func column(dst []int64, cells []aggregator.Cell, count func(*aggregator.Cell) int64) (filled []int64, total float64) {
	dst = resized(dst, aggregator.ExperimentCells)
	if len(cells) < len(dst) {
		clear(dst)
	}
	for g := range cells {
		n := max(0, count(&cells[g]))
		dst[g] = n
		total += float64(n)
	}
	return dst, total
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
