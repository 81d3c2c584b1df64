package proxy

import (
	"sync/atomic"
	"time"
)

// histogramBounds are the upper bounds of the buckets, in microseconds. A server
// beside us connects in less than a tenth of a millisecond, one that is busy
// takes seconds.
func histogramBounds() [15]int64 {
	return [...]int64{100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000,
		250_000, 500_000, 1_000_000, 2_500_000, 10_000_000}
}

// histogram counts durations. Any goroutine may use it.
type histogram struct {
	counts [16]atomic.Int64 // of each bucket alone; the last one has no bound
	sum    atomic.Int64     // microseconds
}

func (h *histogram) observe(d time.Duration) {
	us := (d.Nanoseconds() + 999) / 1000
	bounds := histogramBounds()
	at := len(bounds)
	for i, bound := range bounds {
		if us <= bound {
			at = i
			break
		}
	}
	h.counts[at].Add(1)
	h.sum.Add(us)
}

// Histogram is a distribution of durations at a moment.
type Histogram struct {
	Bounds []int64 // upper bounds of the buckets in microseconds; the last bucket has none
	Counts []int64 // of each bucket alone, one more than Bounds
	Sum    int64   // microseconds
}

// Count returns how many durations there were.
func (h Histogram) Count() (n int64) {
	for _, count := range h.Counts {
		n += count
	}
	return n
}

func (h *histogram) snapshot() Histogram {
	bounds := histogramBounds()
	s := Histogram{Bounds: bounds[:], Counts: make([]int64, len(h.counts)), Sum: h.sum.Load()}
	for i := range h.counts {
		s.Counts[i] = h.counts[i].Load()
	}
	return s
}
