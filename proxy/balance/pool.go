package balance

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrNoServer says that no server of the pool may be used: all are drained, in
// maintenance, of weight 0, or have been tried.
var ErrNoServer = errors.New("no server may be used")

// Query is what a choice may depend on.
type Query struct {
	Now time.Time

	// Source is the client's address as text ("192.0.2.1", without a port):
	// what hashing policies hash, and $remote_addr of a split_clients key. It
	// is only read, and not kept.
	Source []byte

	// Tried are servers that have failed for this connection: they are not
	// chosen again. It is only read, and not kept.
	Tried []*Server

	// Marked is the name of the server that the connection is marked for by
	// hand; mostly empty. A marked connection goes to its server though it be
	// drained, ejected or of weight 0, and to no other: ErrNoServer if it is
	// unknown, in maintenance or tried.
	Marked string
}

// Pool is a pool of servers. Any number of goroutines may use it.
type Pool struct {
	mu sync.Mutex // of all that follows, and of the servers

	name       string
	rules      Health // with the defaults filled in
	events     Events
	random     randomness
	policy     policy
	policyName string
	division   *division // nil without a split
	servers    []*Server
	byName     map[string]*Server
	meanWeight float64 // of servers with a weight

	clock       clock
	placements  placements
	pending     []func(*Events) // to be told once the lock is free
	panics      bool            // health is being ignored
	ratiosDue   instant         // when success ratios are compared again
	serverFirst bool            // the last answer came without anything having been sent

	median    float64 // of the servers' own latencies, in seconds; 0 if nothing is known
	medianDue instant
	logMedian float64
	logAt     instant
	logKnown  bool

	turn    turn // memory for one choice
	scratch []float64
}

// New makes a pool. An error names every problem of the configuration.
func New(config Config) (*Pool, error) {
	plan, err := check(config)
	if err != nil {
		return nil, err
	}
	p := &Pool{clock: clock{origin: time.Now()}}
	p.assume(plan, true)
	p.pending = nil
	return p, nil
}

// Servers returns the servers, in the order of the configuration.
func (p *Pool) Servers() []*Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.servers)
}

// unlock frees the lock, and tells what has happened.
func (p *Pool) unlock() {
	if len(p.pending) == 0 {
		p.mu.Unlock()
		return
	}
	pending, events := p.pending, p.events
	p.pending = nil
	p.mu.Unlock()
	for _, tell := range pending {
		tell(&events)
	}
}

// tell has the events told once the lock is free.
func (p *Pool) tell(event func(*Events)) { p.pending = append(p.pending, event) }

// advance takes in that it has become later, and does what is due. It returns
// the instant that at is.
func (p *Pool) advance(at time.Time) instant {
	read := p.clock.advance(at)
	p.refresh(p.clock.now)
	p.checkRatios(p.clock.now)
	return read
}

// logsUsed says whether what logs said is still reckoned with.
func (p *Pool) logsUsed(now instant) bool { return p.logKnown && now-p.logAt < expiry }

// Pick chooses a server and counts it as in flight until the choice's Done or
// Failed. The error is ErrNoServer.
func (p *Pool) Pick(q Query) (Choice, error) {
	p.mu.Lock()
	defer p.unlock()
	read := p.advance(q.Now)
	server, decision := p.decide(&q, p.clock.now, false)
	if server == nil {
		return Choice{}, ErrNoServer
	}
	slot := p.placements.take()
	pl := &p.placements.slots[slot]
	pl.server, pl.picked, pl.began = server, read, p.clock.now
	p.placements.wait(slot, p.clock.now)
	server.inFlight++
	server.picked++
	if decision.Reason == ByTrial {
		pl.trial = true
		server.trial, server.trialAt = true, p.clock.now
	}
	return Choice{pool: p, server: server, slot: slot, life: pl.life, decision: decision}, nil
}

// decide chooses a server; nil if none may be used. With dry nothing changes.
func (p *Pool) decide(q *Query, now instant, dry bool) (*Server, Decision) {
	t := &p.turn
	t.now, t.dry, t.random, t.candidates = now, dry, p.random, t.candidates[:0]
	if dry {
		t.random = randomness{} // the pool's own numbers stay for its choices
	}
	t.source = append(t.source[:0], q.Source...) // not kept: the caller's may be on his stack
	for _, s := range p.servers {
		s.usable, s.share = false, p.effective(s, now)
	}
	if q.Marked != "" {
		s := p.byName[q.Marked]
		if s == nil || s.state == Maint || slices.Contains(q.Tried, s) {
			return nil, Decision{}
		}
		t.candidates = append(t.candidates, s)
		return s, Decision{Reason: ByMark, Weight: float64(s.share) / unit}
	}
	reason := p.gather(q.Tried, now)
	if len(t.candidates) == 0 {
		return nil, Decision{}
	}
	made := p.policy.choose(p, t)
	if reason == ByPolicy && made.server.ejected && !p.panics {
		reason = ByTrial
	}
	return made.server, Decision{Reason: reason, Weight: float64(made.server.share) / unit,
		Cost: made.cost, Other: made.other, OtherCost: made.otherCost}
}

// gather collects the candidates of a choice, and says why these.
func (p *Pool) gather(tried []*Server, now instant) Reason {
	t := &p.turn
	part, sticky := p.division.part(t.source), p.policy.sticky()
	needed := false
	var trial *Server
	for _, s := range p.servers {
		if !s.eligible() || s.part != part || slices.Contains(tried, s) {
			continue
		}
		needed = true
		onTrial := len(tried) == 0 && p.wantsTrial(s, now)
		if onTrial && trial == nil {
			trial = s
		}
		if p.panics || s.healthy() || sticky && onTrial {
			s.usable = true
			t.candidates = append(t.candidates, s)
		}
	}
	switch {
	case p.panics:
		return ByPanic
	case trial != nil && !sticky:
		p.only(trial)
		return ByTrial
	case len(t.candidates) > 0 || !needed:
		return ByPolicy
	}
	for _, s := range p.servers {
		if s.eligible() && s.part == part && !slices.Contains(tried, s) {
			s.usable = true
			t.candidates = append(t.candidates, s)
		}
	}
	return ByNeed
}

// only makes a server the only candidate.
func (p *Pool) only(server *Server) {
	for _, s := range p.turn.candidates {
		s.usable = false
	}
	server.usable = true
	p.turn.candidates = append(p.turn.candidates[:0], server)
}
