package aggregator

import (
	"math"
	"sort"
)

// MaxLatency is the longest latency that is believed, in milliseconds: 365
// days. It bounds the histograms; parser rejects what is above.
const MaxLatency = 365 * 24 * 3600 * 1000

// ClassicBounds are the upper bounds, in milliseconds and inclusive, of the
// classic Prometheus histogram. They are part of the snapshot's version.
var ClassicBounds = [...]int64{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

// schema is the resolution of the native Prometheus histogram: 2^schema
// buckets per power of two, upper bounds 2^(k/2^schema) seconds.
const schema = 3

// A cell is one bucket of our own: the latencies between two neighbouring
// bounds of the native and the classic histogram taken together, so that one
// counter a latency gives both exactly. Cell 0 holds 0 ms alone, the native
// histogram's zero bucket.

// cell is a row of the table of cells.
type cell struct {
	upper  int64 // largest whole millisecond of the cell
	native int   // k of the native bucket (2^((k-1)/8), 2^(k/8)] seconds; unused for cell 0
}

// cells lists every cell that a whole millisecond can fall into.
var cells = makeCells()

func makeCells() []cell {
	table := []cell{{upper: 0}}
	classic := ClassicBounds[:]
	for k, lower := nativeIndex(1), int64(0); lower < MaxLatency; k++ {
		upper := nativeUpper(k)
		for len(classic) > 0 && classic[0] <= upper {
			if bound := classic[0]; bound > lower && bound < upper {
				table = append(table, cell{bound, k})
				lower = bound
			}
			classic = classic[1:]
		}
		if upper > lower { // a narrow bucket may hold no whole millisecond
			table = append(table, cell{upper, k})
			lower = upper
		}
	}
	return table
}

// nativeUpper returns the largest whole millisecond that is at most
// 2^(k/8) seconds.
func nativeUpper(k int) int64 {
	bound := math.Exp2(float64(k)/(1<<schema)) * 1000
	if nearest := math.Round(bound); math.Abs(bound-nearest) < bound*1e-12 {
		return int64(nearest) // 2^(k/8) is whole: do not let rounding push it down
	}
	return int64(bound)
}

// nativeIndex returns the smallest k with ms <= 2^(k/8) seconds, for ms > 0.
func nativeIndex(ms int64) int {
	return sort.Search(1<<10, func(i int) bool { return nativeUpper(i-1<<9) >= ms }) - 1<<9
}

// numCells is how many cells there are, as a constant so that histograms are
// arrays; a test holds it against the table.
const numCells = 272

// smallLatency bounds the latencies, in milliseconds, whose cell is looked up
// directly.
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
	return sort.Search(len(cells)-1, func(i int) bool { return cells[i].upper >= ms })
}
