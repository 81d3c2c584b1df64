package balance

// measured draws two different servers by their weights and takes the cheaper
// one by [Terms], of equals the first drawn. With two servers that is a full
// comparison.
//
// What is known at once and without delay, the connections in flight, closes the
// loop; latency and errors, old by the time they are known, only scale it. A
// policy that chose by delayed latency alone would send everybody to the server
// that was fastest some seconds ago.
type measured struct{ chosenBy }

func (measured) choose(p *Pool, t *turn) pick {
	first, second := t.random.drawTwo(t.candidates)
	cost := p.cost(first, t.now)
	if second == nil {
		return pick{server: first, cost: cost}
	}
	other := p.cost(second, t.now)
	if other < cost {
		return pick{server: second, cost: other, other: first, otherCost: cost}
	}
	return pick{server: first, cost: cost, other: second, otherCost: other}
}
