package experiment

import "math"

// effectScales are the relative effects that evidence is looked for, each as the
// standard deviation of a normal prior: from a small difference of latency to
// errors that quadruple.
var effectScales = [4]float64{0.05, 0.2, 0.8, 3.2}

// PowerQuantile is the normal quantile of a power of 80 %.
const PowerQuantile = 0.8416212335729144

// LnEvidence is the logarithm of the evidence against equal rates: the mean of
// the likelihood ratios of normal priors of four widths to no effect, for a
// standard score z, the standard error of the difference and the rate of both
// arms, which says what a relative effect is. Evidence of 1/α may be acted on at
// any time with a rate of false alarms of at most α (Robbins, "Statistical methods
// related to the law of the iterated logarithm", Annals of Mathematical Statistics
// 41(5), 1970; Johari and others, "Peeking at A/B tests", KDD 2017; the clock being
// the information, as in group-sequential tests).
//
// It is 0 without a rate or a standard error.
func LnEvidence(z, standardError, rate float64) float64 {
	if !(standardError > 0) || !(rate > 0) {
		return 0
	}
	m := newMixture(standardError, rate)
	return m.at(z)
}

// mixture is what LnEvidence needs besides the score.
type mixture struct{ shrink, cost [len(effectScales)]float64 }

func newMixture(standardError, rate float64) (m mixture) {
	for j, scale := range effectScales {
		x := scale * rate / standardError
		x *= x
		// x/(1+x), which is 1 where x is too large a number
		m.shrink[j] = 1 / (1 + 1/x)
		m.cost[j] = float64(math.Log1p(min(x, math.MaxFloat64)) / 2)
	}
	return m
}

func (m *mixture) at(z float64) float64 {
	var terms [len(effectScales)]float64
	half := z * z / 2
	for j := range terms {
		terms[j] = float64(half*m.shrink[j]) - m.cost[j]
	}
	return logMeanExp(terms[:])
}

// CriticalZ is the score at which LnEvidence reaches a threshold, and 0 without
// a rate or a standard error.
func CriticalZ(standardError, rate, threshold float64) float64 {
	if !(standardError > 0) || !(rate > 0) {
		return 0
	}
	m := newMixture(standardError, rate)
	low, high := 0.0, 1.0
	for m.at(high) < threshold {
		low, high = high, 2*high
		if high > 1e9 { // se so large that no score tells anything
			return math.Inf(1)
		}
	}
	for range 100 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if m.at(middle) < threshold {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// DetectableEffect is the relative effect that would be seen at the present size
// with a probability of 80 %: (c + 0.84)·se/R, c the CriticalZ. It is +Inf if no
// effect would.
func DetectableEffect(standardError, rate, threshold float64) float64 {
	if !(standardError > 0) || !(rate > 0) {
		return math.Inf(1)
	}
	return float64((CriticalZ(standardError, rate, threshold) + PowerQuantile) * (standardError / rate))
}

// logMeanExp is the logarithm of the mean of e to the power of the terms.
func logMeanExp(terms []float64) float64 {
	largest := math.Inf(-1)
	for _, t := range terms {
		largest = max(largest, t)
	}
	if math.IsInf(largest, 0) {
		return largest
	}
	total := 0.0
	for _, t := range terms {
		total += math.Exp(t - largest)
	}
	return largest + math.Log(total/float64(len(terms)))
}
