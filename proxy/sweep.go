package proxy

import (
	"context"
	"sync"
	"time"
)

// The sweep is one goroutine that sets the coarse clock and looks at all
// sessions, a few times within the shortest time-out that is configured. So no
// connection has a timer of its own, and none is set for each byte: time-outs
// come late by up to three ticks.
const (
	ticksPerTimeout = 20
	shortestTick    = 2 * time.Millisecond
	longestTick     = time.Second
)

// registry holds all sessions, in several lists so that few wait for the same
// lock.
type registry struct {
	shards [16]shard
}

type shard struct {
	mu   sync.Mutex
	head *session
	_    [48]byte // so that locks do not share a cache line
}

func (r *registry) add(s *session) {
	s.shard = &r.shards[s.id%uint64(len(r.shards))]
	s.shard.mu.Lock()
	defer s.shard.mu.Unlock()
	s.next = s.shard.head
	if s.next != nil {
		s.next.prev = s
	}
	s.shard.head = s
}

func (r *registry) remove(s *session) {
	s.shard.mu.Lock()
	defer s.shard.mu.Unlock()
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		s.shard.head = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
}

// each calls f for every session, with its shard locked.
func (r *registry) each(f func(*session)) {
	for i := range r.shards {
		shard := &r.shards[i]
		shard.mu.Lock()
		for s := shard.head; s != nil; s = s.next {
			f(s)
		}
		shard.mu.Unlock()
	}
}

// sweep runs until ctx ends.
func (p *Proxy) sweep(ctx context.Context) {
	tick := p.tick()
	p.clock.move(time.Now(), tick)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.retick:
			tick = p.tick()
			ticker.Reset(tick)
		case <-ticker.C:
		}
		now := time.Now()
		ticks := p.clock.move(now, tick)
		p.sessions.each(func(s *session) { s.check(ticks) })
		for _, l := range p.allListeners() {
			l.expire(now)
		}
		p.sweepLeaving(now)
	}
}

// check cuts the session off if it has taken too long over something, and sums
// up what it has copied.
func (s *session) check(now int64) {
	if !s.relaying.Load() {
		return
	}
	s.flushLocked()
	t := &s.route.config.Timeouts
	quiet := time.Duration(now - s.activity.Load())
	switch stuck := s.stuckSide(now, t); {
	case stuck != neither:
		s.cutOff(WriteTimeout, stuck)
	case s.closing.Load() && t.HalfClosed > 0 && quiet > t.HalfClosed:
		s.cutOff(HalfClosed, neither)
	case t.Idle > 0 && quiet > t.Idle:
		s.cutOff(Idle, neither)
	case s.expires != 0 && now > s.expires:
		s.cutOff(Lifetime, neither)
	}
}

// stuckSide returns the side that has taken nothing for too long of what there
// is for it.
func (s *session) stuckSide(now int64, t *Timeouts) side {
	limit := t.Write
	if t.Idle > 0 && (limit == 0 || t.Idle < limit) {
		limit = t.Idle
	}
	if limit <= 0 {
		return neither
	}
	if since := s.up.stalled.Load(); since != 0 && time.Duration(now-since) > limit {
		return upstream
	}
	if since := s.down.stalled.Load(); since != 0 && time.Duration(now-since) > limit {
		return client
	}
	return neither
}

// tick returns how often to sweep.
func (p *Proxy) tick() time.Duration {
	shortest := longestTick * ticksPerTimeout
	for _, l := range p.allListeners() {
		route := l.route.Load()
		t := &route.config.Timeouts
		for _, timeout := range []time.Duration{t.Idle, t.HalfClosed, t.Write, t.Lifetime, route.config.Queue.Timeout} {
			if timeout > 0 {
				shortest = min(shortest, timeout)
			}
		}
	}
	return max(shortestTick, shortest/ticksPerTimeout)
}
