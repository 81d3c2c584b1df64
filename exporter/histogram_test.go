package exporter

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
)

func expNormal(random *rand.Rand) float64 { return math.Exp(random.NormFloat64()) }

// reference returns what client_golang makes of latencies that it observes.
func reference(t interface{ Fatal(...any) }, list []int64) *dto.Histogram {
	bounds := []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10} // written out: a bound in wrong units must be found
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Help: "h", Buckets: bounds, NativeHistogramBucketFactor: 1.1})
	for _, ms := range list {
		h.Observe(float64(ms) / 1000)
	}
	var m dto.Metric
	if err := h.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.Histogram
}

// native returns the native buckets by number, without those that are empty.
func native(h *dto.Histogram) map[int32]int64 {
	buckets := make(map[int32]int64)
	deltas, k, count := h.GetPositiveDelta(), int32(0), int64(0)
	for _, span := range h.GetPositiveSpan() {
		k += span.GetOffset()
		for range span.GetLength() {
			if count += deltas[0]; count != 0 {
				buckets[k] = count
			}
			k, deltas = k+1, deltas[1:]
		}
	}
	return buckets
}

// differences says how got differs from want, in everything but the floats of
// the sum's last digits and how spans are cut.
func differences(got, want *dto.Histogram) string {
	switch {
	case got.GetSampleCount() != want.GetSampleCount():
		return fmt.Sprintf("count %d, want %d", got.GetSampleCount(), want.GetSampleCount())
	case math.Abs(got.GetSampleSum()-want.GetSampleSum()) > 1e-9*want.GetSampleSum():
		return fmt.Sprintf("sum %v, want %v", got.GetSampleSum(), want.GetSampleSum())
	case got.GetSchema() != want.GetSchema():
		return fmt.Sprintf("schema %d, want %d", got.GetSchema(), want.GetSchema())
	case got.GetZeroThreshold() != want.GetZeroThreshold() || got.GetZeroCount() != want.GetZeroCount():
		return fmt.Sprintf("%d up to %v, want %d up to %v", got.GetZeroCount(), got.GetZeroThreshold(), want.GetZeroCount(), want.GetZeroThreshold())
	case !maps.Equal(native(got), native(want)):
		return fmt.Sprintf("native buckets %v, want %v", native(got), native(want))
	case len(got.GetBucket()) != len(want.GetBucket()):
		return fmt.Sprintf("%d classic buckets, want %d", len(got.GetBucket()), len(want.GetBucket()))
	}
	for i, bucket := range want.GetBucket() {
		if b := got.GetBucket()[i]; b.GetUpperBound() != bucket.GetUpperBound() || b.GetCumulativeCount() != bucket.GetCumulativeCount() {
			return fmt.Sprintf("classic bucket %v, want %v", b, bucket)
		}
	}
	return ""
}

// TestEveryCell puts the smallest and the largest latency of every cell into
// both histograms.
func TestEveryCell(t *testing.T) {
	const numCells = 270 // the aggregator's
	if len(cells) != numCells {
		t.Fatalf("%d cells, want %d", len(cells), numCells)
	}
	lower := int64(0)
	for number := range cells {
		bucket := aggregator.Bucket{Cell: number, Count: 1}
		for _, ms := range []int64{lower, bucket.Upper()} {
			got := newHistogram(&aggregator.Histogram{Sum: ms, Min: ms, Max: ms, Buckets: []aggregator.Bucket{bucket}})
			if d := differences(got, reference(t, []int64{ms})); d != "" {
				t.Errorf("cell %d, %d ms: %s", number, ms, d)
			}
		}
		lower = bucket.Upper() + 1
	}
}

func TestHistogramIsClientGolangs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 20_000), rapid.Int64Range(0, aggregator.MaxLatency), rapid.SampledFrom(aggregator.ClassicBounds[:]))
		list := rapid.SliceOf(ms).Draw(t, "latencies")
		h := latencies(list...)
		if d := differences(newHistogram(&h), reference(t, list)); d != "" {
			t.Fatal(d)
		}
	})
}
