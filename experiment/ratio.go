package experiment

import "math"

// The ratios that an interval is looked for in.
const (
	leastRatio = 1e-3
	mostRatio  = 1e3
)

// Ratio is an arm's rate as a multiple of the control's: those ratios that the
// score test does not reject.
type Ratio struct {
	// Estimate is the ratio at which the score is 0: of weighted requests and
	// capped residuals, which the plain ratio of the rates may be far from. Where
	// there is none within [1e-3, 1e3] it is the ratio without a cap, 0 or +Inf if
	// one of the arms has nothing to count; 1 where there is nothing to compare.
	Estimate float64

	// Low and High are the ends of the interval, as far as it is known at every
	// look. 0 and +Inf: open.
	Low, High float64

	// Plain is the ratio of the rates as they were counted; Uncapped the one with
	// weighted requests, but whole residuals. 0 where the control's rate is 0.
	Plain, Uncapped float64
}

// open is what is known without any figures.
func open() Ratio { return Ratio{Estimate: 1, Low: 0, High: math.Inf(1)} }

// NewRatio inverts the score test: a ratio is inside if the evidence against it
// stays below the threshold, the same that a verdict takes. It excludes 1 exactly
// when NewScore's evidence reaches the threshold.
func NewRatio(arm, control Sums, pi, threshold float64) Ratio {
	s, ok := newScorer(arm, control, pi)
	if !ok {
		return open()
	}
	return s.interval(threshold)
}

// interval looks for the ends in logarithms of ratios.
func (s *scorer) interval(threshold float64) Ratio {
	ratio := open()
	if s.plain0 > 0 {
		ratio.Plain = s.plain1 / s.plain0
		ratio.Uncapped = s.weighted()
	}
	if s.sumX1 <= 0 && s.sumX0 <= 0 {
		return ratio
	}
	accepts := func(ln float64) bool {
		score, ok := s.at(math.Exp(ln))
		return !ok || LnEvidence(score.Z, score.StandardError, score.Rate) < threshold
	}
	equal := accepts(0)
	estimate, found := s.estimate()
	ratio.Low = math.Exp(-end(mirrored(accepts), -estimate, equal))
	ratio.High = math.Exp(end(accepts, estimate, equal))
	ratio.Estimate = math.Exp(estimate)
	if !found {
		s.settle(&ratio, equal, estimate > 0)
	}
	return ratio
}

// settle makes sense of an interval without a ratio whose score is 0, where the
// score has the same sign for all: if one of the arms has nothing to count, and
// multiplying nothing changes nothing; or in so few groups that the cap leaves too
// little of them whatever the ratio. The estimate is the one without a cap then. If
// no ratio is inside though it lies among those that were tried, all that is known
// is on which side of 1 it is.
func (s *scorer) settle(ratio *Ratio, equal, more bool) {
	ratio.Estimate = s.weighted()
	switch {
	case equal:
	case more && ratio.Low >= mostRatio*(1-1e-9) && ratio.Estimate < mostRatio || s.sumX0 <= 0:
		ratio.Low = math.Nextafter(1, 2)
	case !more && ratio.High <= leastRatio*(1+1e-9) && ratio.Estimate > leastRatio || s.sumX1 <= 0:
		ratio.High = math.Nextafter(1, 0)
	}
	ratio.Estimate = min(max(ratio.Estimate, ratio.Low), ratio.High)
}

// weighted is the ratio of the weighted rates, without a cap; +Inf if the control's
// is 0.
func (s *scorer) weighted() float64 {
	if s.sumX0 <= 0 {
		return math.Inf(1)
	}
	return (s.sumX1 / s.sumN1) / (s.sumX0 / s.sumN0)
}

var lnMostRatio = math.Log(mostRatio)

// estimate returns the logarithm of the ratio with a score of 0, -Inf or +Inf if
// there is none among those that are looked for. The score falls as the ratio grows,
// but for the cap; so it is looked for on the side of 1 that the score points to.
func (s *scorer) estimate() (ln float64, found bool) {
	more := func(ln float64) bool {
		score, _ := s.at(math.Exp(ln))
		return score.Excess > 0
	}
	low, high := -lnMostRatio, lnMostRatio
	if score, _ := s.at(1); math.Abs(score.Z) < 1e-9 {
		return 0, true
	}
	switch above := more(0); {
	case above && more(high):
		return math.Inf(1), false
	case above:
		low = 0
	case !more(low):
		return math.Inf(-1), false
	default:
		high = 0
	}
	low, high = bisect(low, high, more)
	return low + (high-low)/2, true
}

// end returns the logarithm of the upper end of the interval, +Inf if it is open:
// the largest ratio known to be inside, from the estimate on. equal says whether a
// ratio of 1 is inside.
func end(accepts func(ln float64) bool, estimate float64, equal bool) float64 {
	switch {
	case math.IsInf(estimate, 1):
		return estimate
	case equal:
		return outward(accepts, max(0, estimate))
	case estimate >= 0: // above 1, which is outside: the upper end is further out
		return outward(accepts, estimate)
	}
	// Below 1, which is outside: the end lies between.
	inside := max(estimate, -lnMostRatio)
	if !accepts(inside) {
		return inside
	}
	inside, _ = bisect(inside, 0, accepts)
	return inside
}

// outward looks for the end from a ratio inside, in steps that double.
func outward(accepts func(ln float64) bool, inside float64) float64 {
	for step := 1.0 / 16; ; step *= 2 {
		next := min(inside+step, lnMostRatio)
		if !accepts(next) {
			inside, _ = bisect(inside, next, accepts)
			return inside
		}
		if next >= lnMostRatio {
			return math.Inf(1)
		}
		inside = next
	}
}

// bisect narrows down where a condition that holds at a, and not at b, ends: to
// less than 1e-9, so that what is printed does not depend on where it began.
func bisect(a, b float64, holds func(float64) bool) (inside, outside float64) {
	for math.Abs(b-a) > 1e-11 {
		middle := a + (b-a)/2
		if middle == a || middle == b {
			break
		}
		if holds(middle) {
			a = middle
		} else {
			b = middle
		}
	}
	return a, b
}

// mirrored turns a condition on ratios into the one on their reciprocals.
func mirrored(accepts func(float64) bool) func(float64) bool {
	return func(ln float64) bool { return accepts(-ln) }
}
