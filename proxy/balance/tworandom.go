package balance

// twoRandomChoices draws two different servers by their weights and takes the
// one with fewer connections in flight in relation to its weight. Of equals it
// takes the first drawn, so that an idle pool is shared by the weights. It does
// not herd when several balancers see the same loads, and two choices bring the
// longest queue from about ln n / ln ln n down to ln ln n (Mitzenmacher).
//
// The two are different because with two servers, drawn independently, every
// second pair would be no choice at all.
type twoRandomChoices struct{ chosenBy }

func (twoRandomChoices) choose(_ *Pool, t *turn) pick {
	first, second := t.random.drawTwo(t.candidates)
	if second != nil && lessLoaded(second, first) {
		first, second = second, first
	}
	return byLoad(first, second)
}
