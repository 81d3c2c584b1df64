package loggen

import (
	"math"
	"testing"
)

func TestSampler(t *testing.T) {
	for _, weights := range [][]uint64{{1}, {1, 1}, {5, 3, 2}, {0, 1}, {1000, 1, 0, 7}, userWeights[:]} {
		s := newSampler(weights...)
		var total uint64
		for _, weight := range weights {
			total += weight
		}
		const draws = 1_000_000
		counts := make([]float64, len(weights))
		source := newRandom(1)
		for range draws {
			counts[source.pick(s)]++
		}
		for i, weight := range weights {
			want := float64(weight) / float64(total) * draws
			if weight == 0 && counts[i] > 0 || math.Abs(counts[i]-want) > 6*math.Sqrt(want)+1 {
				t.Errorf("%d: index %d was picked %v times, want about %v", weights, i, counts[i], want)
			}
		}
	}
}

func TestAddressesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for i := range 200_000 {
		a := address(i, 12345)
		if seen[a] {
			t.Fatalf("address %s appears twice", a)
		}
		seen[a] = true
	}
}
