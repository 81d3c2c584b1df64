package aggregator

// Histogram is a distribution of latencies in whole milliseconds: count, sum
// and extremes, and the counts below every bound of the classic and of the
// native (schema 3) Prometheus histogram, all exact. The zero value is empty.
type Histogram struct {
	Sum, Min, Max int64    // milliseconds; 0 where empty
	Buckets       []Bucket // those that are not empty, by ascending Cell
}

// Bucket is the count of one cell, the latencies between two neighbouring
// bounds of both histograms taken together.
type Bucket struct {
	Cell  int // see Upper
	Count int64
}

// Upper returns the largest whole millisecond in the bucket.
func (b Bucket) Upper() int64 { return cells[b.Cell].upper }

// Count returns how many latencies were counted.
func (h *Histogram) Count() (n int64) {
	for _, b := range h.Buckets {
		n += b.Count
	}
	return n
}

// Quantile returns, in milliseconds, a latency that the share
// numerator/denominator of all latencies does not exceed: the largest whole
// millisecond of the native bucket that holds the ceil(share × count)-th
// smallest, clipped to Min and Max. It is 0 where the histogram is empty.
func (h *Histogram) Quantile(numerator, denominator int64) int64 {
	rank := (h.Count()*numerator + denominator - 1) / denominator
	for _, b := range h.Buckets {
		if rank -= b.Count; rank <= 0 {
			return max(h.Min, min(h.Max, nativeBucketEnd(b.Cell)))
		}
	}
	return h.Max
}

// nativeBucketEnd returns the largest whole millisecond of the native bucket
// that the cell is part of.
func nativeBucketEnd(index int) int64 {
	for index+1 < numCells && cells[index+1].native == cells[index].native {
		index++
	}
	return cells[index].upper
}

// Merge adds the latencies of other.
func (h *Histogram) Merge(other *Histogram) {
	if len(other.Buckets) == 0 {
		return
	}
	if len(h.Buckets) == 0 {
		h.Min, h.Max = other.Min, other.Max
	}
	h.Sum += other.Sum
	h.Min, h.Max = min(h.Min, other.Min), max(h.Max, other.Max)
	h.Buckets = mergeBuckets(h.Buckets, other.Buckets)
}

// mergeBuckets returns the sum of two ascending lists, as a new one.
func mergeBuckets(a, b []Bucket) []Bucket {
	sum := make([]Bucket, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Cell < b[0].Cell:
			sum, a = append(sum, a[0]), a[1:]
		case a[0].Cell > b[0].Cell:
			sum, b = append(sum, b[0]), b[1:]
		default:
			sum = append(sum, Bucket{a[0].Cell, a[0].Count + b[0].Count})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(sum, a...), b...)
}
