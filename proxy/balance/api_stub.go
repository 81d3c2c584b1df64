package balance

import (
	"errors"
	"time"
)

// DefaultPolicy is the policy where none is named.
const DefaultPolicy = "measured"

// Policies returns the names of all policies.
func Policies() []string { return nil }

// Pool is a pool of servers. Any number of goroutines may use it.
type Pool struct{}

var errStub = errors.New("not built yet")

// New makes a pool. An error names every problem of the configuration.
func New(config Config) (*Pool, error) { return &Pool{}, errStub }

// Pick chooses a server and counts it as in flight until the choice's Done or
// Failed. The error is ErrNoServer.
func (p *Pool) Pick(q Query) (Choice, error) { return Choice{}, ErrNoServer }

// Explain says where a connection would be placed, and changes nothing.
func (p *Pool) Explain(q Query) Explanation { return Explanation{} }

// Observe takes in what logs say, about once a second.
func (p *Pool) Observe(summaries []Summary, at time.Time) {}

// ProbeResult takes in the result of an active check of a server.
func (p *Pool) ProbeResult(server string, ok bool, at time.Time) error { return errStub }

// SetWeight changes the weight of a server, 0 to MaxWeight, until the next
// Reconfigure that configures another.
func (p *Pool) SetWeight(server string, weight int) error { return errStub }

// SetState drains a server, puts it into maintenance or makes it ready again.
func (p *Pool) SetState(server string, state State, at time.Time) error { return errStub }

// Eject takes a server out by hand for a time; no brake holds.
func (p *Pool) Eject(server string, at time.Time, length time.Duration) error { return errStub }

// Restore ends an ejection, at full weight.
func (p *Pool) Restore(server string, at time.Time) error { return errStub }

// Reconfigure puts another configuration in place of the pool's. Servers that
// stay keep what is known of them; choices of those that go may still be ended.
// After an error nothing has changed.
func (p *Pool) Reconfigure(config Config, at time.Time) error { return errStub }

// Servers returns the servers, in the order of the configuration.
func (p *Pool) Servers() []*Server { return nil }

// Stats returns the state of the pool at a moment.
func (p *Pool) Stats(at time.Time) Stats { return Stats{} }

// Connected notes that the connection to the server is there.
func (c *Choice) Connected(at time.Time) {}

// Sent notes that bytes of the client went on to the server. Of several calls
// before FirstByte the last counts; one is enough.
func (c *Choice) Sent(at time.Time) {}

// FirstByte notes the first bytes that came from the server.
func (c *Choice) FirstByte(at time.Time) {}

// Done ends a choice whose connection was established.
func (c *Choice) Done(at time.Time, outcome Outcome) {}

// Failed ends a choice whose connection could not be established or broke.
func (c *Choice) Failed(at time.Time, fault Fault) {}
