package aggregator

import (
	"math"
	"sync/atomic"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// Clients is a set of distinct clients, as a HyperLogLog sketch of 2^14 dense
// registers: the estimate's standard error is 0.81 % (Flajolet, Fusy, Gandouet,
// Meunier, 2007). Dense from the start, so that the sketch is a function of the
// set alone, whatever the order and however it was merged.
type Clients struct {
	sketch *hyperloglog.Sketch
	shared atomic.Bool // sketch may be a clone's too: it is copied before it changes
}

const (
	clientsPrecision = 14
	clientsRegisters = 1 << clientsPrecision
)

// clientsHeader begins the sketch's own binary form, which the registers follow
// byte by byte: version 2, precision, no bias, dense, how many registers.
var clientsHeader = [8]byte{2, clientsPrecision, 0, 0, 0, 0, clientsRegisters >> 8, 0}

// NewClients returns an empty set.
func NewClients() *Clients { return &Clients{sketch: hyperloglog.NewNoSparse()} }

// hashClient returns what stands for the address in any set.
func hashClient(address []byte) uint64 { return xxhash.Sum64(address) }

// add puts the client of a hash into the set.
func (c *Clients) add(hash uint64) {
	if c.shared.Load() {
		c.own()
	}
	c.sketch.InsertHash(hash)
}

// own copies the sketch, so that it may be changed.
func (c *Clients) own() {
	c.sketch = c.sketch.Clone()
	c.shared.Store(false)
}

// Merge adds the clients of other.
func (c *Clients) Merge(other *Clients) {
	if c.shared.Load() {
		c.own()
	}
	if err := c.sketch.Merge(other.sketch); err != nil {
		panic("BUG: sketches of different precision: " + err.Error())
	}
}

// Clone returns an equal set of its own. It costs nothing until one of the two
// changes, which copies the 16 KiB then. Several goroutines may clone a set
// that none of them changes.
func (c *Clients) Clone() *Clients {
	c.shared.Store(true)
	clone := &Clients{sketch: c.sketch}
	clone.shared.Store(true)
	return clone
}

// Estimate returns how many distinct clients there are, about: LogLog-Beta (Qin,
// Kim, Tung, "LogLog-Beta and More", 2016, arXiv:1612.02284), with the sketch's
// coefficients. It is what the sketch itself estimates, in a twentieth of the
// time: registers are small integers, so that a sum over all of them is one over
// how many there are of each.
func (c *Clients) Estimate() int64 {
	var counts [256]int32
	for _, register := range c.registers() {
		counts[register]++
	}
	sum := 0.0
	for register := len(counts) - 1; register >= 0; register-- { // small terms first
		sum += math.Ldexp(float64(counts[register]), -register)
	}
	const m = clientsRegisters
	const alpha = 0.7213 / (1 + 1.079/m)
	zeros := float64(counts[0])
	return int64(alpha*m*(m-zeros)/(sum+beta(zeros)) + 0.5)
}

// beta is the correction of LogLog-Beta for precision 14 and so many registers
// that are zero.
func beta(zeros float64) float64 {
	log := math.Log(zeros + 1)
	return -0.371009760230692*zeros + log*(0.00978811941207509+log*(0.185796293324165+log*(0.203015527328432+
		log*(-0.116710521803686+log*(0.0431106699492820+log*(-0.00599583540511831+log*0.000449704299509437))))))
}

// registers returns a copy of the registers.
func (c *Clients) registers() []byte { return c.marshal()[len(clientsHeader):] }

// marshal returns the sketch's binary form.
func (c *Clients) marshal() []byte {
	data, err := c.sketch.AppendBinary(make([]byte, 0, len(clientsHeader)+clientsRegisters))
	if err != nil || len(data) != len(clientsHeader)+clientsRegisters || [8]byte(data) != clientsHeader {
		panic("BUG: a sketch that is not written as one of 2^14 dense registers")
	}
	return data
}
