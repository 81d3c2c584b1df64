package loggen

import (
	"math/big"
	"sort"
)

// bucketBounds are the largest whole milliseconds of the buckets of a native
// Prometheus histogram of schema 3, ascending: the whole parts of
// 1000 * 2^(k/8). Several buckets below 16 ms hold none.
type bucketBounds []int64

// newBucketBounds computes the bounds from 0 ms to 2^20 s, some 12 days, in integers:
// n <= 1000 * 2^(k/8) exactly if n^8 <= 1000^8 * 2^k.
func newBucketBounds() bucketBounds {
	bounds := bucketBounds{0} // the zero bucket
	for k := -80; k <= 8*20; k++ {
		limit := new(big.Int).Exp(big.NewInt(1000), big.NewInt(8), nil)
		if k >= 0 {
			limit.Lsh(limit, uint(k))
		} else {
			limit.Rsh(limit, uint(-k)) // rounding down: the other side is whole
		}
		if n := largestRoot(limit, bounds[len(bounds)-1]); n > bounds[len(bounds)-1] {
			bounds = append(bounds, n)
		}
	}
	return bounds
}

// largestRoot returns the largest n with n^8 <= limit, which is at least low
// and, as the next bound, at most twice as much.
func largestRoot(limit *big.Int, low int64) int64 {
	return low + int64(sort.Search(int(low)+2, func(i int) bool {
		n := big.NewInt(low + int64(i) + 1)
		return n.Exp(n, big.NewInt(8), nil).Cmp(limit) > 0
	}))
}

// upper returns the largest whole millisecond of the bucket that holds ms.
func (b bucketBounds) upper(ms int64) int64 {
	i := sort.Search(len(b), func(i int) bool { return b[i] >= ms })
	if i == len(b) {
		return ms
	}
	return b[i]
}
