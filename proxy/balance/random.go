package balance

import "math/rand/v2"

// randomness is where random numbers come from: 64 bits, and no remainder taken
// of them, so that none is likelier than another.
type randomness struct{ seam *rand.Rand }

// below returns a number from 0 to n-1, each equally likely.
func (r randomness) below(n uint64) uint64 {
	if r.seam != nil {
		return r.seam.Uint64N(n)
	}
	return rand.Uint64N(n)
}

// fraction returns a number from 0 to below 1.
func (r randomness) fraction() float64 { return float64(r.below(1<<53)) / (1 << 53) }

// draw returns a server, each as likely as its share, and not the one given.
// There must be another.
func (r randomness) draw(servers []*Server, not *Server) *Server {
	var total int64
	for _, s := range servers {
		if s != not {
			total += s.share
		}
	}
	at := int64(r.below(uint64(total)))
	for _, s := range servers {
		if s == not {
			continue
		}
		if at < s.share {
			return s
		}
		at -= s.share
	}
	panic("BUG: a share was drawn that nobody has")
}

// drawTwo returns two different servers, each drawn by shares; the second is
// nil if there is one only.
func (r randomness) drawTwo(servers []*Server) (first, second *Server) {
	if len(servers) == 1 {
		return servers[0], nil
	}
	first = r.draw(servers, nil)
	return first, r.draw(servers, first)
}
