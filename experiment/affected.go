package experiment

import "math"

// affectedWeights are the sizes of the priors of the test of affected clients, in
// clients of the arm.
var affectedWeights = [3]float64{1, 10, 100}

// leastAffected is how many affected clients of the arm there must be, or must be
// expected, for a verdict on errors: one client that fails all the time is none.
const leastAffected = 3

// Affected is the test of how many clients were affected, such as had at least
// one server error. Each counts once, however often it failed.
type Affected struct {
	Arm, Control int64   // distinct affected clients, of equally thinned samples
	Share        float64 // how many of both would be the arm's if nothing differed
	LnEvidence   float64
	More         bool // in the arm than its share
	Enough       bool // for a verdict
}

// NewAffected tests whether the affected clients are split as all clients are: arm
// of them in the arm and control of them in the control, of which pi is the arm's
// configured share. The evidence is the mean of the likelihood ratios of four beta
// priors, (1,1) and (s, s(1-π)/π), s = 1, 10, 100, to the share π, and holds at every
// look exactly (the code of the split check for two arms; Lindon and Malek,
// arXiv 2011.03567).
func NewAffected(arm, control int64, pi float64) Affected {
	arm, control = max(0, arm), max(0, control)
	a := Affected{Arm: arm, Control: control}
	if !(pi > 0 && pi < 1) {
		return a
	}
	k1, k0 := float64(arm), float64(control)
	likelihood := float64(k1*math.Log(pi)) + float64(k0*math.Log1p(-pi))
	terms := []float64{lnBeta(1+k1, 1+k0) - lnBeta(1, 1) - likelihood}
	for _, s := range affectedWeights {
		b := s * (1 - pi) / pi
		terms = append(terms, lnBeta(s+k1, b+k0)-lnBeta(s, b)-likelihood)
	}
	a.LnEvidence = logMeanExp(terms)
	a.Share = pi * (k1 + k0)
	a.More = k1 > a.Share
	a.Enough = max(k1, pi*(k1+k0)) >= leastAffected
	return a
}

// lnBeta is the logarithm of the beta function.
func lnBeta(a, b float64) float64 { return lnGamma(a) + lnGamma(b) - lnGamma(a+b) }

func lnGamma(x float64) float64 {
	value, _ := math.Lgamma(x)
	return value
}
