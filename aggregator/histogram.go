package aggregator

// Histogram is a distribution of latencies in whole milliseconds: exact count,
// sum and extremes, exact counts below the classic bounds, and the buckets of
// a native Prometheus histogram of schema 3. Its zero value is empty.
type Histogram struct {
	Sum, Min, Max int64    // milliseconds; Min and Max are 0 where empty
	Buckets       []Bucket // not empty ones only, by ascending Cell
}

// Bucket is the count of one cell: the latencies between two neighbouring
// bounds of the classic and the native histogram taken together.
type Bucket struct {
	Cell  int
	Count int64
}

// Count returns how many latencies were observed.
func (h *Histogram) Count() (n int64) {
	for _, b := range h.Buckets {
		n += b.Count
	}
	return n
}

// Quantile returns the latency in milliseconds that the fraction
// numerator/denominator of all latencies do not exceed: the largest whole
// millisecond of the native bucket that holds the ceil(fraction*count)-th
// smallest one, but neither below Min nor above Max. It is 0 where empty.
func (h *Histogram) Quantile(numerator, denominator int64) int64 {
	rank := (h.Count()*numerator + denominator - 1) / denominator
	for i := 0; i < len(h.Buckets); {
		upper := int64(0)
		for native := cells[h.Buckets[i].Cell].native; i < len(h.Buckets) && cells[h.Buckets[i].Cell].native == native; i++ {
			rank -= h.Buckets[i].Count
		}
		_ = upper
		if rank <= 0 {
			return 0
		}
	}
	return h.Max
}
