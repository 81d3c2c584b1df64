package balance

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// rendezvousHash gives a source to the server whose score for it is the
// highest: weight / -ln(u), where u is the hash of both as a number between 0
// and 1 (weighted highest random weight). Shares are the weights exactly, a
// server that goes moves its own sources and no others, and one whose weight
// grows only gains: sources come back to it little by little during slow start.
type rendezvousHash struct{}

func (rendezvousHash) prepare(*Pool)  {}
func (rendezvousHash) sticky() bool   { return true }
func (rendezvousHash) compares() bool { return true }

func (rendezvousHash) choose(_ *Pool, t *turn) pick { return pick{server: rendezvous(t)} }

// rendezvous returns the candidate with the highest score for the source.
func rendezvous(t *turn) (best *Server) {
	source := xxhash.Sum64(t.source)
	highest := math.Inf(-1)
	for _, s := range t.candidates {
		score := float64(s.share) / -math.Log(between(mix(source^xxhash.Sum64String(s.name))))
		if score > highest {
			best, highest = s, score
		}
	}
	return best
}

// mix spreads every bit of x over all 64, one to one (the finaliser of
// SplitMix64, by Steele, Lea and Flood).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// between returns a number between 0 and 1, and neither of them.
func between(x uint64) float64 { return (float64(x>>11) + 0.5) / (1 << 53) }
