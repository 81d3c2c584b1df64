package proxy

import (
	"net/netip"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// Events reports what happens. Every function is optional. They are called by
// the goroutine that it happens in, several at once, and must not take long.
type Events struct {
	// Ended is called for each connection that was let in, once it has ended. The
	// record is valid until the function returns.
	Ended func(*Connection)
	// Denied is called for each connection that a gate turned away. Under attack
	// that is often.
	Denied func(listener string, rule Rule, source netip.Addr)
	// AcceptFailed is called when accepting failed; it is tried again after wait.
	AcceptFailed func(listener string, err error, wait time.Duration)
	// DialFailed is called when a server could not be connected to; local says that
	// this was our fault, not the server's.
	DialFailed func(pool, server string, err error, local bool)
	// Unresolved is called when a server's name could not be looked up.
	Unresolved func(err error)
	// LogFailed is called when the access log could not be written.
	LogFailed func(err error)
	// Probed is called after each active check of a server; err is nil if it passed.
	Probed func(pool, server string, err error)
}

// Connection is a connection that has ended. Durations that are not known are
// negative.
type Connection struct {
	ID        string
	Accepted  time.Time
	Connected time.Time // to a server; zero: to none
	Ended     time.Time
	Source    netip.AddrPort // of the client, by a PROXY header where there was one; invalid for unix sockets
	Listener  string
	Pool      string
	Attempts  []Attempt

	Queued    time.Duration // in the listener's queue
	FirstByte time.Duration // to the server's first byte, from the client's last before it, else from Connected
	Total     time.Duration // from accepted to ended

	Received int64 // bytes of the client that the server was sent
	Sent     int64 // bytes that the client was sent

	Reason   Reason
	ClosedBy string // "client", "upstream" or "proxy"
	Decision balance.Decision
	Server   string // by name; empty if none was reached
}

// Attempt is one server that a connection was tried on.
type Attempt struct {
	Server  string // by name
	Address string // that was dialled
	Took    time.Duration
	Err     error // nil for the one that it is connected to
}

// connection makes the record of a session.
func (s *session) connection(reason Reason, now time.Time) Connection {
	c := Connection{
		ID: s.idText(), Accepted: s.accepted, Connected: s.connected, Ended: now, Source: s.source,
		Listener: s.route.config.Name, Pool: s.route.config.Pool,
		Queued: s.queued, FirstByte: -1, Total: now.Sub(s.accepted),
		Received: max(0, s.up.bytes.Load()), Sent: s.down.bytes.Load(),
		Reason: reason, ClosedBy: s.closedBy().String(), Decision: s.decision,
		Attempts: make([]Attempt, len(s.attempts)),
	}
	if s.answered.Load() {
		c.FirstByte = s.firstByte
	}
	for i, a := range s.attempts {
		c.Attempts[i] = Attempt{Server: a.target.name, Address: a.target.serverKey.address, Took: a.took, Err: a.err}
		if a.address.IsValid() {
			c.Attempts[i].Address = a.address.String()
		}
	}
	if !s.connected.IsZero() {
		c.Server = s.target.name
	}
	return c
}
