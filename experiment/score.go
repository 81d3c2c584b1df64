package experiment

import "math"

// Score is a score test of one metric between an arm and the control.
//
// Under the sharp null the rate R is given, a group's residual u = X - R·N is
// what it is wherever the split puts it, and U = Σ v·(u₁ - π·u) has the mean 0 and
// the variance π(1-π)·Σ(v·u)², for any clustering and any weights v that are chosen
// from both arms together. The variance is of both arms: a small arm has too few
// clients to estimate its own (few treated clusters; MacKinnon and Webb, "Wild
// bootstrap inference for wildly different cluster sizes", Journal of Applied
// Econometrics 32(2), 2017). The residuals are capped, so that no group of clients
// moves Z by more than about 1.
type Score struct {
	Rate       float64 // R, of both arms
	N, Control float64 // weighted denominators of the arm and the control

	Limit   float64 // C, what a residual counts for at most
	Excess  float64 // U, above 0 if the arm has more
	Squares float64 // S = Σ v²·(u₁² + u₀²)

	Z             float64
	StandardError float64 // of the difference of the rates

	// Reduced is how many groups count with less than full weight, for their
	// requests or their residual, and ReducedShare their share of the denominators.
	Reduced      int
	ReducedShare float64
}

// NewScore tests whether arm and control, of which pi is the arm's configured
// share of both, have the same rate X/N. It reports false if there are not enough
// clients for any figure: no requests in an arm, or so few groups that each would
// decide.
func NewScore(arm, control Sums, pi float64) (Score, bool) {
	s, ok := newScorer(arm, control, pi)
	if !ok {
		return Score{}, false
	}
	score, ok := s.at(1)
	if !ok {
		return Score{}, false
	}
	s.countReduced(&score)
	return score, true
}

// scorer has what the score test of a pair of arms needs: the weighted sums of
// the groups that have any requests, and room to work in. It can be used again.
type scorer struct {
	pi             float64
	groups         []int     // their numbers
	weights        []float64 // of all groups, those without requests too
	n1, n0, x1, x0 []float64 // weighted
	u1, u0, u, q   []float64
	sumN1, sumN0   float64
	sumX1, sumX0   float64
	plain1, plain0 float64 // unweighted rates
	requests       float64 // unweighted, of both arms
	square         float64 // of the last limit, from where to look for the next
}

func newScorer(arm, control Sums, pi float64) (*scorer, bool) {
	s := new(scorer)
	return s, s.load(arm, control, pi)
}

// load takes a pair of arms, and reports false if there is nothing to compare.
func (s *scorer) load(arm, control Sums, pi float64) bool {
	weights, ok := requestWeights(arm.N, control.N)
	return ok && s.loadWeighted(arm, control, weights, pi)
}

// loadWeighted takes a pair of arms whose groups have weights, which it keeps.
func (s *scorer) loadWeighted(arm, control Sums, weights []float64, pi float64) bool {
	if !(pi > 0 && pi < 1) {
		return false
	}
	s.resize(len(arm.N))
	s.weights, s.pi, s.square = weights, pi, math.Inf(1)
	n := len(weights)
	armN, controlN, armX, controlX := arm.N[:n], control.N[:n], arm.X[:n], control.X[:n]
	groups, n1s, n0s, x1s, x0s := s.groups[:n], s.n1[:n], s.n0[:n], s.x1[:n], s.x0[:n]
	var n1, n0, x1, x0, sumN1, sumN0, sumX1, sumX0 float64
	at := 0
	for g, w := range weights {
		if armN[g]|controlN[g] == 0 {
			continue
		}
		a, c, xa, xc := float64(armN[g]), float64(controlN[g]), float64(armX[g]), float64(controlX[g])
		n1, n0, x1, x0 = n1+a, n0+c, x1+xa, x0+xc
		if w < 1 {
			a, c, xa, xc = float64(w*a), float64(w*c), float64(w*xa), float64(w*xc)
		}
		sumN1, sumN0, sumX1, sumX0 = sumN1+a, sumN0+c, sumX1+xa, sumX0+xc
		n1s[at], n0s[at], x1s[at], x0s[at], groups[at] = a, c, xa, xc, g
		at++
	}
	if n1 <= 0 || n0 <= 0 {
		return false
	}
	s.cut(at)
	s.plain1, s.plain0, s.requests = x1/n1, x0/n0, n1+n0
	s.sumN1, s.sumN0, s.sumX1, s.sumX0 = sumN1, sumN0, sumX1, sumX0
	return true
}

