package experiment

import (
	"math"
	"math/bits"
)

// placebos is how many splits that never were are tried.
const placebos = 2000

// placeboSeed makes all runs draw the same splits.
const placeboSeed = 0x5eed0fa9ace60000

// probabilityBits is how exactly a group's chance to be in a pseudo-arm is met.
const probabilityBits = 24

// Placebo is a gauge of how well the evidence keeps to its promise on these data:
// of 2000 pseudo-arms, each of groups of clients that are in with the arm's
// configured share whatever arm they were in, the share whose score would have been
// a verdict. About a thousandth is normal; where it is more than a hundredth, a few
// groups of clients make the tail heavier than assumed.
//
// The pseudo-arms are the same for every call with equal input.
func Placebo(arm, control Sums, pi, threshold float64) float64 {
	s, ok := newScorer(arm, control, pi)
	if !ok {
		return 0
	}
	return s.placebo(threshold)
}

func (s *scorer) placebo(threshold float64) float64 {
	score, ok := s.at(1)
	if !ok || score.StandardError <= 0 {
		return 0
	}
	residuals := make([]float64, (len(s.u)+63)&^63)
	total, squares := 0.0, 0.0
	for g, u := range s.u {
		residuals[g] = max(-score.Limit, min(score.Limit, u))
		total += residuals[g]
		squares += residuals[g] * residuals[g]
	}
	deviation := math.Sqrt(s.pi * (1 - s.pi) * squares)
	if deviation <= 0 {
		return 0
	}
	n := s.sumN1 + s.sumN0
	standardError := deviation * (1/(s.pi*n) + 1/((1-s.pi)*n))
	most := CriticalZ(standardError, score.Rate, threshold) * deviation
	random := splitmix64(placeboSeed)
	reached := 0
	for range placebos {
		inside := 0.0
		for at := 0; at < len(residuals); at += 64 {
			for members := random.members(s.pi); members != 0; members &= members - 1 {
				inside += residuals[at+bits.TrailingZeros64(members)]
			}
		}
		if math.Abs(inside-float64(s.pi*total)) >= most {
			reached++
		}
	}
	return float64(reached) / placebos
}

// splitmix64 is a generator of random numbers that is the same everywhere (Steele,
// Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
type splitmix64 uint64

func (s *splitmix64) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// members returns 64 bits that are each set with a probability: one random word for
// each of its binary digits, from the last one set to the first.
func (s *splitmix64) members(probability float64) (members uint64) {
	digits := uint64(math.Round(math.Ldexp(probability, probabilityBits)))
	digits = max(1, min(1<<probabilityBits-1, digits))
	for i := bits.TrailingZeros64(digits); i < probabilityBits; i++ {
		if digits>>i&1 == 1 {
			members |= s.next()
		} else {
			members &= s.next()
		}
	}
	return members
}
