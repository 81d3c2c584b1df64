package balance

// smoothWeighted is nginx's round robin: in each turn every server's current
// weight grows by its weight, the largest is chosen and gives back what all
// have grown by. Weights 5, 1, 1 come out as a a b a c a a, not as a a a a a b c.
type smoothWeighted struct{ chosenBy }

func (smoothWeighted) compares() bool { return true }

func (smoothWeighted) choose(_ *Pool, t *turn) pick {
	return pick{server: smoothest(t.candidates, t.dry)}
}

// smoothest makes one turn of smooth weighted round robin among servers. The
// current weights of the others stay as they are, as in nginx.
func smoothest(servers []*Server, dry bool) (best *Server) {
	var total, most int64
	for _, s := range servers {
		grown := s.current + s.share
		total += s.share
		if best == nil || grown > most {
			best, most = s, grown
		}
		if !dry {
			s.current = grown
		}
	}
	if !dry {
		best.current -= total
	}
	return best
}
