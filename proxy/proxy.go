package proxy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Proxy takes connections and forwards them. New makes one, Run runs it.
type Proxy struct {
	events   Events
	buffers  *buffers
	pipes    *pipes
	clock    *clock
	reserve  *reserve
	sessions registry
	log      *accessLog // nil: none
	never    chan struct{}
	retick   chan struct{} // tells the sweep that time-outs have changed
	ending   chan struct{} // closed when Run's context has ended

	limit   atomic.Int64 // of connections in all
	open    atomic.Int64
	lastID  atomic.Uint64
	running sync.WaitGroup // sessions

	reloading sync.Mutex // held for the whole of a Reload, and before mu

	mu        sync.Mutex // of what follows; held for moments only
	config    Config
	pools     map[string]*pool // changed by Reload alone
	listeners []*listener
	leaving   []*listener // removed, with connections yet
	health    *health
	work      context.Context // of Run; nil before and after it
	tasks     sync.WaitGroup  // goroutines of Run
}

// New opens the listeners of a configuration; connections wait there until Run
// takes them. Whoever has a Proxy must call Run, if with a context that has
// ended: that closes what New has opened. An error names everything that is
// wrong with the configuration, or the listener that could not be opened.
// Names of servers are looked up, for 5 s at most; those that are not found by
// then are looked up again while running.
func New(config Config, events Events) (*Proxy, error) {
	p := &Proxy{
		events: events, buffers: newBuffers(), clock: newClock(longestTick), reserve: newReserve(),
		never: make(chan struct{}), retick: make(chan struct{}, 1), ending: make(chan struct{}),
		pools: map[string]*pool{}, health: newHealth(),
	}
	p.pipes = newPipes(maxPipes)
	p.lastID.Store(uint64(rand.Uint32()) << 32) // so that ids of two runs differ
	if config.AccessLog != nil {
		p.log = newAccessLog(config.AccessLog, orDefault(config.AccessLogBuffer, defaultAccessLogBuffer), events.LogFailed)
	}
	if err := p.Reload(config); err != nil {
		p.reserve.close()
		return nil, err
	}
	return p, nil
}

// maxPipes is how many pipes there are at most, for so many transfers that move
// at the same instant. Others are copied.
const maxPipes = 64

// Run takes connections until ctx ends. Then it closes the listeners, lets what
// is open go on for DrainTime at most, cuts off the rest, and returns nil once
// nothing is left of anything.
func (p *Proxy) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	p.mu.Lock()
	if p.work != nil {
		p.mu.Unlock()
		return errors.New("cannot run the proxy: it runs already")
	}
	p.work = work
	p.start(func() { p.sweep(work) })
	p.start(func() { p.resolveLoop(work) })
	if p.log != nil {
		p.start(p.log.run)
	}
	for _, l := range p.listeners {
		p.startListener(l)
	}
	p.health.start(p)
	p.mu.Unlock()

	<-ctx.Done()
	close(p.ending)
	p.closeListeners()
	p.drain()
	stop()
	if p.log != nil {
		p.log.close()
	}
	p.tasks.Wait()
	p.pipes.close()
	p.reserve.close()
	return nil
}

// start runs a task of Run in a goroutine.
func (p *Proxy) start(task func()) { p.tasks.Go(task) }

// startListener begins to accept. p.mu is held.
func (p *Proxy) startListener(l *listener) {
	l.done = make(chan struct{})
	go l.acceptLoop()
}

// closeListeners closes all listeners, and waits for those who accept. A Reload
// after that does nothing.
func (p *Proxy) closeListeners() {
	p.mu.Lock()
	p.leaving = append(p.leaving, p.listeners...)
	p.listeners = nil
	closing := slices.Clone(p.leaving)
	p.mu.Unlock()
	for _, l := range closing {
		l.close()
	}
	for _, l := range closing {
		if l.done != nil {
			<-l.done
		}
	}
}

// drain waits for all sessions, and cuts off those that take too long.
func (p *Proxy) drain() {
	p.mu.Lock()
	allowed := p.config.drainTime()
	p.mu.Unlock()
	over := time.AfterFunc(allowed, func() { p.cutSessions(nil) })
	defer over.Stop()
	p.running.Wait()
}

// cutSessions cuts off the sessions of a listener, or all, and sends those away
// that wait in a queue.
func (p *Proxy) cutSessions(of *listener) {
	p.sessions.each(func(s *session) {
		if of == nil || s.route.listener == of {
			s.cutOff(Drain, neither)
		}
	})
	for _, l := range p.allListeners() {
		if of != nil && l != of {
			continue
		}
		now := time.Now()
		for _, s := range l.queue.expire(now.Add(time.Hour)) {
			s.cutOff(Drain, neither)
			s.queued = now.Sub(s.accepted)
			go s.refuse()
		}
	}
}

// sweepLeaving cuts off what listeners that were removed have left for too long,
// and forgets those that have nothing left.
func (p *Proxy) sweepLeaving(now time.Time) {
	p.mu.Lock()
	var overdue []*listener
	p.leaving = slices.DeleteFunc(p.leaving, func(l *listener) bool {
		if !l.hasEnded() {
			return false
		}
		active, waiting := l.queue.counts()
		if active+waiting > 0 && now.After(l.cutOff) && !l.cutOff.IsZero() {
			overdue = append(overdue, l)
		}
		return active+waiting == 0
	})
	p.mu.Unlock()
	for _, l := range overdue {
		p.cutSessions(l)
	}
}

// allListeners returns the listeners, and those that were removed and still have
// connections.
func (p *Proxy) allListeners() []*listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(append([]*listener(nil), p.listeners...), p.leaving...)
}

// pause waits, and says whether to go on.
func (p *Proxy) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.ending:
		return false
	}
}

// newSession makes a session for a connection that the gate has let in. It
// returns nil if the connection is of no use.
func (p *Proxy) newSession(r *route, conn stream, peer netip.AddrPort, now time.Time) *session {
	s := &session{proxy: p, route: r, accepted: now, peer: peer, source: peer}
	if err := s.client.attach(conn); err != nil {
		return nil
	}
	s.id = p.lastID.Add(1)
	s.local = addrPortOf(conn.LocalAddr())
	switch keepAlive := r.config.Dial.KeepAlive; {
	case keepAlive > 0:
		setKeepAlive(conn, keepAlive)
	case r.listener.given: // which net has done it for, unasked
		setKeepAlive(conn, 0)
	}
	p.running.Add(1)
	p.sessions.add(s)
	return s
}

func (p *Proxy) random() float64 { return rand.Float64() }

// defaultConnections is how many connections the limit of open files leaves room
// for: two descriptors each, pipes, and some for the rest of the program.
func defaultConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1000
	}
	const spare = 2*maxPipes + 128
	files := int(min(limit.Cur, 1<<30))
	return max(16, (files-spare)/2)
}

// joinErrors joins errors with what they are about in front.
func joinErrors(what string, errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", what, errors.Join(errs...))
}

// setKeepAlive has the kernel probe whether the client is still there; 0: not.
func setKeepAlive(conn stream, every time.Duration) {
	tcp, ok := conn.(*net.TCPConn)
	switch {
	case !ok:
	case every > 0:
		tcp.SetKeepAliveConfig(keepAliveOf(every))
	default:
		tcp.SetKeepAlive(false)
	}
}

func keepAliveOf(every time.Duration) net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: every > 0, Idle: every, Interval: every}
}
