package loggen

import (
	"math/big"
	"sort"
)

// bucketBounds are the largest whole milliseconds of the buckets of a native
// Prometheus histogram of schema 3, ascending: the whole parts of
// 1000 * 2^(k/8). Several buckets below 16 ms hold none.
type bucketBounds []int64

// newBucketBounds computes the bounds from 0 ms to above 2^36 ms in integers:
// n <= 1000 * 2^(k/8) exactly if n^8 <= 1000^8 * 2^k.
func newBucketBounds() bucketBounds {
	bounds := bucketBounds{0} // the zero bucket
	for k := -80; k <= 8*27; k++ {
		limit := new(big.Int).Exp(big.NewInt(1000), big.NewInt(8), nil)
		if k >= 0 {
			limit.Lsh(limit, uint(k))
		} else {
			limit.Rsh(limit, uint(-k)) // rounding down: the other side is whole
		}
		largest := sort.Search(1<<40, func(n int) bool {
			return new(big.Int).Exp(big.NewInt(int64(n)), big.NewInt(8), nil).Cmp(limit) > 0
		}) - 1
		if int64(largest) > bounds[len(bounds)-1] {
			bounds = append(bounds, int64(largest))
		}
	}
	return bounds
}

// upper returns the largest whole millisecond of the bucket that holds ms.
func (b bucketBounds) upper(ms int64) int64 {
	i := sort.Search(len(b), func(i int) bool { return b[i] >= ms })
	if i == len(b) {
		return ms
	}
	return b[i]
}
