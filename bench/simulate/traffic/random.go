package traffic

import "math"

// splitmix64 is a fast generator of random numbers (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", OOPSLA 2014).
type splitmix64 uint64

// Uint64 makes it a rand.Source.
func (s *splitmix64) Uint64() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1, n small.
func (s *splitmix64) below(n int) int { return int(s.Uint64() >> 32 * uint64(n) >> 32) }

// uniform returns a number from 0 to 1, without 1.
func (s *splitmix64) uniform() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

// happens reports whether something of a probability, as chance gives it, does.
func (s *splitmix64) happens(c uint64) bool { return s.Uint64()>>32 < c }

// chance is a probability in units of 2^-32.
func chance(probability float64) uint64 {
	return uint64(math.Round(min(1, max(0, probability)) * (1 << 32)))
}

// mostMultiplied is from which mean on a Poisson number is taken to be normal.
const mostMultiplied = 30

// poisson draws a Poisson number: by multiplication (Knuth, "The art of computer
// programming", volume 2, 3.4.1), or rounded from the normal distribution.
func (s *Stream) poisson(mean float64) int {
	if mean > mostMultiplied {
		return int(max(0, math.Round(mean+math.Sqrt(mean)*s.draws.NormFloat64())))
	}
	n, product, limit := 0, s.random.uniform(), math.Exp(-mean)
	for product > limit {
		n++
		product *= s.random.uniform()
	}
	return n
}

// latencyFactors are equally likely factors of a request's latency: quantiles of a
// log-normal distribution.
func latencyFactors(spread float64) *[latencyEntries]float32 {
	table := new([latencyEntries]float32)
	for i := range table {
		p := (float64(i) + 0.5) / latencyEntries
		table[i] = float32(math.Exp(spread * math.Sqrt2 * math.Erfinv(2*p-1)))
	}
	return table
}
