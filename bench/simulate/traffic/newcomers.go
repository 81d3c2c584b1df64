package traffic

import "github.com/splitgauge/splitgauge/splitclients"

// Newcomers are clients of whom each comes once.
type Newcomers struct {
	stream *Stream
	client Client
}

// NewNewcomers returns clients who are assigned by splits, at most MostSplits. Reset
// begins them.
func NewNewcomers(splits ...*splitclients.Split) *Newcomers {
	return &Newcomers{stream: New(Site{}, splits...)}
}

// Reset begins other clients.
func (n *Newcomers) Reset(seed uint64) { n.stream.random = splitmix64(seed) }

// Next returns the next client, which is valid until the one after it comes, and a
// number from 0 to 1 that was drawn for it.
func (n *Newcomers) Next() (c *Client, draw float64) {
	n.stream.assign(&n.client)
	return &n.client, n.stream.random.uniform()
}
