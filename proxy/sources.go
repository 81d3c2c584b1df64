package proxy

import (
	"container/list"
	"net/netip"
	"time"
)

// seat is a source with its connections and its token bucket.
type seat struct {
	source      netip.Addr
	connections int
	tokens      float64
	filled      time.Time // when tokens was right
	idle        *list.Element
	idleSince   time.Time
}

// sharedSeats is how many sources' limits those share that find no room.
const sharedSeats = 16

// sourceTable holds a bounded number of sources. A source could have its limits
// forgotten by filling the table with others, were the least recently used one
// dropped. So only those are dropped that are as good as new: without a
// connection, and idle for the time in which any bucket fills. If there is no
// such one, the newcomer shares an entry with all who come too late.
type sourceTable struct {
	limit       int
	connections int
	rate        float64
	burst       float64

	seats  map[netip.Addr]*seat
	idle   list.List // of *seat without connections, longest idle first
	shared seat
}

// configure sets the limits. A table that has to shrink does so as sources go.
func (t *sourceTable) configure(c GateConfig) {
	t.limit, t.connections, t.rate, t.burst = c.Sources, c.Connections, c.Rate, float64(c.Burst)
	if t.seats == nil {
		t.seats = make(map[netip.Addr]*seat)
	}
}

// take counts one more connection of source, if it may have one.
func (t *sourceTable) take(source netip.Addr, now time.Time) (*seat, Rule) {
	s, share := t.seat(source, now)
	if t.connections > 0 && s.connections >= t.connections*share {
		t.rest(s, now)
		return nil, RuleSourceConnections
	}
	if t.rate > 0 {
		full := t.burst * float64(share)
		s.tokens = min(full, s.tokens+now.Sub(s.filled).Seconds()*t.rate*float64(share))
		s.filled = now
		if s.tokens < 1 {
			t.rest(s, now)
			return nil, RuleSourceRate
		}
		s.tokens--
	}
	s.connections++
	return s, passed
}

// seat returns the entry for source, and for how many sources it stands.
func (t *sourceTable) seat(source netip.Addr, now time.Time) (s *seat, share int) {
	if s = t.seats[source]; s != nil {
		if s.idle != nil {
			t.idle.Remove(s.idle)
			s.idle = nil
		}
		return s, 1
	}
	t.forget(now)
	if len(t.seats) >= t.limit {
		if t.shared.filled.IsZero() {
			t.shared.tokens, t.shared.filled = t.burst*sharedSeats, now
		}
		return &t.shared, sharedSeats
	}
	s = &seat{source: source, tokens: t.burst, filled: now}
	t.seats[source] = s
	return s, 1
}

// forget drops sources that are as good as new, a few at a time.
func (t *sourceTable) forget(now time.Time) {
	fills := time.Duration(0)
	if t.rate > 0 {
		fills = time.Duration(t.burst / t.rate * float64(time.Second))
	}
	for range 4 {
		oldest := t.idle.Front()
		if oldest == nil {
			return
		}
		s := oldest.Value.(*seat)
		if now.Sub(s.idleSince) < fills {
			return
		}
		t.idle.Remove(oldest)
		delete(t.seats, s.source)
	}
}

// leave counts one connection less.
func (t *sourceTable) leave(s *seat, now time.Time) {
	s.connections--
	t.rest(s, now)
}

// rest puts a source without connections among the idle ones.
func (t *sourceTable) rest(s *seat, now time.Time) {
	if s == &t.shared || s.connections > 0 || s.idle != nil {
		return
	}
	s.idleSince = now
	s.idle = t.idle.PushBack(s)
}
