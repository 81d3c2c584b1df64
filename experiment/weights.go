package experiment

import "math"

// Sums are the sums of an arm by group of clients: of the denominator of a
// metric, requests as a rule, and of its numerator, such as the requests that
// failed. Both are not negative and equally long; the same index means the same
// group in every arm.
type Sums struct{ N, X []int64 }

const (
	// leastRequestShare and requestShareGroups bound what one group of clients may
	// contribute to the squares of the numbers of requests, so that no few busy
	// clients decide: half a percent, or five groups' worth where there are few.
	leastRequestShare  = 0.005
	requestShareGroups = 5
)

// requestWeights returns with which weight the requests of each group count:
// min(1, C/T) for a group of T requests in both arms, C² the [Cap] of the T².
// There are none without requests. Weights depend on both arms together alone,
// and so cannot make a difference between them.
func requestWeights(arm, control []int64) (weights []float64, ok bool) {
	weights = make([]float64, len(arm))
	return weights, setRequestWeights(weights, arm, control)
}

func setRequestWeights(weights []float64, arm, control []int64) bool {
	squares, busy := weights, 0
	for g := range arm {
		t := float64(arm[g]) + float64(control[g])
		squares[g] = float64(t * t)
		if t > 0 {
			busy++
		}
	}
	if busy == 0 {
		return false
	}
	square, ok := Cap(squares, max(leastRequestShare, requestShareGroups/float64(busy)))
	if !ok {
		return false
	}
	for g, q := range squares {
		weights[g] = 1
		if q > square {
			weights[g] = math.Sqrt(square / q)
		}
	}
	return true
}
