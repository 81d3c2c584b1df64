package experiment

import (
	"math"
	"sort"
)

// Latencies are the latencies of an arm: a histogram of each group of clients.
type Latencies struct {
	// Lower and Upper are the bounds of the buckets, in milliseconds, ascending.
	// Values of a bucket are taken to lie evenly between them by their logarithm;
	// those of a bucket from 0 or of equal bounds at the upper one. The last upper
	// one may be +Inf: what lies there is not known.
	Lower, Upper []float64

	Groups [][]uint32 // counts by group and bucket
}

// place is a value in a histogram: a bucket and which part of it is below.
type place struct {
	bucket int
	part   float64
}

// total returns the sum of all groups by bucket.
func (l *Latencies) total() []float64 {
	total := make([]float64, len(l.Upper))
	for _, group := range l.Groups {
		for bucket, n := range group {
			total[bucket] += float64(n)
		}
	}
	return total
}

// at returns the place below which a share p of a histogram is.
func at(total []float64, p float64) place {
	target, below := float64(p*sum(total)), 0.0
	last := place{}
	for bucket, n := range total {
		if n <= 0 {
			continue
		}
		if below+n >= target {
			return place{bucket, min(1, max(0, (target-below)/n))}
		}
		below += n
		last = place{bucket, 1}
	}
	return last
}

// value returns the value at a place, in milliseconds.
func (l *Latencies) value(p place) float64 {
	lower, upper := l.Lower[p.bucket], l.Upper[p.bucket]
	if lower <= 0 || lower >= upper || math.IsInf(upper, 1) {
		return upper
	}
	return lower * math.Exp(p.part*math.Log(upper/lower))
}

// below returns how many of a group's values are below a place.
func below(group []uint32, p place) (count float64) {
	for bucket, n := range group {
		switch {
		case bucket < p.bucket:
			count += float64(n)
		case bucket == p.bucket:
			count += float64(p.part * float64(n))
		}
	}
	return count
}

// size returns how many values a group has.
func size(group []uint32) (count float64) {
	for _, n := range group {
		count += float64(n)
	}
	return count
}

// resolution returns by how much two values near one of them may differ and be in
// the same bucket, and never less than the millisecond that is logged.
func (l *Latencies) resolution(value float64) float64 {
	bucket := sort.SearchFloat64s(l.Upper, value)
	if bucket >= len(l.Upper) || math.IsInf(l.Upper[bucket], 1) {
		return 1
	}
	return max(1, l.Upper[bucket]-l.Lower[bucket])
}
