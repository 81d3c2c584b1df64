package experiment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawPair draws the sums of two arms, of a few groups up to some hundred, mostly of
// small numbers and now and then of large ones.
func drawPair(t *rapid.T) (arm, control Sums, pi float64) {
	pi = rapid.SampledFrom([]float64{0.005, 0.02, 0.11, 0.3, 0.5, 0.8, 0.99}).Draw(t, "pi")
	groups := rapid.SampledFrom([]int{1, 2, 8, 64, 300, 600}).Draw(t, "groups")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	uneven := rapid.SampledFrom([]float64{0, 0.5, 2}).Draw(t, "uneven")
	rate := rapid.SampledFrom([]float64{0, 0.001, 0.05, 0.9, 1}).Draw(t, "rate")
	effect := rapid.SampledFrom([]float64{0, 0.5, 1, 3}).Draw(t, "effect")
	draw := func(share, rate float64) (n, x int64) {
		n = int64(share * 200 * math.Exp(uneven*random.NormFloat64()))
		for range min(n, 5000) {
			if random.Float64() < rate {
				x++
			}
		}
		return n, x
	}
	for range groups {
		n1, x1 := draw(pi, min(1, rate*effect))
		n0, x0 := draw(1-pi, rate)
		arm.N, arm.X = append(arm.N, n1), append(arm.X, x1)
		control.N, control.X = append(control.N, n0), append(control.X, x0)
	}
	return arm, control, pi
}

const testThreshold = 2.995732273553991 // ln 20

func isNear(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

// TestCap: no quantity is above its share of the capped sum, the limit is the
// largest such one, and it is what the definition finds in sorted order.
func TestCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]float64{0.001, 0.005, 0.02, 0.1, 0.25, 1.0 / 3, 0.5, 1, 5}).Draw(t, "share")
		quantity := rapid.SampledFrom([]*rapid.Generator[float64]{
			rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 10), rapid.Float64Range(0, 1e40)),
			rapid.SampledFrom([]float64{0, 1, 4, 9, 0.1, 0.3}), // many alike
		}).Draw(t, "kind")
		quantities := rapid.SliceOfN(quantity, 0, 300).Draw(t, "quantities")
		guess := rapid.OneOf(rapid.SampledFrom([]float64{0, 1, math.Inf(1)}), rapid.Float64Range(0, 12)).Draw(t, "guess")
		limit, ok := capFrom(quantities, share, guess)
		want, wantOK := capBySorting(quantities, share)
		if ok != wantOK || ok && !isNear(limit, want, 1e-12) && math.Abs(limit-want) > 1e-9*want {
			t.Fatalf("limit %v %v, by sorting %v %v", limit, ok, want, wantOK)
		}
		if !ok {
			return
		}
		capped := 0.0
		for _, q := range quantities {
			capped += min(q, limit)
		}
		for _, q := range quantities {
			if min(q, limit) > share*capped*(1+1e-9) {
				t.Fatalf("%v is more than %v of %v", min(q, limit), share, capped)
			}
		}
	})
}

// TestCapTies: where the limit is one of the quantities but for rounding, the search
// ends all the same.
func TestCapTies(t *testing.T) {
	quantities := []float64{0, 0.4, 0, 0, 0, 0.1, 0.9, 0.9, 0.1, 0.4, 0.4, 0, 0.9, 0.4, 0.4, 0, 0.1, 0.4, 0, 0.1}
	for g := range quantities {
		quantities[g] *= 1.0000000000000002
	}
	for _, share := range []float64{0.1, 0.25, 1.0 / 3, 1.0 / 7} {
		limit, ok := Cap(quantities, share)
		want, wantOK := capBySorting(quantities, share)
		if ok != wantOK || !isNear(limit, want, 1e-12) {
			t.Errorf("a share of %v: %v %v, want %v %v", share, limit, ok, want, wantOK)
		}
	}
}

// capBySorting is Cap as it is defined.
func capBySorting(quantities []float64, share float64) (float64, bool) {
	sorted := slices.Clone(quantities)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	for k := 0; k < len(sorted) && float64(k)*share < 1; k++ {
		tail := 0.0
		for i := len(sorted) - 1; i >= k; i-- {
			tail += sorted[i]
		}
		if c := share * tail / (1 - float64(k)*share); sorted[k] <= c {
			return c, c > 0
		}
	}
	return 0, false
}

func TestWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm, control, _ := drawPair(t)
		weights, ok := requestWeights(arm.N, control.N)
		if !ok {
			return
		}
		for g, w := range weights {
			if !(w > 0 && w <= 1) {
				t.Fatalf("weight %v of a group of %d requests", w, arm.N[g]+control.N[g])
			}
		}
	})
}

// TestIntervalAndVerdict: the interval excludes 1 exactly when the score test fires,
// and has the estimate inside.
func TestIntervalAndVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm, control, pi := drawPair(t)
		ratio := NewRatio(arm, control, pi, testThreshold)
		score, ok := NewScore(arm, control, pi)
		fired := ok && LnEvidence(score.Z, score.StandardError, score.Rate) >= testThreshold
		if excluded := ratio.Low > 1 || ratio.High < 1; excluded != fired {
			t.Fatalf("%+v, score %+v fired: %v", ratio, score, fired)
		}
		if fired && (ratio.Low > 1) != (score.Excess > 0) {
			t.Fatalf("%+v is on the other side than the excess %v", ratio, score.Excess)
		}
		if !(ratio.Low <= ratio.Estimate && ratio.Estimate <= ratio.High) {
			t.Fatalf("%+v", ratio)
		}
	})
}

// TestIntervalIsInverse: just inside an end a ratio is accepted, just outside not.
func TestIntervalIsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm, control, pi := drawPair(t)
		s, ok := newScorer(arm, control, pi)
		if !ok || s.sumX1 <= 0 || s.sumX0 <= 0 {
			return
		}
		ratio := s.interval(testThreshold)
		accepts := func(ratio float64) bool {
			score, ok := s.at(ratio)
			return !ok || LnEvidence(score.Z, score.StandardError, score.Rate) < testThreshold
		}
		if _, found := s.estimate(); !found {
			return
		}
		if ratio.Low > leastRatio && (!accepts(ratio.Low) || accepts(ratio.Low*(1-1e-9))) {
			t.Fatalf("the low end of %+v is none", ratio)
		}
		if ratio.High < mostRatio && (!accepts(ratio.High) || accepts(ratio.High*(1+1e-9))) {
			t.Fatalf("the high end of %+v is none", ratio)
		}
	})
}

// TestSwappingArms turns the score and the interval over.
func TestSwappingArms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm, control, pi := drawPair(t)
		a, okA := NewScore(arm, control, pi)
		b, okB := NewScore(control, arm, 1-pi)
		if okA != okB || !isNear(a.Z, -b.Z, 1e-6) || !isNear(a.StandardError, b.StandardError, 1e-9) {
			t.Fatalf("%+v %v swapped %+v %v", a, okA, b, okB)
		}
		p, q := NewAffected(7, 90, pi), NewAffected(90, 7, 1-pi)
		if p.More == q.More && p.LnEvidence > 1 {
			t.Fatalf("%+v swapped %+v", p, q)
		}
		r, s := NewRatio(arm, control, pi, testThreshold), NewRatio(control, arm, 1-pi, testThreshold)
		if !isNear(r.Low, 1/s.High, 1e-6) || !isNear(r.Estimate, 1/s.Estimate, 1e-6) || !isNear(1/r.High, s.Low, 1e-6) {
			t.Fatalf("%+v swapped %+v", r, s)
		}
	})
}

// TestScaleAndOrder: the unit of a metric changes nothing, nor does the order of the
// groups.
func TestScaleAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm, control, pi := drawPair(t)
		want := NewRatio(arm, control, pi, testThreshold)
		score, ok := NewScore(arm, control, pi)
		scale := rapid.SampledFrom([]int64{2, 1000, 1 << 30}).Draw(t, "scale")
		order := rapid.Permutation(seq(len(arm.N))).Draw(t, "order")
		change := func(s Sums) (changed Sums) {
			for _, g := range order {
				changed.N, changed.X = append(changed.N, s.N[g]), append(changed.X, s.X[g]*scale)
			}
			return changed
		}
		got := NewRatio(change(arm), change(control), pi, testThreshold)
		if !isNear(got.Low, want.Low, 1e-6) || !isNear(got.Estimate, want.Estimate, 1e-6) || !isNear(1/got.High, 1/want.High, 1e-6) {
			t.Fatalf("%+v, in other units and order %+v", want, got)
		}
		other, otherOK := NewScore(change(arm), change(control), pi)
		if ok != otherOK || !isNear(score.Z, other.Z, 1e-6) || score.Reduced != other.Reduced {
			t.Fatalf("%+v, in other units and order %+v", score, other)
		}
	})
}

