package exporter

import (
	"math"
	"slices"
	"sort"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/splitgauge/splitgauge/aggregator"
)

// schema is the resolution of native histograms: 2^schema buckets an octave,
// upper bounds 2^(k/8) seconds. The aggregator's cells are cut for it.
const schema = 3

// zeroBucket is the native bucket of 0 ms, which has no number.
const zeroBucket = math.MinInt32

// cell is where an aggregator's cell belongs in both histograms.
type cell struct {
	native  int32 // k, or zeroBucket
	classic int   // index into classicBounds; their length is +Inf
}

// cells by the aggregator's number.
var cells = makeCells()

// classicBounds are the upper bounds of the classic buckets in seconds.
var classicBounds = makeClassicBounds()

func makeCells() (table []cell) {
	for number := 0; ; number++ {
		upper := aggregator.Bucket{Cell: number}.Upper()
		classic, _ := slices.BinarySearch(aggregator.ClassicBounds[:], upper)
		table = append(table, cell{nativeBucket(upper), classic})
		if upper == aggregator.MaxLatency {
			return table
		}
	}
}

func makeClassicBounds() (bounds [len(aggregator.ClassicBounds)]float64) {
	for i, bound := range aggregator.ClassicBounds {
		bounds[i] = seconds(bound)
	}
	return bounds
}

// nativeBucket returns the smallest k with ms <= 2^(k/8) seconds. Only whole
// octaves are whole milliseconds, and Frexp is exact about those.
func nativeBucket(ms int64) int32 {
	if ms == 0 {
		return zeroBucket
	}
	const perOctave = 1 << schema
	fraction, octave := math.Frexp(seconds(ms)) // fraction is in [1/2, 1)
	within := sort.Search(perOctave, func(i int) bool { return math.Exp2(float64(i)/perOctave-1) >= fraction })
	return int32((octave-1)*perOctave + within)
}

// newHistogram returns a histogram with classic buckets and native ones, both
// exact. It shares the bounds with others.
func newHistogram(h *aggregator.Histogram) *dto.Histogram {
	d := &dto.Histogram{
		SampleCount:   new(uint64(h.Count())),
		SampleSum:     new(seconds(h.Sum)),
		Bucket:        classicBuckets(h.Buckets),
		Schema:        new(int32(schema)),
		ZeroThreshold: new(float64(prometheus.DefNativeHistogramZeroThreshold)),
		ZeroCount:     new(uint64(0)),
	}
	if len(h.Buckets) > 0 && cells[h.Buckets[0].Cell].native == zeroBucket {
		*d.ZeroCount = uint64(h.Buckets[0].Count)
		d.PositiveSpan, d.PositiveDelta = nativeBuckets(h.Buckets[1:])
	} else {
		d.PositiveSpan, d.PositiveDelta = nativeBuckets(h.Buckets)
	}
	return d
}

// classicBuckets returns the cumulative counts up to each bound but +Inf.
func classicBuckets(counts []aggregator.Bucket) []*dto.Bucket {
	const n = len(aggregator.ClassicBounds)
	var cumulative [n]uint64
	buckets, list := make([]dto.Bucket, n), make([]*dto.Bucket, n)
	below := uint64(0)
	for i := range buckets {
		for ; len(counts) > 0 && cells[counts[0].Cell].classic <= i; counts = counts[1:] {
			below += uint64(counts[0].Count)
		}
		cumulative[i] = below
		buckets[i].CumulativeCount, buckets[i].UpperBound = &cumulative[i], &classicBounds[i]
		list[i] = &buckets[i]
	}
	return list
}

// nativeBuckets returns the native buckets of positive latencies: spans of
// neighbouring buckets, each by its distance from the one before, and what each
// bucket's count has more than that of the bucket before.
func nativeBuckets(counts []aggregator.Bucket) (spans []*dto.BucketSpan, deltas []int64) {
	deltas = make([]int64, 0, len(counts))
	next, previous := int32(0), int64(0) // number after the last bucket, and its count
	for len(counts) > 0 {
		k, count := cells[counts[0].Cell].native, int64(0)
		for ; len(counts) > 0 && cells[counts[0].Cell].native == k; counts = counts[1:] {
			count += counts[0].Count
		}
		if len(spans) == 0 || k != next {
			spans = append(spans, &dto.BucketSpan{Offset: new(k - next), Length: new(uint32(0))})
		}
		*spans[len(spans)-1].Length++
		deltas = append(deltas, count-previous)
		next, previous = k+1, count
	}
	return spans, deltas
}