// resize makes room for a number of groups.
func (s *scorer) resize(groups int) {
	if cap(s.groups) < groups {
		s.groups = make([]int, groups)
		room := make([]float64, 8*groups)
		for i, slice := range s.slices() {
			*slice = room[i*groups : (i+1)*groups : (i+1)*groups]
		}
	}
	s.cut(groups)
}

// cut leaves a number of groups.
func (s *scorer) cut(groups int) {
	s.groups = s.groups[:groups]
	for _, slice := range s.slices() {
		*slice = (*slice)[:groups]
	}
}

func (s *scorer) slices() [8]*[]float64 {
	return [8]*[]float64{&s.n1, &s.n0, &s.x1, &s.x0, &s.u1, &s.u0, &s.u, &s.q}
}

// at tests the hypothesis that the rate of the arm is ratio times the control's:
// the arm's numerators are divided by it. It reports false if there are too few
// groups to cap residuals, and the score of whole residuals then: too much of one.
func (s *scorer) at(ratio float64) (score Score, ok bool) {
	inverse := 1 / ratio
	score = Score{
		Rate: (float64(s.sumX1*inverse) + s.sumX0) / (s.sumN1 + s.sumN0), N: s.sumN1, Control: s.sumN0, Limit: math.Inf(1),
	}
	if !s.residuals(inverse, score.Rate) {
		return score, true // all the same everywhere
	}
	square, ok := capFrom(s.q, s.pi*(1-s.pi), s.square)
	if ok {
		score.Limit, s.square = math.Sqrt(square), square
	}
	s.sumUp(&score)
	return score, ok
}

// sumUp works out U, S and what follows from the residuals with a limit.
func (s *scorer) sumUp(score *Score) {
	u1, u0, limit, pi := s.u1[:len(s.u)], s.u0[:len(s.u)], score.Limit, s.pi
	excess, squares := 0.0, 0.0
	for g, u := range s.u {
		a, c := u1[g], u0[g]
		if size := math.Abs(u); size > limit {
			v := limit / size
			a, c = float64(v*a), float64(v*c)
		}
		excess += a - float64(pi*(a+c))
		squares += float64(a*a) + float64(c*c)
	}
	score.Excess, score.Squares = excess, squares
	deviation := math.Sqrt(s.pi * (1 - s.pi) * score.Squares)
	if deviation > 0 {
		score.Z = score.Excess / deviation
		score.StandardError = deviation * (1/s.sumN1 + 1/s.sumN0)
	}
}

// countReduced counts the groups with less than full weight. The score must be the
// one last worked out, of the arms that were last loaded.
func (s *scorer) countReduced(score *Score) {
	for at, g := range s.groups {
		if w := s.weights[g]; w < 1 || math.Abs(s.u[at]) > score.Limit {
			score.Reduced++
			score.ReducedShare += (s.n1[at] + s.n0[at]) / w / s.requests
		}
	}
}

// roundOff is below which share of what a residual is the difference of, it is
// rounding: where every group has the same rate, there is no residual, and what
// rounding leaves of it has the same sign everywhere.
const roundOff = 1e-11

// residuals works out the residuals of the groups and their squares, and reports
// whether an arm has any that is not 0.
func (s *scorer) residuals(inverse, rate float64) (any bool) {
	n := len(s.u)
	n1, n0, xs1, xs0 := s.n1[:n], s.n0[:n], s.x1[:n], s.x0[:n]
	u1, u0, q := s.u1[:n], s.u0[:n], s.q[:n]
	for g := range s.u {
		x1, x0 := float64(xs1[g]*inverse), xs0[g]
		expected1, expected0 := float64(rate*n1[g]), float64(rate*n0[g])
		a, c := residual(x1, expected1), residual(x0, expected0)
		u := residual(x1+x0, expected1+expected0)
		u1[g], u0[g], s.u[g], q[g] = a, c, u, float64(u*u)
		any = any || a != 0 || c != 0
	}
	return any
}

func residual(x, expected float64) float64 {
	if u := x - expected; math.Abs(u) > roundOff*(x+expected) {
		return u
	}
	return 0
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}