func seq(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i)
	}
	return numbers
}

// TestEvidenceIsMonotone in the score, and CriticalZ is its inverse.
func TestEvidenceIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		standardError := math.Exp(rapid.Float64Range(-30, 30).Draw(t, "ln se"))
		rate := math.Exp(rapid.Float64Range(-30, 30).Draw(t, "ln rate"))
		z := rapid.Float64Range(0, 100).Draw(t, "z")
		if LnEvidence(z, standardError, rate) > LnEvidence(z*1.01+0.01, standardError, rate)+1e-12 {
			t.Fatal("more is less evidence")
		}
		if LnEvidence(z, standardError, rate) != LnEvidence(-z, standardError, rate) {
			t.Fatal("not symmetric")
		}
		c := CriticalZ(standardError, rate, testThreshold)
		if math.IsInf(c, 1) || c > 1e7 {
			return
		}
		if LnEvidence(c, standardError, rate) < testThreshold || LnEvidence(c*(1-1e-9), standardError, rate) >= testThreshold {
			t.Fatalf("%v is not critical", c)
		}
	})
}

// TestEvidenceIsFair: e to the evidence has the mean 1 if there is no effect, by
// integration over a normal score; and of the affected clients, by summing over all
// ways to split them.
func TestEvidenceIsFair(t *testing.T) {
	for _, rate := range []float64{0.01, 1, 30} {
		mean, step := 0.0, 0.001
		for z := -60.0; z <= 60; z += step {
			mean += step * math.Exp(LnEvidence(z, 1, rate)-z*z/2) / math.Sqrt(2*math.Pi)
		}
		// Beyond 60 lies less than this of the widest prior.
		if !isNear(mean, 1, 0.15) || mean > 1+1e-6 {
			t.Errorf("the mean evidence at a rate of %v standard errors is %v", rate, mean)
		}
	}
	for _, pi := range []float64{0.005, 0.3, 0.9} {
		const n = 60
		mean := 0.0
		for k := range int64(n + 1) {
			ways := lnGamma(n+1) - lnGamma(float64(k)+1) - lnGamma(float64(n-k)+1)
			chance := ways + float64(k)*math.Log(pi) + float64(n-k)*math.Log1p(-pi)
			mean += math.Exp(chance + NewAffected(k, n-k, pi).LnEvidence)
		}
		if !isNear(mean, 1, 1e-9) {
			t.Errorf("the mean evidence of affected clients at a share of %v is %v", pi, mean)
		}
	}
}

// TestMembers: groups are in a pseudo-arm as often as they should be.
func TestMembers(t *testing.T) {
	for _, probability := range []float64{0.005, 0.11, 0.5, 0.975} {
		random := splitmix64(1)
		const words = 40_000
		set := 0
		for range words {
			for members := random.members(probabilityDigits(probability)); members != 0; members &= members - 1 {
				set++
			}
		}
		deviation := math.Sqrt(words * 64 * probability * (1 - probability))
		if z := (float64(set) - words*64*probability) / deviation; math.Abs(z) > 4 {
			t.Errorf("%v of groups: off by %v standard deviations", probability, z)
		}
	}
}

// TestPlacebo: where residuals are many and alike, the gauge is silent; where some
// groups are far from the others, pseudo-arms would have had verdicts.
func TestPlacebo(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	arm, control := Sums{}, Sums{}
	for range 4096 {
		arm.N, control.N = append(arm.N, 20), append(control.N, 980)
		arm.X, control.X = append(arm.X, random.Int64N(2)), append(control.X, 5+random.Int64N(10))
	}
	if share := Placebo(arm, control, 0.02, testThreshold); share > placeboNote {
		t.Errorf("even groups: %v of pseudo-arms have a verdict", share)
	}
	score, ok := NewScore(arm, control, 0.02)
	if !ok {
		t.Fatal("no score")
	}
	usual := LnEvidence(normal975, score.StandardError, score.Rate)
	if share := Placebo(arm, control, 0.02, usual); share < 0.03 || share > 0.07 {
		t.Errorf("of pseudo-arms %v are beyond 1.96, want 0.05", share)
	}
}
