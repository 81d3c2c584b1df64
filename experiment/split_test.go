package experiment

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// levelSet counts clients as aggregator.ClientSet does: by level, of which those are
// kept that the limit has room for.
type levelSet struct {
	levels [65]int64
	level  int
	kept   int64
}

const setLimit = 1 << 14

func (l *levelSet) add(hash uint64) {
	level := bits.TrailingZeros64(hash)
	l.levels[level]++
	if level >= l.level {
		l.kept++
	}
	for l.kept > setLimit {
		l.kept -= l.levels[l.level]
		l.level++
	}
}

// drawSplit draws clients, of whom an arm loses a share, and checks the split after
// every so many. It returns whether any check found a mismatch.
func drawSplit(random *rand.Rand, shares []float64, clients, looks int, loser int, loss float64) bool {
	names := make([]string, len(shares))
	sets := make([]levelSet, len(shares))
	counts, levels := make([]int64, len(shares)), make([]int, len(shares))
	for look := range looks {
		for range clients / looks {
			at, arm := random.Float64(), 0
			for at >= shares[arm] && arm < len(shares)-1 {
				at -= shares[arm]
				arm++
			}
			if arm == loser && random.Float64() < loss {
				continue
			}
			sets[arm].add(random.Uint64() | 1<<63)
		}
		if loser >= 0 && look < looks-1 {
			continue
		}
		for arm := range sets {
			counts[arm], levels[arm] = sets[arm].kept, sets[arm].level
		}
		if NewSplitCheck(names, shares, counts, levels).Mismatch {
			return true
		}
	}
	return false
}

// runs returns how often a simulation is done.
func runs(reduced, full int) int {
	if os.Getenv("SPLITGAUGE_FULL") == "1" {
		return full
	}
	return reduced
}

// TestSplitCheckFinds what it must: losses of large sites and of small ones, though
// the control's sample is thinned more than the arm's. At full length it finds 92 %
// and 91 % (ADR 8).
func TestSplitCheckFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 1))
	for _, c := range []struct {
		clients int
		loss    float64
		least   float64
	}{{200_000, 0.2, 0.85}, {5000, 0.9, 0.85}} {
		found, n := 0, runs(10, 1000)
		for range n {
			if drawSplit(random, []float64{0.005, 0.02, 0.975}, c.clients, 1, 0, c.loss) {
				found++
			}
		}
		t.Logf("%d clients, %v lost: %d of %d found", c.clients, c.loss, found, n)
		if float64(found) < c.least*float64(n)-2 {
			t.Errorf("%d clients, %v lost: %d of %d found", c.clients, c.loss, found, n)
		}
	}
}

// TestSplitCheckIsQuiet: with the right split it stays quiet at every look, though
// levels rise at different times.
func TestSplitCheckIsQuiet(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 1))
	n := runs(20, 2000)
	for _, shares := range [][]float64{{0.005, 0.02, 0.975}, {0.3, 0.7}} {
		alarms := 0
		for range n {
			if drawSplit(random, shares, 100_000, 50, -1, 0) {
				alarms++
			}
		}
		t.Logf("shares %v: %d of %d false alarms", shares, alarms, n)
		if alarms > 1+n/200 {
			t.Errorf("shares %v: %d of %d false alarms", shares, alarms, n)
		}
	}
}

// TestDetectableLoss loses as many clients as are said to be seen in four of five
// cases, of small and of large arms.
func TestDetectableLoss(t *testing.T) {
	source := rand.NewPCG(11, 12)
	draw := func(n int64, p float64) float64 {
		return distuv.Binomial{N: float64(n), P: p, Src: source}.Rand()
	}
	for _, c := range []struct {
		n     int64
		share float64
	}{{20_000, 0.5}, {30_000, 0.9}, {100_000, 0.975}, {20_000, 0.1}, {200_000, 0.005}, {10_000, 0.02}} {
		loss := DetectableLoss(c.n, c.share)
		const draws = 500
		seen := 0
		for range draws {
			all := draw(c.n, c.share)
			arm := int64(draw(int64(all), 1-loss))
			if LnMeanSplitEvidence([]int64{arm, c.n - int64(all)}, []float64{c.share, 1 - c.share}) >= math.Log(splitThreshold) {
				seen++
			}
		}
		t.Logf("%d clients, %.1f %%: a loss of %.1f %% is seen in %.0f %% of cases", c.n, 100*c.share, 100*loss, 100*float64(seen)/draws)
		if seen < draws*70/100 || seen > draws*93/100 {
			t.Errorf("of %d clients with a share of %v, a loss of %v is seen %d of %d times", c.n, c.share, loss, seen, draws)
		}
	}
	if DetectableLoss(0, 0.5) != 1 || DetectableLoss(100, 0) != 1 || DetectableLoss(10, 0.005) != 1 {
		t.Error("where nothing is seen, it is said that something would be")
	}
}
