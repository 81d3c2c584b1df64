package experiment

import (
	"cmp"
	"math"
	"slices"
)

// EBH returns which of many hypotheses are rejected, by the logarithms of the
// evidence against each, so that the expected share of false ones among them is at
// most alpha, however they depend on each other: those with the k largest
// evidences, k the largest with e_(k) ≥ m/(k·α) (Wang and Ramdas, "False discovery
// rate control with e-values", Journal of the Royal Statistical Society B 84(3),
// 2022). Indexes come in descending order of evidence, equal ones as given.
func EBH(lnEvidence []float64, alpha float64) (rejected []int) {
	order := make([]int, len(lnEvidence))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lnEvidence[b], lnEvidence[a]) })
	for k := len(order); k > 0; k-- {
		if lnEvidence[order[k-1]] >= math.Log(float64(len(order))/(float64(k)*alpha)) {
			return order[:k]
		}
	}
	return nil
}
