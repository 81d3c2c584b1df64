package proxy

import (
	"cmp"
	"net"
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// Stats are the counts of a proxy at a moment. All counts are since New, or
// since the listener or server came with a Reload.
type Stats struct {
	Open        int   // connections, waiting ones included
	Limit       int   // of them
	Descriptors int   // in use by the proxy for connections, listeners and pipes
	LogDropped  int64 // lines of the access log for which there was no room, or that could not be written
	Listeners   []ListenerStats
	Leaving     []ListenerStats // removed by a Reload, with connections yet; present ones may have their names
	Servers     []ServerStats
	Pools       []PoolStats
}

// ListenerStats are the counts of a listener.
type ListenerStats struct {
	Name         string
	Address      string // that it is bound to
	Accepted     int64
	AcceptErrors int64
	Shed         int64 // accepted and closed at once, for want of descriptors
	Denied       map[Rule]int64
	Active       int   // connections that are served
	Waiting      int   // in the queue
	Received     int64 // bytes from clients
	Sent         int64 // bytes to clients
	Pairs        []PairStats
}

// PairStats are the connections of a listener that went to one server.
type PairStats struct {
	Pool, Server string // empty: to none
	Active       int64
	Closed       map[Reason]int64
}

// ServerStats are what connecting to a server has shown.
type ServerStats struct {
	Pool, Server string
	Dialed       Histogram // how long it took, where it succeeded
	FirstByte    Histogram // to the first byte of the server, from the client's last before it, else from connected
	Failed       int64     // dials that failed for the server's fault
	Local        int64     // dials that failed for ours
	NoPort       int64     // of Local: every port to it was in use
}

// PoolStats is a pool, with all that its balancing goes by.
type PoolStats struct {
	Name string
	balance.Stats
}

// Stats returns the counts as they are now.
func (p *Proxy) Stats() Stats {
	p.sessions.each((*session).flushLocked)
	listeners := p.allListeners()
	open := int(p.open.Load())
	stats := Stats{Open: open, Limit: int(p.limit.Load()), Descriptors: open + len(listeners) + 2*p.pipes.made()}
	if p.log != nil {
		stats.LogDropped = p.log.dropped.Load()
	}
	for _, l := range listeners {
		ls := l.stats()
		for _, pair := range ls.Pairs {
			stats.Descriptors += int(pair.Active)
		}
		if l.closed.Load() {
			stats.Leaving = append(stats.Leaving, ls)
		} else {
			stats.Listeners = append(stats.Listeners, ls)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, pool := range p.pools {
		stats.Pools = append(stats.Pools, PoolStats{Name: pool.name, Stats: pool.Stats(now)})
		for _, t := range pool.current() {
			stats.Servers = append(stats.Servers, t.stats())
		}
	}
	slices.SortFunc(stats.Pools, func(a, b PoolStats) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(stats.Servers, func(a, b ServerStats) int { return cmp.Compare(a.Pool, b.Pool) })
	return stats
}

func (l *listener) stats() ListenerStats {
	s := ListenerStats{
		Name: l.name(), Address: addressText(l.socket.Addr()),
		Accepted: l.accepted.Load(), AcceptErrors: l.acceptErrors.Load(), Shed: l.shed.Load(),
		Denied: map[Rule]int64{}, Received: l.received.Load(), Sent: l.sent.Load(),
	}
	s.Active, s.Waiting = l.queue.counts()
	for rule := range l.denied {
		if n := l.denied[rule].Load(); n > 0 {
			s.Denied[Rule(rule)] = n
		}
	}
	l.pairs.Range(func(key, value any) bool {
		s.Pairs = append(s.Pairs, value.(*pair).stats(key.(pairKey)))
		return true
	})
	slices.SortFunc(s.Pairs, func(a, b PairStats) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Server, b.Server))
	})
	return s
}

func (p *pair) stats(key pairKey) PairStats {
	s := PairStats{Pool: key.pool, Server: key.server, Active: p.active.Load(), Closed: map[Reason]int64{}}
	for reason := range p.closed {
		if n := p.closed[reason].Load(); n > 0 {
			s.Closed[Reason(reason)] = n
		}
	}
	return s
}

func (t *target) stats() ServerStats {
	return ServerStats{
		Pool: t.pool, Server: t.name,
		Dialed: t.dialed.snapshot(), FirstByte: t.firstByte.snapshot(),
		Failed: t.refused.Load(), Local: t.local.Load(), NoPort: t.noPort.Load(),
	}
}

// addressText writes an address the way nginx does.
func addressText(addr net.Addr) string {
	if addr.Network() == "unix" {
		return "unix:" + addr.String()
	}
	return addr.String()
}

// Pool returns a pool of the configuration by its name, for what only the pool
// knows to do: Explain, Observe, SetWeight, SetState. Nil: there is none.
func (p *Proxy) Pool(name string) *balance.Pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pool := p.pools[name]; pool != nil {
		return pool.Pool
	}
	return nil
}
