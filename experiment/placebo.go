package experiment

import (
	"math"
	"math/bits"
	"slices"
)

// placebos is how many splits that never were are tried.
const placebos = 2000

// placeboSeed makes all runs draw the same splits.
const placeboSeed = 0x5eed0fa9ace60000

// probabilityBits is how exactly a group's chance to be in a pseudo-arm is met.
const probabilityBits = 16

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
	var p pseudoArms
	p.draw(pi, len(arm.N))
	return s.placebo(&p, threshold)
}

// pseudoArms are splits that never were, of any number of metrics.
type pseudoArms struct {
	pi    float64  // the share of groups that are in one, rounded
	words int      // of each pseudo-arm
	sets  []uint64 // a bit for each group
}

// draw draws the pseudo-arms of a share.
func (p *pseudoArms) draw(pi float64, groups int) {
	digits := probabilityDigits(pi)
	p.pi = math.Ldexp(float64(digits), -probabilityBits)
	p.words = (groups + 63) / 64
	p.sets = slices.Grow(p.sets[:0], placebos*p.words)[:placebos*p.words]
	random := splitmix64(placeboSeed)
	for i := range p.sets {
		p.sets[i] = random.members(digits)
	}
}

// placebo returns the share of pseudo-arms with a verdict.
func (s *scorer) placebo(p *pseudoArms, threshold float64) float64 {
	score, ok := s.at(1)
	if !ok || score.StandardError <= 0 {
		return 0
	}
	residuals := make([]float64, 64*p.words)
	total, squares := 0.0, 0.0
	for i, u := range s.u {
		u = max(-score.Limit, min(score.Limit, u))
		residuals[s.groups[i]] = u
		total += u
		squares += float64(u * u)
	}
	deviation := math.Sqrt(p.pi * (1 - p.pi) * squares)
	if deviation <= 0 {
		return 0
	}
	n := s.sumN1 + s.sumN0
	standardError := deviation * (1/(p.pi*n) + 1/((1-p.pi)*n))
	most := CriticalZ(standardError, score.Rate, threshold) * deviation
	reached := 0
	for arm := range placebos {
		inside := 0.0
		for word, members := range p.sets[arm*p.words : (arm+1)*p.words] {
			group := residuals[64*word : 64*word+64]
			for ; members != 0; members &= members - 1 {
				inside += group[bits.TrailingZeros64(members)]
			}
		}
		if math.Abs(inside-float64(p.pi*total)) >= most {
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

// members returns 64 bits that are each set with a probability of digits: one
// random word for each of its binary digits, from the last one set to the first.
func (s *splitmix64) members(digits uint64) (members uint64) {
	for i := bits.TrailingZeros64(digits); i < probabilityBits; i++ {
		if digits>>i&1 == 1 {
			members |= s.next()
		} else {
			members &= s.next()
		}
	}
	return members
}

// probabilityDigits rounds a probability, but not to 0 or 1.
func probabilityDigits(probability float64) uint64 {
	return uint64(max(1, min(1<<probabilityBits-1, math.Round(math.Ldexp(probability, probabilityBits)))))
}
