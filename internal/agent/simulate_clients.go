package agent

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// exactClients is how many distinct clients a simulation counts one by one,
// which takes about 100 MB. Past it their number is an estimate.
const exactClients = 1_000_000

// clientStripes is how many parts a clientSet has, so that workers seldom wait
// for each other.
const clientStripes = 64

// clientSet is distinct clients and the variants that each got, exactly, as long
// as they are not more than a limit. Any number of goroutines may add.
type clientSet struct {
	limit   int64
	seed    maphash.Seed
	count   atomic.Int64
	full    atomic.Bool // there are more than limit: the set is empty and stays so
	stripes [clientStripes]clientStripe
}

// clientStripe is those clients of a set whose hash ends alike.
type clientStripe struct {
	mu       sync.Mutex
	variants map[string]*uint32 // by address, one bit for each variant
	_        [64]byte           // of its own cache line
}

func newClientSet(limit int64) *clientSet {
	c := &clientSet{limit: limit, seed: maphash.MakeSeed()}
	for i := range c.stripes {
		c.stripes[i].variants = make(map[string]*uint32)
	}
	return c
}

// add notes that the client of an address got a variant, 0 to 31.
func (c *clientSet) add(address []byte, variant int) {
	if c.full.Load() {
		return
	}
	stripe := &c.stripes[maphash.Bytes(c.seed, address)%clientStripes]
	if !stripe.add(address, 1<<variant) || c.count.Add(1) <= c.limit {
		return
	}
	// Which clients are in a full set would depend on who came first.
	if c.full.CompareAndSwap(false, true) {
		for i := range c.stripes {
			c.stripes[i].drop()
		}
	}
}

// add reports whether the client is new.
func (s *clientStripe) add(address []byte, variant uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, ok := s.variants[string(address)]; ok {
		*seen |= variant
		return false
	}
	if s.variants == nil {
		return false
	}
	first := variant // a copy, so that the parameter need not be on the heap
	s.variants[string(address)] = &first
	return true
}

// drop frees the memory; what is added later is not kept.
func (s *clientStripe) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variants = nil
}

// clientCounts is what a set says.
type clientCounts struct {
	exact   bool // there were not more than the limit; else all is zero
	total   int64
	several int64   // of them with more than one variant
	variant []int64 // with each variant, some of them with others too
}

// counts returns what the set holds once nobody adds any more.
func (c *clientSet) counts(variants int) clientCounts {
	counts := clientCounts{exact: !c.full.Load(), variant: make([]int64, variants)}
	for i := range c.stripes {
		for _, seen := range c.stripes[i].variants {
			counts.total++
			if bits.OnesCount32(*seen) > 1 {
				counts.several++
			}
			for set := *seen; set != 0; set &= set - 1 {
				counts.variant[bits.TrailingZeros32(set)]++
			}
		}
	}
	return counts
}
