package experiment

import "math"

// Cap returns the limit above which quantities count as the limit, so that none
// of them makes up more than a share of what then is their sum: the c with
// min(q, c) ≤ share·Σ min(q, c), and equality where q > c. There is none if there
// are too few quantities for the share.
//
// With q in descending order it is the first of c(k) = share·Σ_{j>k} q_j /
// (1 - k·share), k = 0, 1, …, that q_{k+1} does not exceed. It is also where the
// concave function share·Σ min(q, c) - c of c comes down to 0, and each c(k) is a
// step of Newton's method towards it: so no order is needed.
//
// Quantities must be finite and not negative.
func Cap(quantities []float64, share float64) (limit float64, ok bool) {
	return capFrom(quantities, share, math.Inf(1))
}

// capFrom is Cap by steps from a guess of the limit. The last step does not depend
// on where the first one was.
//
// From the second step on, more and more quantities are above the limit: where that
// is not so, the limit is one of the quantities but for rounding, and there.
func capFrom(quantities []float64, share, guess float64) (limit float64, ok bool) {
	limit = guess
	for step, before := 0, -1; ; step++ {
		above, rest := 0, 0.0
		for _, q := range quantities {
			if q > limit {
				above++
			} else {
				rest += q
			}
		}
		guessed := step < 2 && guess < math.Inf(1)
		switch left := 1 - float64(float64(above)*share); {
		case above == before || above < before && !guessed:
			return limit, true
		case left > 0 && rest > 0:
			before, limit = above, share*rest/left
		case guess < math.Inf(1): // guessed too low
			return capFrom(quantities, share, math.Inf(1))
		default:
			return 0, false
		}
	}
}
