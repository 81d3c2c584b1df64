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
	// below 0 for ratios inside
	evidence := func(ln float64) float64 {
		score, ok := s.at(math.Exp(ln))
		if !ok {
			return -threshold
		}
		return LnEvidence(score.Z, score.StandardError, score.Rate) - threshold
	}
	equal := evidence(0) < 0
	estimate, found := s.estimate()
	ratio.Low = math.Exp(-end(mirrored(evidence), -estimate, equal))
	ratio.High = math.Exp(end(evidence, estimate, equal))
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
	case more && (ratio.Low >= mostRatio*(1-1e-9) && ratio.Estimate < mostRatio || s.sumX0 <= 0):
		ratio.Low = math.Nextafter(1, 2)
	case !more && (ratio.High <= leastRatio*(1+1e-9) && ratio.Estimate > leastRatio || s.sumX1 <= 0):
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
	score := func(ln float64) float64 {
		score, _ := s.at(math.Exp(ln))
		return score.Z
	}
	one := score(0)
	if math.Abs(one) < 1e-9 {
		return 0, true
	}
	far := math.Copysign(lnMostRatio, one)
	other := score(far)
	if (other > 0) == (one > 0) {
		return math.Inf(int(far)), false
	}
	inside, outside := root(0, far, one, other, score)
	return inside + (outside-inside)/2, true
}

// end returns the logarithm of the upper end of the interval, +Inf if it is open:
// the largest ratio known to be inside, from the estimate on. equal says whether a
// ratio of 1 is inside.
func end(evidence func(ln float64) float64, estimate float64, equal bool) float64 {
	switch {
	case math.IsInf(estimate, 1):
		return estimate
	case equal:
		return outward(evidence, max(0, estimate))
	case estimate >= 0: // above 1, which is outside: the upper end is further out
		return outward(evidence, estimate)
	}
	// Below 1, which is outside: the end lies between.
	inside := max(estimate, -lnMostRatio)
	at := evidence(inside)
	if at >= 0 {
		return inside
	}
	inside, _ = root(inside, 0, at, evidence(0), evidence)
	return inside
}

// outward looks for the end from a ratio inside, in steps that double.
func outward(evidence func(ln float64) float64, inside float64) float64 {
	at := evidence(inside)
	for step := 1.0 / 16; ; step *= 2 {
		next := min(inside+step, lnMostRatio)
		there := evidence(next)
		if there >= 0 {
			inside, _ = root(inside, next, at, there, evidence)
			return inside
		}
		if next >= lnMostRatio {
			return math.Inf(1)
		}
		inside, at = next, there
	}
}

// mirrored turns a function of ratios into the one of their reciprocals.
func mirrored(f func(float64) float64) func(float64) float64 {
	return func(ln float64) float64 { return f(-ln) }
}
