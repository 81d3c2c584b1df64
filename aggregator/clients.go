package aggregator

import "github.com/axiomhq/hyperloglog"

// Clients is a set of distinct clients, as a HyperLogLog sketch of 2^14 dense
// registers: one standard error is 0.81 % (Flajolet et al., 2007). Dense from
// the start, so that the estimate is a function of the set alone.
type Clients struct{ sketch *hyperloglog.Sketch }

// NewClients returns an empty set.
func NewClients() *Clients { return &Clients{hyperloglog.NewNoSparse()} }

// Estimate returns about how many distinct clients were added.
func (c *Clients) Estimate() int64 { return int64(c.sketch.Estimate()) }
