package balance

// leastConnections chooses the server with the fewest connections in flight in
// relation to its weight, and among equals by smooth weighted round robin, as
// nginx's least_conn does.
type leastConnections struct{ chosenBy }

func (leastConnections) compares() bool { return true }

func (leastConnections) choose(_ *Pool, t *turn) pick {
	best := t.candidates[0]
	for _, s := range t.candidates[1:] {
		if lessLoaded(s, best) {
			best = s
		}
	}
	var second *Server // the best of those that are not equal to the best
	equals := t.candidates[:0]
	for _, s := range t.candidates {
		switch {
		case !lessLoaded(best, s):
			equals = append(equals, s)
		case second == nil || lessLoaded(s, second):
			second = s
		}
	}
	chosen := smoothest(equals, t.dry)
	if len(equals) > 1 {
		second = equals[0]
		if second == chosen {
			second = equals[1]
		}
	}
	return byLoad(chosen, second)
}

// lessLoaded compares connections for each unit of weight, without dividing.
func lessLoaded(a, b *Server) bool {
	return int64(a.inFlight)*b.share < int64(b.inFlight)*a.share
}

// byLoad is the choice of a server for its load rather than another, if there is one.
func byLoad(chosen, other *Server) pick {
	made := pick{server: chosen, cost: loadOf(chosen)}
	if other != nil {
		made.other, made.otherCost = other, loadOf(other)
	}
	return made
}

func loadOf(s *Server) float64 { return float64(s.inFlight) * unit / float64(s.share) }
