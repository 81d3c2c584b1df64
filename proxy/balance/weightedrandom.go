package balance

// weightedRandom chooses servers with the likelihood of their weights.
type weightedRandom struct{ chosenBy }

func (weightedRandom) choose(_ *Pool, t *turn) pick {
	return pick{server: t.random.draw(t.candidates, nil)}
}
