package loggen

import (
	"math/bits"
	"math/rand/v2"
)

// random is a source of random numbers that are the same on every machine.
type random struct{ rand.PCG }

func newRandom(seed uint64) *random {
	return &random{*rand.NewPCG(seed, 0x73706c6974676167)}
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// upTo returns a number from 0 to n.
func (r *random) upTo(n int64) int64 {
	high, _ := bits.Mul64(r.Uint64(), uint64(n)+1)
	return int64(high)
}

// oneIn reports true once in n times.
func (r *random) oneIn(n int) bool { return r.below(n) == 0 }

// pick returns an index of s.
func (r *random) pick(s *sampler) int { return s.pick(r.Uint64()) }

// heavyTail returns a time in milliseconds: mostly around base, which is 1 or
// more, a fourth of them twice as much, a fourth of those twice as much again,
// up to 4,096 times base.
func (r *random) heavyTail(base int64) int64 {
	doublings := bits.TrailingZeros32(uint32(r.Uint64())|1<<24) / 2
	return (base/2 + r.upTo(base)) << doublings
}

// sampler picks from a list of weights in constant time: Walker's alias method
// in Vose's form, in integers.
type sampler struct {
	columns []column
}

// column is one of equally likely columns: it stands for its own index with
// the chance accept/2^32, otherwise for alias.
type column struct{ accept, alias uint32 }

// newSampler returns a sampler that picks index i in proportion to weights[i].
// The weights must add up to less than 2^63 / len(weights).
func newSampler(weights ...uint64) *sampler {
	var total uint64
	for _, weight := range weights {
		total += weight
	}
	columns := make([]column, len(weights))
	scaled := make([]uint64, len(weights)) // average total
	var small, large []int
	for i, weight := range weights {
		columns[i].alias = uint32(i)
		if scaled[i] = weight * uint64(len(weights)); scaled[i] < total {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		high, low := bits.Mul64(scaled[s], 1<<32)
		accept, _ := bits.Div64(high, low, total)
		columns[s] = column{uint32(accept), uint32(l)}
		if scaled[l] -= total - scaled[s]; scaled[l] < total {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return &sampler{columns}
}

// newZipf returns a sampler of n ranks, each in proportion to 1/(rank+1).
func newZipf(n int) *sampler {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 1 << 36 / uint64(i+1)
	}
	return newSampler(weights...)
}

// pick returns the index that 64 random bits stand for.
func (s *sampler) pick(bits uint64) int {
	i := bits >> 32 * uint64(len(s.columns)) >> 32
	if c := s.columns[i]; uint32(bits) >= c.accept {
		return int(c.alias)
	}
	return int(i)
}
