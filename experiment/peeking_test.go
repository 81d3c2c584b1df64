package experiment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A site has clients that come back at every look, of uneven activity and errors,
// in the groups of an arm and a control.
type site struct {
	arm, control Sums
	clients      []client
}

type client struct {
	group  int
	inArm  bool
	visits float64
	errors float64
}

func newSite(random *rand.Rand, clients, groups int, pi float64) *site {
	s := &site{arm: Sums{make([]int64, groups), make([]int64, groups)}, control: Sums{make([]int64, groups), make([]int64, groups)}}
	for range clients {
		c := client{group: random.IntN(groups), inArm: random.Float64() < pi, visits: math.Exp(1.2 * random.NormFloat64()), errors: 0.004}
		if random.IntN(20) == 0 {
			c.errors = 0.12
		}
		s.clients = append(s.clients, c)
	}
	return s
}

// look lets some time pass. In the arm, errors are ratio times as frequent.
func (s *site) look(random *rand.Rand, ratio float64) {
	for _, c := range s.clients {
		sums, errors := &s.control, c.errors
		if c.inArm {
			sums, errors = &s.arm, c.errors*ratio
		}
		n := int64(c.visits + random.Float64())
		sums.N[c.group] += n
		for range n {
			if random.Float64() < errors {
				sums.X[c.group]++
			}
		}
	}
}

// TestPeekingIsSafe: with a variant that changes nothing, few of the experiments
// ever have a verdict, however often one looks, and with one that does, few of the
// intervals ever miss the true ratio. That requests are counted as independent would
// call about half of them different.
func TestPeekingIsSafe(t *testing.T) {
	const looks = 20
	n := runs(12, 1000)
	for _, c := range []struct{ pi, ratio float64 }{{0.5, 1}, {0.02, 1}, {0.05, 3}} {
		random := rand.New(rand.NewPCG(31, uint64(100*c.pi)))
		alarms, naive, missed := 0, 0, 0
		for range n {
			s := newSite(random, 4000, 1024, c.pi)
			alarm, fooled, miss := false, false, false
			for range looks {
				s.look(random, c.ratio)
				score, ok := NewScore(s.arm, s.control, c.pi)
				alarm = alarm || ok && LnEvidence(score.Z, score.StandardError, score.Rate) >= testThreshold
				fooled = fooled || math.Abs(requestZ(s.arm, s.control)) > 1.96
				ratio := NewRatio(s.arm, s.control, c.pi, testThreshold)
				miss = miss || ratio.Low > c.ratio || ratio.High < c.ratio
			}
			alarms, naive, missed = alarms+count(alarm), naive+count(fooled), missed+count(miss)
		}
		t.Logf("share %v, ratio %v: of %d, %d with a verdict, %d by requests, %d intervals missed", c.pi, c.ratio, n, alarms, naive, missed)
		most := float64(n)*0.05 + 2.6*math.Sqrt(float64(n)*0.05*0.95)
		if float64(missed) > most || c.ratio == 1 && float64(alarms) > most {
			t.Errorf("share %v, ratio %v: of %d, %d with a verdict, %d intervals missed", c.pi, c.ratio, n, alarms, missed)
		}
		if c.ratio == 1 && naive < n/4 {
			t.Errorf("share %v: the test of requests was fooled %d times of %d; this site is too easy", c.pi, naive, n)
		}
		if c.ratio > 1 && alarms < n/3 {
			t.Errorf("share %v, ratio %v: found %d times of %d", c.pi, c.ratio, alarms, n)
		}
	}
}

// requestZ is the test that takes requests for independent.
func requestZ(arm, control Sums) float64 {
	var n1, n0, x1, x0 float64
	for g := range arm.N {
		n1, n0 = n1+float64(arm.N[g]), n0+float64(control.N[g])
		x1, x0 = x1+float64(arm.X[g]), x0+float64(control.X[g])
	}
	rate := (x1 + x0) / (n1 + n0)
	return (x1/n1 - x0/n0) / math.Sqrt(rate*(1-rate)*(1/n1+1/n0))
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
