package proxy

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// A session is one connection of a client, from when the gate has let it in
// until everything of it is closed.
//
// One goroutine serves it; from when a server is connected, it copies what the
// server sends, and a second one what the client sends. Whichever ends last
// finishes the session. The sweep looks at it from outside, and cuts it off by
// waking both; only finish closes.
type session struct {
	proxy    *Proxy
	route    *route // not owned
	id       uint64
	accepted time.Time
	seat     *seat
	peer     netip.AddrPort // of the client's end as we see it; invalid for unix sockets
	source   netip.AddrPort // peer, or what a PROXY header said
	local    netip.AddrPort // where the client connected to

	client, server end
	up, down       direction // from client, from server

	// Of the goroutine that serves, until both directions run.
	introduced bool // by a PROXY header, or the lack of one
	seated     bool // among those that the listener serves
	queued     time.Duration
	attempts   []attempt
	target     *target // nil until chosen
	pair       *pair   // nil until connected
	choice     balance.Choice
	decision   balance.Decision
	dialing    dialContext
	mark       string
	request    []byte // what the client has sent and was looked at
	outcome    Reason // set if no server was reached
	connected  time.Time

	// Shared.
	relaying    atomic.Bool
	interrupted atomic.Bool  // both sides were woken: directions are to end
	closing     atomic.Bool  // one direction has ended
	activity    atomic.Int64 // last byte either way, on the proxy's clock
	asked       atomic.Int64 // when the client last sent something before that, from connected on
	answered    atomic.Bool  // the server has sent something
	firstByte   time.Duration
	expires     int64 // on the proxy's clock; 0: never

	mu      sync.Mutex
	open    int    // directions that run
	cut     Reason // why it was cut off
	stuck   side   // with cut WriteTimeout: who takes nothing
	fin     [3]bool
	first   side // who closed first
	lost    side // who was reset first
	lingers bool // the client may still be sending, and is to get what it was sent

	shard      *shard
	prev, next *session // guarded by shard.mu
}

// serve is the session's goroutine.
func (s *session) serve() {
	if !s.prepare() {
		s.refuse()
		return
	}
	if err := s.server.attach(s.server.conn); err != nil {
		s.outcome = Failed
		s.refuse()
		return
	}
	s.up.init(s, client, &s.client, &s.server)
	s.down.init(s, upstream, &s.server, &s.client)
	s.open = 2
	s.touch()
	s.setExpiry()
	s.relaying.Store(true)
	if s.interrupted.Load() { // cut off while the server was being connected: its deadline was not set then
		s.server.wake()
	}
	go s.copyUp()
	s.copyDown()
}

func (s *session) copyUp()   { s.ended(&s.up, s.up.run()) }
func (s *session) copyDown() { s.ended(&s.down, s.down.run()) }

// prepare does everything up to a connected server.
func (s *session) prepare() bool {
	if !s.acceptHeader() || !s.readMark() {
		return false
	}
	if !s.dial() {
		return false
	}
	header, ok := s.headerForServer()
	if !ok {
		s.outcome = Failed
		return false
	}
	s.up.first = append(header, s.request...)
	s.up.bytes.Store(-int64(len(header))) // ours, not the client's
	return true
}

// touch notes that something moved.
func (s *session) touch() { s.activity.Store(s.proxy.clock.soon()) }

// moved notes that d has read something.
func (s *session) moved(d *direction) {
	s.touch()
	if s.answered.Load() {
		return
	}
	now := time.Now()
	if d.from == client {
		s.asked.Store(int64(now.Sub(s.connected)))
		s.choice.Sent(now)
		return
	}
	s.firstByte = max(1, now.Sub(s.connected)-time.Duration(s.asked.Load()))
	s.answered.Store(true)
	s.choice.FirstByte(now)
	s.target.firstByte.observe(s.firstByte)
}

// setExpiry says when the session has lived for long enough.
func (s *session) setExpiry() {
	lifetime := s.route.config.Timeouts.Lifetime
	if lifetime <= 0 {
		return
	}
	jitter := s.route.config.Timeouts.Jitter * s.proxy.random()
	age := time.Since(s.accepted)
	s.expires = s.proxy.clock.soon() + int64(float64(lifetime)*(1-jitter)) - int64(age)
}

// ended takes down how a direction ended, and tells the other side of it.
func (s *session) ended(d *direction, how ending) {
	opposite := upstream
	if d.from == upstream {
		opposite = client
	}
	s.mu.Lock()
	switch how {
	case endOfStream:
		s.fin[d.from] = true
		if s.first == neither {
			s.first = d.from
		}
		if s.lost == neither && s.cut == unended && s.open > 1 { // else finish closes it
			d.dst.conn.CloseWrite()
		}
	case srcLost:
		s.lose(d.from)
		// What the other direction waits for does not matter any more.
		s.wake()
	case dstLost:
		// Whoever had closed before has now closed both ways, which is in order; that
		// it had, though its end is yet to be read, EPIPE says. Else it was reset; what
		// it sent before is still read, and then the other direction ends, with a reset
		// or, that being told once only, with an end.
		if s.fin[opposite] || d.errno == syscall.EPIPE {
			s.lingers = opposite == upstream
		} else {
			s.lose(opposite)
		}
	}
	s.touch()
	s.closing.Store(true)
	s.open--
	last := s.open == 0
	s.mu.Unlock()
	if last {
		s.finish()
	}
}

// lose notes that a side was reset.
func (s *session) lose(who side) {
	if s.lost == neither && s.cut == unended {
		s.lost = who
	}
	if s.first == neither {
		s.first = who
	}
}

// wake has both directions end, wherever they wait. s.mu is held.
func (s *session) wake() {
	s.interrupted.Store(true)
	s.client.wake()
	if s.relaying.Load() {
		s.server.wake()
	}
}

// cutOff ends the session for a reason that is the proxy's own, unless one side
// was reset before: then the reason stays, but what the other direction still
// waits for is not waited for any longer.
func (s *session) cutOff(reason Reason, stuck side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut != unended {
		return
	}
	if s.lost == neither {
		s.cut, s.stuck = reason, stuck
	}
	s.wake()
	s.dialing.cancel()
}

func (s *session) cutReason() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cut
}

// reason says why the session has ended.
func (s *session) reason() Reason {
	switch {
	case s.cut != unended:
		return s.cut
	case s.outcome != unended:
		return s.outcome
	case s.lost == client:
		return ClientReset
	case s.lost == upstream:
		return UpstreamReset
	case s.first == client:
		return ClientFIN
	case s.first == upstream:
		return UpstreamFIN
	}
	return Failed
}

// closedBy says who closed first.
func (s *session) closedBy() side {
	if s.first != neither {
		return s.first
	}
	return s.lost
}
