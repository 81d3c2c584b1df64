package balance

// Choice is a server, and why it was chosen. It counts as in flight until Done
// or Failed is called; calls after that change nothing, on copies neither. The
// zero Choice is of no server.
//
// Latency is measured by Connected, Sent and FirstByte: the time to connect
// plus the time from the last bytes sent before the answer, or from connecting
// where the server speaks first, to the first byte of it.
type Choice struct {
	pool     *Pool
	server   *Server
	slot     uint32
	life     uint32
	decision Decision
}

// Server returns the server to connect to; nil for the zero Choice.
func (c *Choice) Server() *Server { return c.server }

// Decision returns what the choice was made by.
func (c *Choice) Decision() Decision { return c.decision }

// Outcome is how a connection that was established has ended.
type Outcome uint8

const (
	// Completed: orderly, or at least for no fault of the server.
	Completed Outcome = iota

	// Abandoned: the client left before it had an answer. That is no error of
	// the server, but it took at least this long (nginx logs 499).
	Abandoned
)

// Fault is why a connection has failed.
type Fault uint8

const (
	// Refused: the server is not there, or cannot be reached (ECONNREFUSED,
	// EHOSTUNREACH, ENOENT of a socket).
	Refused Fault = iota

	// Timeout: it did not connect, or did not answer, in time.
	Timeout

	// Reset: it broke the connection.
	Reset

	// Local: something on our side (EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, a
	// cancelled dial). It says nothing of the server and is not held against it.
	Local
)

// Decision is what a choice was made by, small enough to be kept with the
// connection and logged. Explain says more.
type Decision struct {
	Reason Reason
	Weight float64 // effective weight of the server at that moment

	// Cost is what the policy compared, of the chosen one and of the second
	// candidate; 0 where it compares none. Only measured, two_random_choices
	// and least_connections do.
	Cost      float64
	Other     *Server // the second candidate; nil if there was none
	OtherCost float64
}

// Reason is why a server was chosen.
type Reason uint8

const (
	ByPolicy Reason = iota
	ByMark          // marked by hand
	ByTrial         // one connection to see whether an ejected server is back
	ByPanic         // by the policy, with health ignored: too few are healthy
	ByNeed          // by the policy, with health ignored: all healthy ones were tried
)
