package experiment

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// fullExperiment has everything there is room for: 8 arms, all groups busy.
func fullExperiment() (*aggregator.Experiment, Options) {
	random := rand.New(rand.NewPCG(3, 3))
	x := &aggregator.Experiment{Changed: parser.NoTime, First: testStart, Last: testStart + 1e7, Slow: 1000}
	shares := []float64{0.005, 0.02, 0.05, 0.1, 0.1, 0.1, 0.1, 0.525}
	for i, share := range shares {
		x.Arms = append(x.Arms, fullArm(random, string(rune('a'+i)), share))
	}
	return x, Options{Shares: shares}
}

func fullArm(random *rand.Rand, name string, share float64) *aggregator.Arm {
	a := &aggregator.Arm{
		Name: name, Cells: make([]aggregator.Cell, aggregator.ExperimentCells),
		Latencies: new(aggregator.CoarseLatencies), Minutes: make([]aggregator.Minute, aggregator.MinuteSlots),
	}
	for g := range a.Cells {
		n := int64(1000 * share * math.Exp(random.NormFloat64()))
		part := func(most int64) int64 { return random.Int64N(n/most + 1) }
		a.Cells[g] = aggregator.Cell{Requests: n, Errors5xx: part(50), Errors4xx: part(20), Aborted499: part(100),
			Slow: part(10), Latency: n * (50 + random.Int64N(50)), Bytes: n * random.Int64N(10_000), Timed: n}
		a.Requests += n
	}
	for cell := range a.Latencies {
		for bucket := range a.Latencies[cell] {
			a.Latencies[cell][bucket] = uint32(random.IntN(100))
		}
	}
	for slot := range a.Minutes {
		a.Minutes[slot] = aggregator.Minute{First: int64(slot), Last: int64(slot), Excerpt: aggregator.Excerpt{Requests: 100, Errors5xx: random.Int64N(3)}}
	}
	return a
}

// BenchmarkCompare is one answer on the largest experiment there is.
func BenchmarkCompare(b *testing.B) {
	x, o := fullExperiment()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compare(x, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompareVerdicts is what a simulation does at every look: three arms, three
// metrics.
func BenchmarkCompareVerdicts(b *testing.B) {
	x, o := fullExperiment()
	x.Arms = []*aggregator.Arm{x.Arms[0], x.Arms[1], x.Arms[7]}
	o.Shares = []float64{0.005, 0.02, 0.975}
	o.Metrics, o.Detail = []string{Errors5xx, SlowShare, LatencyMean}, VerdictDetail
	var c Comparer
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Compare(x, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInterval is the interval of one metric.
func BenchmarkInterval(b *testing.B) {
	x, o := fullExperiment()
	m := cellMetrics()[0]
	arm, control := sumsOf(x.Arms[1], &m), sumsOf(x.Arms[7], &m)
	pi := pairShare(o.Shares, 1, 7)
	for b.Loop() {
		if r := NewRatio(arm, control, pi, testThreshold); r.Low <= 0 {
			b.Fatal(r)
		}
	}
}

func BenchmarkPlacebo(b *testing.B) {
	x, o := fullExperiment()
	m := cellMetrics()[0]
	arm, control := sumsOf(x.Arms[1], &m), sumsOf(x.Arms[7], &m)
	pi := pairShare(o.Shares, 1, 7)
	for b.Loop() {
		Placebo(arm, control, pi, testThreshold)
	}
}

func sumsOf(arm *aggregator.Arm, m *metric) Sums {
	var c columns
	c.fill(arm.Cells, []metric{*m})
	return c.sums(m, 0)
}
