package proxy

import (
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// finish closes what a session has open, once both directions have ended.
func (s *session) finish() {
	reason := s.reason()
	switch {
	case s.breaksOff(reason):
		s.passOnReset()
	case s.lingers:
		s.server.conn.Close()
		linger(s.client.conn, lingerBytes, lingerTime)
		s.client.conn.Close()
	default:
		s.server.conn.Close()
		s.client.conn.Close()
	}
	s.report(reason)
	s.release()
}

// breaksOff says whether the connection is cut in the midst of something, so
// that nobody may take what he has for the whole.
func (s *session) breaksOff(reason Reason) bool {
	switch reason {
	case ClientReset, UpstreamReset, WriteTimeout:
		return true
	case Lifetime, Drain:
		return s.proxy.clock.now()-s.activity.Load() < int64(time.Second)
	}
	return false
}

// passOnReset resets what is left. What was sent before is given a moment to
// leave this machine: a reset overtakes it, and a server that answers and then
// resets, as one does that has not read all of the request, was heard without
// us.
func (s *session) passOnReset() {
	switch s.lost {
	case upstream:
		awaitSent(&s.client, sentTime)
		s.server.conn.Close()
		s.client.reset()
	case client:
		awaitSent(&s.server, sentTime)
		s.client.conn.Close()
		s.server.reset()
	default:
		s.client.reset()
		s.server.reset()
	}
}

// Bounds of a close that waits for the client to have got what it was sent.
const (
	lingerBytes = 64 << 10
	lingerTime  = 200 * time.Millisecond
	sentTime    = time.Second
)

// linger reads and drops what a client still sends. A connection that is closed
// with bytes unread is reset, and the reset may overtake what was sent before.
func linger(conn stream, limit int, atMost time.Duration) {
	conn.CloseWrite()
	conn.SetDeadline(time.Now().Add(atMost))
	var scratch [2048]byte
	for limit > 0 {
		n, err := conn.Read(scratch[:])
		if err != nil {
			return
		}
		limit -= n
	}
}

// judge tells the pool how the connection that it placed has ended.
func (s *session) judge(reason Reason, now time.Time) {
	if s.connected.IsZero() {
		return // dial has done so
	}
	answered := s.answered.Load()
	switch {
	case reason == UpstreamReset:
		s.choice.Failed(now, balance.Reset)
	case reason == WriteTimeout && s.stuck == upstream:
		s.choice.Failed(now, balance.Timeout)
	case (reason == Idle || reason == HalfClosed) && !answered && s.route.config.ClientFirst && s.up.bytes.Load() > 0:
		s.choice.Failed(now, balance.Timeout) // it was asked, and never said a word
	case reason == Failed:
		s.choice.Failed(now, balance.Local)
	case (reason == ClientReset || reason == ClientFIN && !s.fin[upstream]) && !answered && s.up.bytes.Load() > 0:
		s.choice.Done(now, balance.Abandoned)
	default:
		s.choice.Done(now, balance.Completed)
	}
}

// report counts and logs the end.
func (s *session) report(reason Reason) {
	now := time.Now()
	s.judge(reason, now)
	s.flush()
	if s.pair != nil {
		s.pair.active.Add(-1)
	} else {
		s.pair = s.route.listener.pair(s.target)
	}
	s.pair.closed[reason].Add(1)
	if s.proxy.log == nil && s.proxy.events.Ended == nil {
		return
	}
	c := s.connection(reason, now)
	if s.proxy.log != nil {
		s.proxy.log.add(&c)
	}
	if s.proxy.events.Ended != nil {
		s.proxy.events.Ended(&c)
	}
}

// release gives back everything that was counted for the session.
func (s *session) release() {
	p, l := s.proxy, s.route.listener
	p.sessions.remove(s)
	l.gate.leave(s.seat, time.Now())
	p.open.Add(-1)
	if p.reserve.short.Load() { // what this one had is free now
		p.reserve.refill()
	}
	if s.seated {
		l.serveNext()
	}
	p.running.Done()
}

// flush adds what has been copied since to the listener's sums.
func (s *session) flush() {
	s.shard.mu.Lock()
	defer s.shard.mu.Unlock()
	s.flushLocked()
}

func (s *session) flushLocked() {
	l := s.route.listener
	up, down := max(0, s.up.bytes.Load()), s.down.bytes.Load()
	l.received.Add(up - s.up.flushed)
	l.sent.Add(down - s.down.flushed)
	s.up.flushed, s.down.flushed = up, down
}
