package balance

import (
	"errors"
	"sync"
	"time"
)

// DefaultPolicy is the policy where none is named.
const DefaultPolicy = "measured"

// Policies returns the names of all policies.
func Policies() []string { return []string{"measured"} }

type Pool struct {
	mu       sync.Mutex
	servers  []*Server
	down     map[string]bool
	next     int
	inflight map[*Server]int
}

func New(config Config) (*Pool, error) {
	p := &Pool{down: map[string]bool{}, inflight: map[*Server]int{}}
	return p, p.Reconfigure(config, time.Time{})
}

func (p *Pool) Pick(q Query) (Choice, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for range p.servers {
		s := p.servers[p.next%len(p.servers)]
		p.next++
		for _, t := range q.Tried {
			if t == s {
				continue next
			}
		}
		if q.Marked != "" && q.Marked != s.name || q.Marked == "" && p.down[s.name] {
			continue
		}
		p.inflight[s]++
		return Choice{pool: p, server: s, decision: Decision{Weight: 1}}, nil
	}
	return Choice{}, ErrNoServer
}
func (p *Pool) Explain(q Query) Explanation               { return Explanation{} }
func (p *Pool) Observe(summaries []Summary, at time.Time) {}
func (p *Pool) ProbeResult(server string, ok bool, at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[server] = !ok
	return nil
}
func (p *Pool) SetWeight(server string, weight int) error                     { return nil }
func (p *Pool) SetState(server string, state State, at time.Time) error       { return nil }
func (p *Pool) Eject(server string, at time.Time, length time.Duration) error { return nil }
func (p *Pool) Restore(server string, at time.Time) error                     { return nil }
func (p *Pool) Reconfigure(config Config, at time.Time) error {
	if len(config.Servers) == 0 {
		return errors.New("no servers")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.servers
	p.servers = nil
next:
	for _, c := range config.Servers {
		if c.Name == "" {
			c.Name = c.Address
		}
		for _, o := range old {
			if o.name == c.Name && o.address == c.Address {
				p.servers = append(p.servers, o)
				continue next
			}
		}
		p.servers = append(p.servers, &Server{name: c.Name, address: c.Address})
	}
	return nil
}
func (p *Pool) Servers() []*Server { p.mu.Lock(); defer p.mu.Unlock(); return p.servers }
func (p *Pool) Stats(at time.Time) (s Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.servers {
		h := Up
		if p.down[v.name] {
			h = Down
		}
		s.Servers = append(s.Servers, ServerStats{Server: v, Health: h, Terms: Terms{InFlight: p.inflight[v]}})
	}
	return
}
func (c *Choice) Connected(at time.Time)             {}
func (c *Choice) Sent(at time.Time)                  {}
func (c *Choice) FirstByte(at time.Time)             {}
func (c *Choice) Done(at time.Time, outcome Outcome) { c.end() }
func (c *Choice) Failed(at time.Time, fault Fault)   { c.end() }
func (c *Choice) end()                               { c.pool.mu.Lock(); c.pool.inflight[c.server]--; c.pool.mu.Unlock() }
