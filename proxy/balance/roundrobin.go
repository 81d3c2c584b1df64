package balance

// roundRobin is one after the other, whatever their weights.
type roundRobin struct {
	chosenBy
	next int // index among the pool's servers
}

func (r *roundRobin) choose(p *Pool, t *turn) pick {
	for i := range p.servers {
		at := (r.next + i) % len(p.servers)
		if s := p.servers[at]; s.usable {
			if !t.dry {
				r.next = at + 1
			}
			return pick{server: s}
		}
	}
	panic("BUG: no candidate is among the servers")
}
