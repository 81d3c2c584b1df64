package aggregator

import (
	"math"
	"sort"
)

// The latencies of an arm are kept in fewer groups than its cells and in native
// buckets of schema 3 alone: they describe, with an interval, and are not what a
// verdict rests on.
const (
	LatencyCells   = 256
	LatencyBuckets = 130 // 0 ms, the 128 buckets up to 2^16 ms, and what is above
)

// CoarseLatencies are the request times of an arm by groups of clients. A
// counter that is full stays so.
type CoarseLatencies [LatencyCells][LatencyBuckets]uint32

// latencyCell returns the group of a client.
func latencyCell(hash uint64) int { return int(hash >> 56) }

// LatencyUpper returns the upper bound of a bucket, inclusive, in milliseconds;
// +Inf for the last one.
func LatencyUpper(bucket int) float64 {
	switch bucket {
	case 0:
		return 0
	case LatencyBuckets - 1:
		return math.Inf(1)
	}
	return math.Exp2(float64(bucket) / bucketsPerOctave)
}

// latencyUppers are the largest whole milliseconds of the buckets.
var latencyUppers = makeLatencyUppers()

func makeLatencyUppers() (table [LatencyBuckets]int64) {
	for bucket := range LatencyBuckets - 1 {
		table[bucket] = int64(LatencyUpper(bucket))
	}
	table[LatencyBuckets-1] = math.MaxInt64
	return table
}

var smallLatencyBuckets = makeSmallLatencyBuckets()

func makeSmallLatencyBuckets() (table [smallLatency]uint8) {
	for ms := range table {
		table[ms] = uint8(searchLatencyBucket(int64(ms)))
	}
	return table
}

// latencyBucket returns the bucket of a request time of ms.
func latencyBucket(ms int64) int {
	if uint64(ms) < smallLatency {
		return int(smallLatencyBuckets[ms])
	}
	return searchLatencyBucket(ms)
}

func searchLatencyBucket(ms int64) int {
	return sort.Search(LatencyBuckets-1, func(i int) bool { return latencyUppers[i] >= ms })
}

func (l *CoarseLatencies) add(hash uint64, ms int64) {
	if n := &l[latencyCell(hash)][latencyBucket(ms)]; *n < math.MaxUint32 {
		*n++
	}
}

func (l *CoarseLatencies) merge(other *CoarseLatencies) {
	for cell := range other {
		for bucket, n := range other[cell] {
			if sum := uint64(l[cell][bucket]) + uint64(n); sum < math.MaxUint32 {
				l[cell][bucket] = uint32(sum)
			} else {
				l[cell][bucket] = math.MaxUint32
			}
		}
	}
}

// clone returns an equal one of its own; nil for nil.
func (l *CoarseLatencies) clone() *CoarseLatencies {
	if l == nil {
		return nil
	}
	clone := *l
	return &clone
}
