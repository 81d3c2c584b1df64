package main

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"
)

// rate is how many of a number of runs.
type rate struct{ hits, runs int }

func countOf(outcomes []outcome, hit func(o *outcome) bool) (n rate) {
	for i := range outcomes {
		n.hits += count(hit(&outcomes[i]))
	}
	n.runs = len(outcomes)
	return n
}

func (r rate) share() float64 { return float64(r.hits) / float64(max(1, r.runs)) }

// outside is how much of the probability is left on each side of an interval.
const outside = 0.005

// interval is the exact binomial one, of 99 % (Clopper and Pearson, Biometrika 26,
// 1934).
func (r rate) interval() (low, high float64) {
	k, n := float64(r.hits), float64(r.runs)
	low, high = 0, 1
	if r.hits > 0 {
		low = mathext.InvRegIncBeta(k, n-k+1, outside)
	}
	if r.hits < r.runs {
		high = mathext.InvRegIncBeta(k+1, n-k, 1-outside)
	}
	return low, high
}

// above reports whether the rate is above a limit for sure.
func (r rate) above(limit float64) bool { low, _ := r.interval(); return low > limit }

// below reports whether the rate is below a limit for sure.
func (r rate) below(limit float64) bool { _, high := r.interval(); return high < limit }

// String is the rate and its interval in percent.
func (r rate) String() string {
	low, high := r.interval()
	return fmt.Sprintf("%s (%.1f–%.1f)", percent(r.share()), 100*low, 100*high)
}

// percent has as many digits as can be told apart in a few thousand runs.
func percent(share float64) string {
	if share > 0 && share < 0.001 {
		return fmt.Sprintf("%.2f %%", 100*share)
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// miss notes what was not reached.
func (s *result) miss(format string, args ...any) {
	s.Misses = append(s.Misses, fmt.Sprintf(format, args...))
}
