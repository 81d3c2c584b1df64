package experiment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
)

// clientLatencies draws latencies of clients who differ, some of them busy, and
// returns them by group with the true values, sorted.
func clientLatencies(random *rand.Rand, clients int, middle float64) (*Latencies, []float64) {
	arm := &aggregator.Arm{Latencies: new(aggregator.CoarseLatencies)}
	var values []float64
	for range clients {
		group := random.IntN(aggregator.LatencyCells)
		slowness := middle * math.Exp(0.5*random.NormFloat64())
		for range 1 + int(5*math.Exp(random.NormFloat64())) {
			ms := math.Round(slowness * math.Exp(0.7*random.NormFloat64()))
			values = append(values, ms)
			bucket := 0
			for aggregator.LatencyUpper(bucket) < ms {
				bucket++
			}
			arm.Latencies[group][bucket]++
		}
	}
	slices.Sort(values)
	return latenciesOf(arm), values
}

// TestQuantileIsClose to the one of the values themselves: within a bucket.
func TestQuantileIsClose(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 1))
	l, values := clientLatencies(random, 2000, 100)
	total := l.total()
	for _, p := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
		got, want := l.value(at(total, p)), values[int(p*float64(len(values)))]
		if math.Abs(got-want) > l.resolution(want) {
			t.Errorf("quantile %v is %v, of the values %v", p, got, want)
		}
	}
}

// TestQuantilesCover: equal arms seldom differ, and an interval of clients is longer
// than one of independent requests would be.
func TestQuantilesCover(t *testing.T) {
	random := rand.New(rand.NewPCG(22, 1))
	n, missed := runs(15, 1000), 0
	for range n {
		arm, _ := clientLatencies(random, 600, 100)
		control, _ := clientLatencies(random, 2400, 100)
		q, ok := NewQuantilePair(arm, control, 0.9, 0.2, testThreshold)
		if !ok || !q.Enough {
			t.Fatalf("%+v", q)
		}
		if q.DifferenceLow > 0 || q.DifferenceHigh < 0 {
			missed++
		}
		independent := math.Sqrt(0.9 * 0.1 / sum(arm.total()))
		if q.Arm.ShareError < independent {
			t.Errorf("the error %v of clustered requests is below that of independent ones, %v", q.Arm.ShareError, independent)
		}
		if (q.Low > 1 || q.High < 1) != (q.DifferenceLow > 0 || q.DifferenceHigh < 0) && math.Abs(q.Difference) > 20 {
			t.Errorf("ratio and difference contradict each other: %+v", q)
		}
	}
	if missed > n/20+2 {
		t.Errorf("%d of %d intervals miss", missed, n)
	}
}

// TestQuantileEdges: too few to say anything, above the range, all alike.
func TestQuantileEdges(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 1))
	few, _ := clientLatencies(random, 20, 100)
	many, _ := clientLatencies(random, 2000, 100)
	if q, ok := NewQuantilePair(few, many, 0.99, 0.01, testThreshold); !ok || q.Enough || !math.IsInf(q.High, 1) || q.Arm.Low >= q.Arm.Value {
		t.Errorf("20 clients: %+v", q)
	}
	hung, _ := clientLatencies(random, 2000, 1e6)
	if q, _ := NewQuantilePair(hung, many, 0.99, 0.5, testThreshold); !q.AboveRange || q.Enough || q.Ratio != 1 {
		t.Errorf("beyond the last bucket: %+v", q)
	}
	quick, _ := clientLatencies(random, 2000, 0.01)
	if q, _ := NewQuantilePair(quick, quick, 0.5, 0.5, testThreshold); q.Difference != 0 || q.Ratio != 1 || !q.Indistinct {
		t.Errorf("all 0 ms: %+v", q)
	}
	if _, ok := NewQuantilePair(&Latencies{}, many, 0.5, 0.5, testThreshold); ok {
		t.Error("a quantile of nothing")
	}
}

func TestQuantileIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Uint32Range(0, 20), aggregator.LatencyBuckets, aggregator.LatencyBuckets).Draw(t, "counts")
		arm := &aggregator.Arm{Latencies: new(aggregator.CoarseLatencies)}
		copy(arm.Latencies[3][:], counts)
		l := latenciesOf(arm)
		total := l.total()
		if sum(total) == 0 {
			return
		}
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		lower, upper := at(total, p), at(total, q)
		if l.value(lower) > l.value(upper) {
			t.Fatalf("quantile %v is %v, and %v is %v", p, l.value(lower), q, l.value(upper))
		}
		if got := below(l.Groups[3], lower); !isNear(got, p*sum(total), 1e-9) {
			t.Fatalf("below the quantile %v are %v of %v", p, got, sum(total))
		}
	})
}

func TestMoverStaysOpen(t *testing.T) {
	low, high := Mover(10, 8, math.Inf(1), 5, 4, 6)
	if math.IsInf(low, 0) || !math.IsInf(high, 1) {
		t.Errorf("%v to %v", low, high)
	}
	if low, high = Mover(10, 8, 12, 5, 4, math.Inf(1)); !math.IsInf(low, -1) || math.IsInf(high, 0) {
		t.Errorf("%v to %v", low, high)
	}
}
