package aggregator

import (
	"math/big"
	"testing"
)

// atMost reports whether ms <= 2^(k/8) seconds, in whole numbers:
// ms^8 <= 1000^8 * 2^k.
func atMost(ms int64, k int) bool {
	left := new(big.Int).Exp(big.NewInt(ms), big.NewInt(8), nil)
	right := new(big.Int).Exp(big.NewInt(1000), big.NewInt(8), nil)
	if k < 0 {
		left.Lsh(left, uint(-k))
	} else {
		right.Lsh(right, uint(k))
	}
	return left.Cmp(right) <= 0
}

// TestCellsAgainstDefinition checks the table of cells against the definition
// of both histograms, for every latency up to a minute and around every bound.
func TestCellsAgainstDefinition(t *testing.T) {
	check := func(ms int64) {
		if ms < 0 || ms > MaxLatency {
			return
		}
		index := cellOf(ms)
		if ms > cells[index].upper || index > 0 && ms <= cells[index-1].upper {
			t.Fatalf("%d ms is in cell %d, which ends at %d ms", ms, index, cells[index].upper)
		}
		if ms == 0 {
			return
		}
		if k := cells[index].native; !atMost(ms, k) || atMost(ms, k-1) {
			t.Errorf("%d ms is in native bucket %d, which it does not belong to", ms, k)
		}
		for _, bound := range ClassicBounds {
			if (ms <= bound) != (cells[index].upper <= bound) {
				t.Errorf("%d ms is in a cell that ends at %d ms, across the classic bound %d ms", ms, cells[index].upper, bound)
			}
		}
	}
	for ms := int64(0); ms <= 60_000; ms++ {
		check(ms)
	}
	for _, c := range cells {
		for d := int64(-2); d <= 2; d++ {
			check(c.upper + d)
		}
	}
	if last := cells[numCells-1].upper; last != MaxLatency {
		t.Errorf("the last cell ends at %d ms; want %d", last, int64(MaxLatency))
	}
}

// TestQuantileIsExactForShortLatencies holds the promise of the report's
// schema: exact up to 15 ms.
func TestQuantileIsExactForShortLatencies(t *testing.T) {
	for ms := int64(0); ms <= 15; ms++ {
		l := newLatency()
		l.add(ms)
		l.add(ms + 1000) // so that clipping to the maximum does not help
		h := l.histogram()
		if got := h.Quantile(1, 2); got != ms {
			t.Errorf("median of %d ms and %d ms is %d ms", ms, ms+1000, got)
		}
	}
}
