package aggregator

import (
	"math/bits"
	"slices"
)

// ClientSet is a set of distinct clients of bounded size, for tests: it keeps
// those hashes whose level, the number of zero bits at the end, is at least the
// smallest one at which no more than the limit are kept. It is a function of the
// set of clients alone, whatever the order and however it was merged; the
// clients of each level are a fair sample of all, a share of 2^-level
// (Gibbons, Tirthapura, "Estimating simple functions on the union of data
// streams", SPAA 2001).
type ClientSet struct {
	limit int
	level int
	kept  int

	// table is an open one of kept hashes, mixed; 0 is a free place. About half of
	// its places are free at least.
	table []uint64
}

func newClientSet(limit int) ClientSet { return ClientSet{limit: limit} }

// mixClient makes other bits of a client's hash, one to one: those that choose
// cells must not choose levels too (the finalizer of MurmurHash3, Appleby, public
// domain). 0, which stands for a free place, becomes the bit that is least like
// it.
func mixClient(hash uint64) uint64 {
	hash ^= hash >> 33
	hash *= 0xff51afd7ed558ccd
	hash ^= hash >> 33
	hash *= 0xc4ceb9fe1a85ec53
	hash ^= hash >> 33
	if hash == 0 {
		return 1 << 63
	}
	return hash
}

// Level returns how often the sample was halved.
func (c *ClientSet) Level() int { return c.level }

// Count estimates how many distinct clients there are: exactly while Level is 0,
// then with a standard error of about 1/sqrt(limit).
func (c *ClientSet) Count() int64 { return int64(c.kept) << c.level }

// At returns how many clients of a level, which is at least Level, there are in
// the set: comparable with other sets at the same level.
func (c *ClientSet) At(level int) int64 {
	if level <= c.level {
		return int64(c.kept)
	}
	n := int64(0)
	for _, mixed := range c.table {
		if mixed != 0 && bits.TrailingZeros64(mixed) >= level {
			n++
		}
	}
	return n
}

// add puts the client of a mixed hash into the set.
func (c *ClientSet) add(mixed uint64) {
	if bits.TrailingZeros64(mixed) < c.level {
		return
	}
	if 2*c.kept >= len(c.table) && len(c.table) < 2*c.limit {
		c.resize(max(64, 2*len(c.table)))
	}
	if !c.put(mixed) {
		return
	}
	if c.kept++; c.kept > c.limit {
		c.raise(c.level + 1)
	}
}

// put puts a mixed hash into the table, and reports whether it is new there.
func (c *ClientSet) put(mixed uint64) bool {
	mask := len(c.table) - 1
	for at := int(mixed>>40) & mask; ; at = (at + 1) & mask {
		switch c.table[at] {
		case mixed:
			return false
		case 0:
			c.table[at] = mixed
			return true
		}
	}
}

// raise drops what is below a level, and goes on until no more than the limit
// are kept.
func (c *ClientSet) raise(level int) {
	for c.level < level || c.kept > c.limit {
		c.level = max(level, c.level+1)
		c.kept = 0
		old := c.table
		c.table = make([]uint64, len(old))
		for _, mixed := range old {
			if mixed != 0 && bits.TrailingZeros64(mixed) >= c.level {
				c.put(mixed)
				c.kept++
			}
		}
	}
}

func (c *ClientSet) resize(places int) {
	old := c.table
	c.table = make([]uint64, places)
	for _, mixed := range old {
		if mixed != 0 {
			c.put(mixed)
		}
	}
}

// Merge adds the clients of other.
func (c *ClientSet) Merge(other *ClientSet) {
	if other.level > c.level {
		c.raise(other.level)
	}
	for _, mixed := range other.table {
		if mixed != 0 {
			c.add(mixed)
		}
	}
}

// Clone returns an equal set of its own.
func (c *ClientSet) Clone() ClientSet {
	clone := *c
	clone.table = slices.Clone(c.table)
	return clone
}

// hashes returns what is kept, ascending.
func (c *ClientSet) hashes() []uint64 {
	kept := make([]uint64, 0, c.kept)
	for _, mixed := range c.table {
		if mixed != 0 {
			kept = append(kept, mixed)
		}
	}
	slices.Sort(kept)
	return kept
}
