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
	return score, true
}

// scorer has what the score test of a pair of arms needs: the weighted sums of
// the groups that have any requests, and room to work in.
type scorer struct {
	pi             float64
	n1, n0, x1, x0 []float64 // weighted
	weights        []float64
	requests       []float64 // unweighted, of both arms
	u1, u0, u, q   []float64
	sumN1, sumN0   float64
	sumX1, sumX0   float64
	plain1, plain0 float64 // unweighted rates
	allRequests    float64 // of the whole
}

func newScorer(arm, control Sums, pi float64) (*scorer, bool) {
	if !(pi > 0 && pi < 1) {
		return nil, false
	}
	weights, ok := requestWeights(arm.N, control.N)
	if !ok {
		return nil, false
	}
	s := &scorer{pi: pi}
	var n1, n0, x1, x0 float64
	for g, w := range weights {
		a, c := float64(arm.N[g]), float64(control.N[g])
		if a+c <= 0 {
			continue
		}
		xa, xc := float64(arm.X[g]), float64(control.X[g])
		n1, n0, x1, x0 = n1+a, n0+c, x1+xa, x0+xc
		s.weights = append(s.weights, w)
		s.requests = append(s.requests, a+c)
		s.n1, s.n0 = append(s.n1, w*a), append(s.n0, w*c)
		s.x1, s.x0 = append(s.x1, w*xa), append(s.x0, w*xc)
	}
	if n1 <= 0 || n0 <= 0 {
		return nil, false
	}
	s.plain1, s.plain0, s.allRequests = x1/n1, x0/n0, n1+n0
	s.sumN1, s.sumN0, s.sumX1, s.sumX0 = sum(s.n1), sum(s.n0), sum(s.x1), sum(s.x0)
	groups := len(s.n1)
	room := make([]float64, 4*groups)
	s.u1, s.u0, s.u, s.q = room[:groups], room[groups:2*groups], room[2*groups:3*groups], room[3*groups:]
	return s, true
}

// at tests the hypothesis that the rate of the arm is ratio times the control's:
// the arm's numerators are divided by it. It reports false if there are too few
// groups to cap residuals, and the score of whole residuals then: too much of one.
func (s *scorer) at(ratio float64) (score Score, ok bool) {
	score = Score{Rate: (s.sumX1/ratio + s.sumX0) / (s.sumN1 + s.sumN0), N: s.sumN1, Control: s.sumN0, Limit: math.Inf(1)}
	if !s.residuals(ratio, score.Rate) {
		return score, true // all the same everywhere
	}
	square, ok := Cap(s.q, s.pi*(1-s.pi))
	if ok {
		score.Limit = math.Sqrt(square)
	}
	s.sumUp(&score)
	return score, ok
}

// sumUp works out U, S and what follows from the residuals with a limit.
func (s *scorer) sumUp(score *Score) {
	for g, u := range s.u {
		v := 1.0
		if size := math.Abs(u); size > score.Limit {
			v = score.Limit / size
		}
		a, c := v*s.u1[g], v*s.u0[g]
		score.Excess += a - float64(s.pi*(a+c))
		score.Squares += float64(a*a) + float64(c*c)
		if v < 1 || s.weights[g] < 1 {
			score.Reduced++
			score.ReducedShare += s.requests[g] / s.allRequests
		}
	}
	deviation := math.Sqrt(s.pi * (1 - s.pi) * score.Squares)
	if deviation > 0 {
		score.Z = score.Excess / deviation
		score.StandardError = deviation * (1/s.sumN1 + 1/s.sumN0)
	}
}

// roundOff is below which share of what a residual is the difference of, it is
// rounding: where every group has the same rate, there is no residual, and what
// rounding leaves of it has the same sign everywhere.
const roundOff = 1e-11

// residuals works out the residuals of the groups and their squares, and reports
// whether an arm has any that is not 0.
func (s *scorer) residuals(ratio, rate float64) (any bool) {
	for g := range s.u {
		x1, x0 := s.x1[g]/ratio, s.x0[g]
		expected1, expected0 := rate*s.n1[g], rate*s.n0[g]
		s.u1[g], s.u0[g] = residual(x1, expected1), residual(x0, expected0)
		u := residual(x1+x0, expected1+expected0)
		s.u[g], s.q[g] = u, u*u
		any = any || s.u1[g] != 0 || s.u0[g] != 0
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
