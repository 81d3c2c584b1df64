package balance

import (
	"fmt"
	"slices"
	"time"
)

// Explanation is how a connection would be placed.
type Explanation struct {
	Policy   string
	Decision          // with Server, as a Choice would have it
	Server   *Server  // nil if there is none
	Err      error    // then ErrNoServer or the like
	Text     string   // the decision in a sentence
	Servers  []Option // all servers, in the order of the configuration
}

// Option is a server that may have been chosen.
type Option struct {
	Server *Server
	Terms
	State    State
	Health   Condition
	Usable   bool
	Why      string // why it is not usable
	Compared bool   // it was one of the candidates
}

// Explain says where a connection would be placed, and changes nothing. Where a
// policy draws, it is one of the draws that might be made: the pool's own random
// numbers are left for its choices.
func (p *Pool) Explain(q Query) Explanation {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := max(p.clock.now, p.clock.read(q.Now))
	e := Explanation{Policy: p.policyName}
	e.Server, e.Decision = p.decide(&q, now, true)
	if e.Server == nil {
		e.Err = ErrNoServer
	}
	compared := p.policy.compares()
	part := p.division.part(p.turn.source)
	for _, s := range p.servers {
		why := p.whyNot(&q, s, part, now)
		e.Servers = append(e.Servers, Option{Server: s, State: s.state, Health: s.condition(now),
			Usable: why == "", Why: why,
			Compared: s == e.Server || s == e.Other || compared && s.usable && e.Reason != ByTrial && q.Marked == ""})
	}
	for i := range e.Servers {
		e.Servers[i].Terms = p.terms(e.Servers[i].Server, now)
	}
	e.Text = p.sentence(&e, now)
	return e
}

// whyNot says why a server cannot be chosen; "" if it can.
func (p *Pool) whyNot(q *Query, s *Server, part int, now instant) string {
	switch {
	case slices.Contains(q.Tried, s):
		return "it has been tried for this connection"
	case q.Marked != "" && s.name != q.Marked:
		return fmt.Sprintf("the connection is marked for %q", q.Marked)
	case s.state == Maint:
		return "it is in maintenance"
	case s.usable || q.Marked != "":
		return ""
	case s.state == Drain:
		return "it is drained: it gets marked connections only"
	case s.weight == 0:
		return "its weight is 0"
	case s.part != part:
		return "it serves another variant"
	case s.down:
		return "active checks find it down"
	case s.condition(now) == HalfOpen && s.trial:
		return "it is on trial, and one connection is on its way to it"
	case s.ejected && now < s.ejectedUntil:
		return fmt.Sprintf("it is ejected for another %v: %s", (s.ejectedUntil - now).Round(time.Second), s.cause)
	}
	return "another server is on trial, and gets this connection"
}

// sentence puts a decision into words.
func (p *Pool) sentence(e *Explanation, now instant) string {
	if e.Server == nil {
		return "No server may be used: each is drained, in maintenance, of weight 0, of another variant or has been tried."
	}
	name := e.Server.name
	switch e.Reason {
	case ByMark:
		return fmt.Sprintf("%q, because the connection is marked for it.", name)
	case ByTrial:
		return fmt.Sprintf("%q, to see whether it is back: its ejection is over.", name)
	}
	text := fmt.Sprintf("%q, %s", name, p.comparison(e, now))
	switch e.Reason {
	case ByPanic:
		return text + " Health is being ignored: too few servers are healthy."
	case ByNeed:
		return text + " Health is ignored for this connection: no healthy server is left for it."
	}
	return text
}

// comparison says what a policy went by.
func (p *Pool) comparison(e *Explanation, now instant) string {
	switch {
	case e.Other == nil && p.policyName == DefaultPolicy:
		return fmt.Sprintf("the only candidate, at a cost of %s.", p.costText(e.Server, e.Cost, now))
	case p.policyName == DefaultPolicy:
		return fmt.Sprintf("which costs %s, rather than %q, which costs %s.",
			p.costText(e.Server, e.Cost, now), e.Other.name, p.costText(e.Other, e.OtherCost, now))
	case e.Other != nil:
		return fmt.Sprintf("with %.4g connections in flight for each unit of weight, rather than %q with %.4g.",
			e.Cost, e.Other.name, e.OtherCost)
	case p.policy.sticky():
		return fmt.Sprintf("which %s gives the source %q to.", p.policyName, p.turn.source)
	}
	return fmt.Sprintf("whose turn it is by %s, with weight %.4g.", p.policyName, e.Weight)
}

// costText writes a cost with its terms.
func (p *Pool) costText(s *Server, cost float64, now instant) string {
	t := p.terms(s, now)
	relative := 1.0
	if p.meanWeight > 0 && t.EffectiveWeight > 0 {
		relative = t.EffectiveWeight / p.meanWeight
	}
	return fmt.Sprintf("%.4g s = (%d in flight / weight %.3g + 1) × %v × (1 + %d × %.3g errors)",
		cost, t.InFlight, relative, t.Latency.Round(time.Microsecond), errorPenalty, t.Errors)
}

// String names a cause in words.
func (c Cause) String() string {
	switch c {
	case ConsecutiveFailures:
		return "its connections failed, one after the other"
	case ConsecutiveErrors:
		return "the logs say that all requests to it failed"
	case SuccessRatio:
		return "it fails much more often than the others"
	case ByHand:
		return "ejected by hand"
	}
	return "no cause"
}
