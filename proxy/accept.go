package proxy

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// acceptLoop takes connections until the listener is closed, and then closes
// the socket. An error of accept never ends it.
func (l *listener) acceptLoop() {
	defer close(l.done)
	defer l.socket.Close()
	var pause backoff
	for last := 0; last < lastTaken; {
		conn, err := l.socket.Accept()
		closed := l.closed.Load()
		if err == nil {
			pause.reset()
			l.admit(conn.(stream))
			if closed {
				last++
			}
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if closed {
			if !errors.Is(err, os.ErrDeadlineExceeded) || !waiting(l.socket) {
				return
			}
			l.callLast() // on a busy machine that time was over before all were taken
			continue
		}
		l.acceptErrors.Add(1)
		wait := pause.next()
		if f := l.proxy.events.AcceptFailed; f != nil {
			f(l.name(), err, wait)
		}
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			l.shed.Add(l.proxy.reserve.shed(l.socket))
		}
		// Shedding sets deadlines. That of a close may have been among those that it
		// cleared, which closed, being set before, then says.
		if l.closed.Load() {
			l.callLast()
		} else if !l.proxy.pause(wait) {
			return
		}
	}
}

// close has the accept loop take what is waiting already, and then end. Clients
// whose connections the kernel has accepted for us are not to be reset because
// somebody reconfigures. It does not wait for it.
func (l *listener) close() {
	l.closed.Store(true)
	if l.done == nil { // nobody accepts
		l.socket.Close()
		return
	}
	l.callLast()
}

// callLast has Accept return soon.
func (l *listener) callLast() { l.socket.(deadliner).SetDeadline(time.Now().Add(lastCall)) }

// hasEnded says whether nobody accepts any more.
func (l *listener) hasEnded() bool {
	if l.done == nil {
		return true
	}
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// A listener that is to be closed waits for so long for connections, and then
// goes on for as long as there are any waiting, but takes so many at most.
const (
	lastCall  = 5 * time.Millisecond
	lastTaken = 4096 // Linux' usual limit of a backlog
)

// deadliner is what TCP and unix listeners have.
type deadliner interface{ SetDeadline(time.Time) error }

// backoff is how long to wait after errors in a row.
type backoff struct{ last time.Duration }

const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) next() time.Duration {
	b.last = min(lastPause, max(firstPause, 2*b.last))
	return b.last
}

// admit lets a connection in, has it wait, or turns it away.
func (l *listener) admit(conn stream) {
	l.accepted.Add(1)
	now, r, p := time.Now(), l.route.Load(), l.proxy
	peer := addrPortOf(conn.RemoteAddr())
	trusted := peer.IsValid() && r.senders.Contains(peer.Addr())
	if p.open.Add(1) > p.limit.Load() {
		p.open.Add(-1)
		l.deny(conn, peer, RuleConnections)
		return
	}
	var taken *seat
	if !trusted { // whose own connections they are is only known from the header
		var rule Rule
		if taken, rule = l.gate.admit(peer.Addr(), now); rule != passed {
			p.open.Add(-1)
			l.deny(conn, peer, rule)
			return
		}
	}
	s := p.newSession(r, conn, peer, now)
	if s == nil {
		conn.Close()
		l.gate.leave(taken, now)
		p.open.Add(-1)
		return
	}
	s.seat = taken
	served, waits := l.queue.enter(s, r.config.Queue)
	switch {
	case served:
		s.seated = true
		go s.serve()
	case !waits:
		l.gate.leave(taken, now)
		p.sessions.remove(s)
		p.open.Add(-1)
		p.running.Done()
		l.deny(conn, peer, RuleQueueFull)
	}
}

// deny turns a connection away with a reset: it is the quickest for both sides,
// and leaves nothing behind on ours.
func (l *listener) deny(conn stream, peer netip.AddrPort, rule Rule) {
	l.denied[rule].Add(1)
	(&end{conn: conn}).reset()
	if f := l.proxy.events.Denied; f != nil {
		f(l.name(), rule, peer.Addr())
	}
}
