package splitclients

import (
	"cmp"
	"slices"
)

// Difference is what becomes of keys when one table takes the place of
// another. All numbers are hashes, of HashSpace.
type Difference struct {
	// Moves are the keys that get another value: most hashes first, then by
	// From and To in byte order. From is never To.
	Moves []Move

	// Moved is the sum of Moves.
	Moved uint64

	// Needed is how much of it the shares ask for: the sum of what every
	// value gains. The rest of Moved changes places between values that gain
	// nothing by it, because their boundaries have shifted; another order of
	// parts would have kept it where it was.
	Needed uint64
}

// Move is the hashes that get one value instead of another.
type Move struct {
	From, To string
	Hashes   uint64
}

// Diff returns what becomes of keys when other takes the place of t: exactly,
// from the thresholds. The tables may follow different rules. It holds only
// where the key is the same: with another key, every client gets a new hash.
func (t *Table) Diff(other *Table) Difference {
	moves := make(map[[2]string]uint64) // by from and to
	before, after := t.ranges(), other.ranges()
	for start := uint64(0); start < HashSpace; {
		end := min(before[0].end, after[0].end)
		if from, to := before[0].value, after[0].value; from != to {
			moves[[2]string{from, to}] += end - start
		}
		// No range is empty and the last one ends with the hash space, so that
		// both lists run out together.
		if before[0].end == end {
			before = before[1:]
		}
		if after[0].end == end {
			after = after[1:]
		}
		start = end
	}
	var difference Difference
	gains := make(map[string]int64) // by value
	for values, hashes := range moves {
		difference.Moves = append(difference.Moves, Move{values[0], values[1], hashes})
		difference.Moved += hashes
		gains[values[0]] -= int64(hashes)
		gains[values[1]] += int64(hashes)
	}
	for _, gain := range gains {
		difference.Needed += uint64(max(0, gain))
	}
	slices.SortFunc(difference.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Hashes, a.Hashes), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return difference
}
