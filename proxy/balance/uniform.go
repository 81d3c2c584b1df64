package balance

// uniform is the policy random: every server is equally likely, whatever its
// weight. It needs to know nothing and shares nothing, at the price of an
// unevenness that grows with the root of the number of connections.
type uniform struct{ chosenBy }

func (uniform) choose(_ *Pool, t *turn) pick {
	return pick{server: t.candidates[t.random.below(uint64(len(t.candidates)))]}
}
