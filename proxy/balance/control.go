package balance

import (
	"errors"
	"fmt"
	"time"
)

// named returns the server of that name.
func (p *Pool) named(name string) (*Server, error) {
	if s := p.byName[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("the pool %q has no server %q", p.name, name)
}

// has says whether a server is (still) one of the pool.
func (p *Pool) has(s *Server) bool { return p.byName[s.name] == s }

// SetWeight changes the weight of a server, 0 to MaxWeight, until the next
// Reconfigure that configures another.
func (p *Pool) SetWeight(server string, weight int) error {
	p.mu.Lock()
	defer p.unlock()
	s, err := p.named(server)
	if err != nil {
		return err
	}
	if weight < 0 || weight > MaxWeight {
		return fmt.Errorf("cannot give the server %q the weight %d: want 0 to %d", server, weight, MaxWeight)
	}
	if p.policyName == "consistent_hash" {
		total := weight - s.weight
		for _, other := range p.servers {
			total += other.weight
		}
		if total > MaxHashWeight {
			return fmt.Errorf("cannot give the server %q the weight %d: the weights would add up to %d, want at most %d for consistent_hash",
				server, weight, total, MaxHashWeight)
		}
	}
	if weight == s.weight {
		return nil
	}
	if s.weight == 0 {
		p.join(s)
	}
	s.weight = weight
	p.weigh()
	p.checkPanic()
	return nil
}

// SetState drains a server, puts it into maintenance or makes it ready again.
// After maintenance it starts slowly.
func (p *Pool) SetState(server string, state State, at time.Time) error {
	p.mu.Lock()
	defer p.unlock()
	s, err := p.named(server)
	if err != nil {
		return err
	}
	if state > Maint {
		return fmt.Errorf("cannot put the server %q into state %d: want Ready, Drain or Maint", server, state)
	}
	p.advance(at)
	if s.state == Maint && state == Ready {
		p.join(s)
	}
	s.state = state
	p.checkPanic()
	return nil
}

// Eject takes a server out by hand for a time; no brake holds.
func (p *Pool) Eject(server string, at time.Time, length time.Duration) error {
	p.mu.Lock()
	defer p.unlock()
	s, err := p.named(server)
	if err != nil {
		return err
	}
	if length <= 0 {
		return fmt.Errorf("cannot eject the server %q for %v: want more than no time", server, length)
	}
	p.advance(at)
	p.ejectUntil(s, ByHand, p.clock.now+min(length, farOff))
	return nil
}

// Restore ends an ejection, at full weight.
func (p *Pool) Restore(server string, at time.Time) error {
	p.mu.Lock()
	defer p.unlock()
	s, err := p.named(server)
	if err != nil {
		return err
	}
	p.advance(at)
	if s.ejected {
		p.restore(s, false)
	}
	return nil
}

// Reconfigure puts another configuration in place of the pool's. Servers that
// stay keep what is known of them; choices of those that go may still be ended.
// After an error nothing has changed.
func (p *Pool) Reconfigure(config Config, at time.Time) error {
	plan, err := check(config)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.unlock()
	p.advance(at)
	if err := p.keptWeights(plan); err != nil {
		return err
	}
	p.assume(plan, false)
	return nil
}

// keptWeights checks what SetWeight has left behind against a new policy.
func (p *Pool) keptWeights(plan *plan) error {
	if plan.name != "consistent_hash" {
		return nil
	}
	total := 0
	for _, c := range plan.config.Servers {
		weight := c.weight()
		if s := p.byName[c.Name]; s != nil && s.address == c.Address && s.configured == weight {
			weight = s.weight
		}
		total += weight
	}
	if total > MaxHashWeight {
		return errors.New(tooMuchHashWeight(total))
	}
	return nil
}

// assume takes a checked configuration over.
func (p *Pool) assume(plan *plan, initially bool) {
	c := &plan.config
	p.name, p.rules, p.events, p.random = c.Name, plan.rules, c.Events, randomness{c.Random}
	old := p.byName
	p.servers, p.byName = make([]*Server, 0, len(c.Servers)), make(map[string]*Server, len(c.Servers))
	for i := range c.Servers {
		sc := &c.Servers[i]
		s := old[sc.Name]
		if s == nil || s.address != sc.Address {
			s = &Server{name: sc.Name, address: sc.Address}
			s.configured, s.weight, s.joined, s.answered = sc.weight(), sc.weight(), longAgo, longAgo
			if !initially {
				p.join(s)
			}
		}
		if weight := sc.weight(); s.configured != weight {
			if s.weight == 0 {
				p.join(s)
			}
			s.configured, s.weight = weight, weight
		}
		s.capacity, s.part = sc.Capacity, plan.parts[i]
		p.servers, p.byName[sc.Name] = append(p.servers, s), s
	}
	if plan.name != p.policyName || p.policy == nil {
		p.policy, p.policyName = plan.policy, plan.name
	}
	p.division = plan.division
	p.medianDue = longAgo
	p.weigh()
	p.checkPanic()
}

// weigh takes in that servers or weights have changed.
func (p *Pool) weigh() {
	total, count := 0, 0
	for _, s := range p.servers {
		if s.weight > 0 {
			total += s.weight
			count++
		}
	}
	p.meanWeight = float64(total) / float64(max(count, 1))
	p.policy.prepare(p)
}
