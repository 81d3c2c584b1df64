package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// TrafficShare says whether clients of an arm make as many requests as those of
// the control. It is no check of the split: a variant may change how many requests
// its clients make, by retries or by what a page loads. Rates then compare other
// mixes of requests.
type TrafficShare struct {
	Requests   int64   // of the arm
	Both       int64   // of the arm and the control
	Expected   float64 // the arm's share as configured
	Observed   float64 // the arm's share
	Z          float64
	LnEvidence float64
	Changed    bool // the evidence has reached the threshold

	// Requests per client, of the arm and the control.
	PerClient, ControlPerClient float64
}

// NewTrafficShare tests the share of weighted requests of an arm, by group of
// clients, all groups included, those without requests too: z = (N₁ - πN) /
// sqrt(π(1-π)·Q), Q = G/(G-1)·Σ(T - mean)², which is close to the sum of the squares of
// the clients' numbers of requests.
func NewTrafficShare(arm, control []int64, pi, threshold float64) TrafficShare {
	weights, ok := requestWeights(arm, control)
	if !ok {
		weights = nil
	}
	return trafficShare(arm, control, weights, make([]float64, len(arm)), pi, threshold)
}

// trafficShare is NewTrafficShare with weights, nil if there are none, and room for
// the groups' totals.
func trafficShare(arm, control []int64, weights, totals []float64, pi, threshold float64) TrafficShare {
	t := TrafficShare{Expected: pi}
	for g := range arm {
		t.Requests += arm[g]
		t.Both += arm[g] + control[g]
	}
	if t.Both <= 0 || weights == nil || !(pi > 0 && pi < 1) {
		return t
	}
	t.Observed = float64(t.Requests) / float64(t.Both)
	n1 := 0.0
	for g, w := range weights {
		n1 += float64(w * float64(arm[g]))
		totals[g] = float64(w * (float64(arm[g]) + float64(control[g])))
	}
	n := sum(totals)
	variance := pi * (1 - pi) * groupSquares(totals)
	if variance > 0 {
		deviation := math.Sqrt(variance)
		t.Z = (n1 - float64(pi*n)) / deviation
		t.LnEvidence = LnEvidence(t.Z, deviation, pi*n)
	}
	t.Changed = t.LnEvidence >= threshold
	return t
}

// RequestShare is the test of an arm's share of requests for one look, by group of
// clients: the statistic and its two-sided p-value by Student's t with one degree
// of freedom less than there are groups.
func RequestShare(arm, total, squares, pi float64, groups int) (t, pValue float64) {
	variance := pi * (1 - pi) * squares
	if !(variance > 0) || groups < 2 {
		return 0, 1
	}
	t = (arm - float64(pi*total)) / math.Sqrt(variance)
	return t, 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(groups - 1)}.Survival(math.Abs(t))
}

// groupSquares estimates the sum of the squares of the clients' totals from those
// of groups that clients fell into at random.
func groupSquares(totals []float64) float64 {
	groups := float64(len(totals))
	if groups < 2 {
		return 0
	}
	mean, squares := sum(totals)/groups, 0.0
	for _, t := range totals {
		off := t - mean
		squares += float64(off * off)
	}
	return groups / (groups - 1) * squares
}
