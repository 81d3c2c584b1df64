package experiment

// Cap returns the limit above which quantities count as the limit, so that none
// of them makes up more than a share of what then is their sum: the c with
// min(q, c) ≤ share·Σ min(q, c), and equality where q > c. There is none if there
// are too few quantities for the share.
//
// With q in descending order it is the first of c(k) = share·Σ_{j>k} q_j /
// (1 - k·share), k = 0, 1, …, that q_{k+1} does not exceed. The c(k) fall until
// then, so that no order is needed: from each c(k) the search goes on with k the
// number of quantities above it.
//
// Quantities must be finite and not negative.
func Cap(quantities []float64, share float64) (limit float64, ok bool) {
	for above := 0; ; {
		left := 1 - float64(float64(above)*share)
		if left <= 0 {
			return 0, false
		}
		limit = share * sumUpTo(quantities, limit, above == 0) / left
		if limit <= 0 {
			return 0, false
		}
		now := 0
		for _, q := range quantities {
			if q > limit {
				now++
			}
		}
		if now <= above {
			return limit, true
		}
		above = now
	}
}

// sumUpTo sums the quantities that do not exceed a limit, or all.
func sumUpTo(quantities []float64, limit float64, all bool) (sum float64) {
	for _, q := range quantities {
		if all || q <= limit {
			sum += q
		}
	}
	return sum
}
