package aggregator

import (
	"math"
	"sort"
)

// MaxLatency is the longest latency that is believed, in milliseconds: 365
// days. It bounds the histograms; what is above does not count as a latency.
const MaxLatency = 365 * 24 * 3600 * 1000

// ClassicBounds are the upper bounds, in milliseconds and inclusive, of the
// classic Prometheus histogram. They are part of the snapshot's version.
var ClassicBounds = [...]int64{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

// bucketsPerOctave is the resolution of a native Prometheus histogram of
// schema 3: upper bounds 2^(k/8) seconds, inclusive.
const bucketsPerOctave = 8

// cell is one counter of a histogram: the latencies between two neighbouring
// bounds of the native and the classic histogram taken together, so that
// counting a latency once gives both exactly.
type cell struct {
	upper  int64 // largest whole millisecond in the cell
	native int   // k of the native bucket that the cell is part of
}

// zeroBucket is the native field of cell 0, which holds 0 ms alone: the native
// histogram's zero bucket, which has no k.
const zeroBucket = math.MinInt

// numCells is how many cells there are.
const numCells = 270

// cells lists the cells by ascending upper bound.
var cells = makeCells()

func makeCells() [numCells]cell {
	var table [numCells]cell
	table[0] = cell{0, zeroBucket}
	next, lower := 1, int64(0)
	add := func(upper int64, native int) {
		if upper > lower { // a narrow native bucket may hold no whole millisecond
			table[next] = cell{upper, native}
			next, lower = next+1, upper
		}
	}
	classic := ClassicBounds[:]
	for k := nativeBucket(1); lower < MaxLatency; k++ {
		upper := nativeUpper(k)
		for ; len(classic) > 0 && classic[0] <= upper; classic = classic[1:] {
			add(classic[0], k)
		}
		add(min(upper, MaxLatency), k)
	}
	if next != numCells {
		panic("BUG: numCells does not fit the bounds")
	}
	return table
}

// nativeUpper returns the largest whole millisecond that is at most 2^(k/8)
// seconds.
func nativeUpper(k int) int64 {
	return int64(math.Exp2(float64(k)/bucketsPerOctave) * 1000)
}

// nativeBucket returns the smallest k with ms <= 2^(k/8) seconds, for ms > 0.
func nativeBucket(ms int64) int {
	const lowest = -10 * bucketsPerOctave // 2^-10 s is below 1 ms
	return lowest + sort.Search(64*bucketsPerOctave, func(i int) bool { return nativeUpper(lowest+i) >= ms })
}

// smallLatency bounds the latencies, in milliseconds, whose cell is looked up
// rather than searched.
const smallLatency = 4096

var smallCells = makeSmallCells()

func makeSmallCells() (table [smallLatency]uint16) {
	for ms := range table {
		table[ms] = uint16(searchCell(int64(ms)))
	}
	return table
}

// cellOf returns the index of the cell that holds ms, for 0 <= ms <= MaxLatency.
func cellOf(ms int64) int {
	if uint64(ms) < smallLatency {
		return int(smallCells[ms])
	}
	return searchCell(ms)
}

func searchCell(ms int64) int {
	return sort.Search(numCells-1, func(i int) bool { return cells[i].upper >= ms })
}
