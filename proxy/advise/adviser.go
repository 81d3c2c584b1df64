package advise

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// look is how often pools are looked at: so soon HAProxy can be told of a server
// that is drained.
const look = time.Second

// Config is what an Adviser needs.
type Config struct {
	// Address is the host:port for agent checks. Empty and without a Listener,
	// none are answered.
	Address  string
	Listener net.Listener // used instead of opening Address; owned by the Adviser

	// Pools returns the pools as they are at a time. It is called every second,
	// by one goroutine.
	Pools func(at time.Time) []Pool

	// Down also has HAProxy told that a server is down, when it is ejected or
	// fails active checks. HAProxy then believes so until it is told otherwise,
	// also if nobody is there any more to tell.
	Down bool

	// Ticks is a seam for tests: the times to look at. nil is the clock's.
	Ticks <-chan time.Time
}

// Stats is what an Adviser has been asked.
type Stats struct {
	Asked   int64 // questions that were answered with a weight or a state
	Unknown int64 // that named no server that there is, or nothing at all
	Refused int64 // connections closed because too many were open
}

// Adviser goes on with the Advice of every pool, and answers agent checks. New
// makes one, Run runs it; the other methods may be called by any goroutine.
type Adviser struct {
	config   Config
	listener net.Listener // nil: none

	mu      sync.Mutex
	pools   map[string]*advisedPool // guarded by mu
	answers map[string]askedServer  // guarded by mu; by question

	asked  atomic.Int64
	astray atomic.Int64
	denied atomic.Int64
}

// advisedPool is a pool as it was last looked at.
type advisedPool struct {
	Pool
	advice Advice
}

// askedServer is what a question is about.
type askedServer struct {
	pool  *advisedPool
	index int // in Stats.Servers
}

// New opens the listener, if there is to be one, and looks at the pools once.
// Whoever has an Adviser must call Run, if with a context that has ended.
func New(config Config) (*Adviser, error) {
	a := &Adviser{config: config, listener: config.Listener, pools: map[string]*advisedPool{}}
	if a.listener == nil && config.Address != "" {
		var err error
		if a.listener, err = net.Listen("tcp", config.Address); err != nil {
			return nil, fmt.Errorf("cannot listen for agent checks on %q: %w", config.Address, err)
		}
	}
	a.look(time.Now())
	return a, nil
}

// Address returns where agent checks are answered; nil is nowhere.
func (a *Adviser) Address() net.Addr {
	if a.listener == nil {
		return nil
	}
	return a.listener.Addr()
}

// Stats returns what it has been asked so far.
func (a *Adviser) Stats() Stats {
	return Stats{Asked: a.asked.Load(), Unknown: a.astray.Load(), Refused: a.denied.Load()}
}

// Run looks at the pools and answers until ctx ends, and returns nil then; an
// error only if the listener cannot go on.
func (a *Adviser) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var looking sync.WaitGroup
	defer looking.Wait()
	defer stop() // before waiting
	looking.Go(func() { a.lookOn(ctx) })
	if a.listener == nil {
		<-ctx.Done()
		return nil
	}
	return a.serve(ctx)
}

// lookOn looks at the pools again and again.
func (a *Adviser) lookOn(ctx context.Context) {
	ticks := a.config.Ticks
	if ticks == nil {
		ticker := time.NewTicker(look)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-ticks:
			a.look(at)
		}
	}
}

// look takes in the pools as they are, and forgets those that are gone.
func (a *Adviser) look(at time.Time) {
	pools := a.config.Pools(at)
	a.mu.Lock()
	defer a.mu.Unlock()
	next, answers := make(map[string]*advisedPool, len(pools)), map[string]askedServer{}
	for _, pool := range pools {
		known := &advisedPool{Pool: pool}
		if before := a.pools[pool.Name]; before != nil {
			known.advice = before.advice
		}
		known.advice.Step(&known.Pool, at)
		for i := range pool.Stats.Servers {
			answers[pool.Name+"/"+pool.Stats.Servers[i].Server.Name()] = askedServer{known, i}
		}
		next[pool.Name] = known
	}
	a.pools, a.answers = next, answers
}

// Answer returns the answer to a question, "pool/server", with its line feed.
func (a *Adviser) Answer(question string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	about, ok := a.answers[question]
	if !ok {
		a.astray.Add(1)
		return unknown
	}
	a.asked.Add(1)
	p := about.pool
	s := &p.Stats.Servers[about.index]
	return line(s, p.advice.Share(s.Server.Name()), p.Stats.Panic, a.config.Down)
}

// WriteNginx writes a pool as an upstream block of nginx with the weights that
// are advised now. It returns an error if there is no such pool, or w's.
func (a *Adviser) WriteNginx(w io.Writer, pool string) error {
	a.mu.Lock()
	p := a.pools[pool]
	var known []string
	for name := range a.pools {
		known = append(known, name)
	}
	var advice Advice
	if p != nil {
		advice = p.advice // its map is replaced by a step, not changed
	}
	a.mu.Unlock()
	if p == nil {
		slices.SortFunc(known, cmp.Compare[string])
		return fmt.Errorf("there is no pool %q; there are %q", pool, known)
	}
	return NginxUpstream(w, &p.Pool, &advice)
}
