package aggregator

import (
	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// Clients is a set of distinct clients, as a HyperLogLog sketch of 2^14 dense
// registers: the estimate's standard error is 0.81 % (Flajolet, Fusy, Gandouet,
// Meunier, 2007). Dense from the start, so that the sketch is a function of the
// set alone, whatever the order and however it was merged.
type Clients struct{ sketch *hyperloglog.Sketch }

// NewClients returns an empty set.
func NewClients() *Clients { return &Clients{hyperloglog.NewNoSparse()} }

// add puts the client into the set.
func (c *Clients) add(address []byte) { c.sketch.InsertHash(xxhash.Sum64(address)) }

// Estimate returns how many distinct clients there are, about.
func (c *Clients) Estimate() int64 { return int64(c.sketch.Estimate()) }

// Merge adds the clients of other.
func (c *Clients) Merge(other *Clients) {
	if err := c.sketch.Merge(other.sketch); err != nil {
		panic("BUG: sketches of different precision: " + err.Error())
	}
}

// Clone returns a copy that shares nothing.
func (c *Clients) Clone() *Clients { return &Clients{c.sketch.Clone()} }
