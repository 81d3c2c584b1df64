package experiment

import (
	"math/bits"
	"math/rand/v2"
	"os"
	"testing"
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

func TestDetectableLoss(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want float64
	}{{10_000, 0.61}, {100_000, 0.19}, {1_000_000, 0.06}} {
		if got := DetectableLoss(c.n, 0.005); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("of %d clients a loss of %v is seen, want %v", c.n, got, c.want)
		}
	}
	if DetectableLoss(0, 0.5) != 1 || DetectableLoss(100, 0) != 1 || DetectableLoss(10, 0.005) != 1 {
		t.Error("where nothing is seen, it is said that something would be")
	}
}
