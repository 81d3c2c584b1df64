package aggregator

import "math"

// latency is a shard's side of a Histogram: one counter a cell, each 32 bits
// wide so that a row stays small in the caches.
type latency struct {
	sum, min, max int64
	cells         [numCells]uint32
	carry         map[int]int64 // what left a counter that ran over, by cell
}

func newLatency() latency { return latency{min: math.MaxInt64} }

// add counts ms; a negative one is absent.
func (l *latency) add(ms int64) {
	if ms < 0 {
		return
	}
	ms = min(ms, MaxLatency)
	l.sum += ms
	l.min, l.max = min(l.min, ms), max(l.max, ms)
	counter := &l.cells[cellOf(ms)]
	if *counter++; *counter == 0 {
		l.runOver(cellOf(ms))
	}
}

func (l *latency) runOver(index int) {
	if l.carry == nil {
		l.carry = make(map[int]int64)
	}
	l.carry[index] += 1 << 32
}

// merge adds what other counted.
func (l *latency) merge(other *latency) {
	l.sum += other.sum
	l.min, l.max = min(l.min, other.min), max(l.max, other.max)
	for i, n := range other.cells {
		if l.cells[i] += n; l.cells[i] < n {
			l.runOver(i)
		}
	}
	for i, n := range other.carry {
		if l.carry == nil {
			l.carry = make(map[int]int64)
		}
		l.carry[i] += n
	}
}

// histogram returns what was counted.
func (l *latency) histogram() Histogram {
	h := Histogram{Sum: l.sum, Min: l.min, Max: l.max}
	for i, n := range l.cells {
		if count := int64(n) + l.carry[i]; count > 0 {
			h.Buckets = append(h.Buckets, Bucket{i, count})
		}
	}
	if len(h.Buckets) == 0 {
		h.Min = 0
	}
	return h
}
