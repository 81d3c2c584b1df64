package agent

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/splitgauge/splitgauge/internal/admin"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// PoolState is a pool of a proxy as the operator's listener shows it. Times are
// in seconds.
type PoolState struct {
	Pool          string        `json:"pool"`
	Policy        string        `json:"policy"`
	Panic         bool          `json:"panic"`
	Healthy       int           `json:"healthy"`
	MedianLatency float64       `json:"median_latency"`
	LogAge        *float64      `json:"log_age"` // null: logs have said nothing
	LogsUsed      bool          `json:"logs_used"`
	Servers       []ServerState `json:"servers"`
}

// ServerState is a server of a pool, with every term of its cost.
type ServerState struct {
	Server          string   `json:"server"`
	Address         string   `json:"address"`
	State           string   `json:"state"`
	Health          string   `json:"health"`
	Weight          int      `json:"weight"`
	EffectiveWeight float64  `json:"effective_weight"`
	AdvisedWeight   float64  `json:"advised_weight"`
	SlowStart       float64  `json:"slow_start"`
	InFlight        int      `json:"in_flight"`
	OwnLatency      float64  `json:"own_latency"`
	Silence         float64  `json:"silence"`
	LogLatencyRatio float64  `json:"log_latency_ratio"`
	Latency         float64  `json:"latency"`
	OwnErrors       float64  `json:"own_errors"`
	LogErrors       float64  `json:"log_errors"`
	Cost            *float64 `json:"cost"` // null: it gets no traffic

	Picked       uint64     `json:"picked"`
	Failures     uint64     `json:"failures"`
	Ejections    int        `json:"ejections"`
	EjectedUntil *time.Time `json:"ejected_until"`

	// Of an explanation.
	Compared bool   `json:"compared,omitempty"`
	Unusable string `json:"unusable,omitempty"` // why it cannot be chosen
}

// PoolExplanation is how a connection would be placed.
type PoolExplanation struct {
	Pool    string        `json:"pool"`
	Policy  string        `json:"policy"`
	Source  string        `json:"source"`
	Server  string        `json:"server"` // empty: none
	Reason  string        `json:"reason"`
	Text    string        `json:"text"`
	Servers []ServerState `json:"servers"`
}

// poolStates returns all pools.
func (p *proxying) poolStates() []PoolState {
	states := []PoolState{}
	for _, pool := range p.proxy.Stats().Pools {
		states = append(states, newPoolState(&pool))
	}
	return states
}

func newPoolState(pool *proxy.PoolStats) PoolState {
	state := PoolState{
		Pool: pool.Name, Policy: pool.Policy, Panic: pool.Panic, Healthy: pool.Healthy,
		MedianLatency: pool.Median.Seconds(), LogsUsed: pool.LogsUsed, Servers: []ServerState{},
	}
	if pool.LogAge >= 0 {
		state.LogAge = new(pool.LogAge.Seconds())
	}
	for i := range pool.Servers {
		s := &pool.Servers[i]
		one := newServerState(s.Server, s.Terms, s.State, s.Health)
		one.Picked, one.Failures, one.Ejections = s.Picked, s.Failures, s.Ejections
		if !s.EjectedUntil.IsZero() {
			one.EjectedUntil = new(s.EjectedUntil.UTC().Round(time.Millisecond))
		}
		state.Servers = append(state.Servers, one)
	}
	return state
}

func newServerState(server *balance.Server, t balance.Terms, state balance.State, health balance.Condition) ServerState {
	s := ServerState{
		Server: server.Name(), Address: server.Address(), State: stateText(state), Health: healthText(health),
		Weight: t.Weight, EffectiveWeight: t.EffectiveWeight, AdvisedWeight: t.AdvisedWeight, SlowStart: t.SlowStart,
		InFlight: t.InFlight, OwnLatency: t.Own.Seconds(), Silence: t.Silence.Seconds(), LogLatencyRatio: t.Log,
		Latency: t.Latency.Seconds(), OwnErrors: t.OwnErrors, LogErrors: t.LogErrors,
	}
	if !math.IsInf(t.Cost, 0) && !math.IsNaN(t.Cost) {
		s.Cost = new(t.Cost)
	}
	return s
}

// explain says where a connection of a source would be placed.
func (p *proxying) explain(pool, source, marked string) (*PoolExplanation, error) {
	b, err := p.poolNamed(pool)
	if err != nil {
		return nil, err
	}
	return newExplanation(pool, source, b.Explain(balance.Query{Now: time.Now(), Source: []byte(source), Marked: marked})), nil
}

func newExplanation(pool, source string, e balance.Explanation) *PoolExplanation {
	out := &PoolExplanation{Pool: pool, Policy: e.Policy, Source: source, Reason: reasonText(e.Reason), Text: e.Text, Servers: []ServerState{}}
	if e.Server != nil {
		out.Server = e.Server.Name()
	} else {
		out.Reason = "no_server"
	}
	for i := range e.Servers {
		o := &e.Servers[i]
		one := newServerState(o.Server, o.Terms, o.State, o.Health)
		one.Compared, one.Unusable = o.Compared, o.Why
		out.Servers = append(out.Servers, one)
	}
	return out
}

// change changes a running server, until the next reload that says otherwise.
func (p *proxying) change(pool, server string, weight *int, state *string) error {
	b, err := p.poolWith(pool, server)
	if err != nil {
		return err
	}
	if weight == nil && state == nil {
		return errors.New("nothing to change, want weight or state")
	}
	named := balance.Ready
	if state != nil {
		var ok bool
		if named, ok = stateNamed(*state); !ok {
			return fmt.Errorf("there is no state %q, want ready, drain or maint", *state)
		}
	}
	if weight != nil { // first: a state that there is, is never refused
		if err := b.SetWeight(server, *weight); err != nil {
			return err
		}
	}
	if state != nil {
		return b.SetState(server, named, time.Now())
	}
	return nil
}

// operated is what the operator may ask and change.
func (p *proxying) operated() *admin.Proxies {
	if p == nil {
		return nil
	}
	return &admin.Proxies{
		States:  func() any { return p.poolStates() },
		Explain: func(pool, source, marked string) (any, error) { return p.explain(pool, source, marked) },
		Change:  p.change,
		Eject:   p.eject,
		Snippet: p.snippet,
	}
}

// eject leaves a server out for a time; restore ends that.
func (p *proxying) eject(pool, server string, length time.Duration) error {
	b, err := p.poolWith(pool, server)
	if err != nil {
		return err
	}
	if length <= 0 {
		return b.Restore(server, time.Now())
	}
	return b.Eject(server, time.Now(), length)
}

// poolWith returns a pool that has a server.
func (p *proxying) poolWith(pool, server string) (*balance.Pool, error) {
	b, err := p.poolNamed(pool)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range b.Servers() {
		if s.Name() == server {
			return b, nil
		}
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("%w: the pool %q has no server %q, want one of %q", admin.ErrUnknown, pool, server, names)
}

func stateText(s balance.State) string { return [...]string{"ready", "drain", "maint"}[s] }

func stateNamed(text string) (balance.State, bool) {
	for _, s := range []balance.State{balance.Ready, balance.Drain, balance.Maint} {
		if stateText(s) == text {
			return s, true
		}
	}
	return 0, false
}

func healthText(c balance.Condition) string {
	return [...]string{"up", "ejected", "half_open", "down"}[c]
}

func reasonText(r balance.Reason) string {
	return [...]string{"policy", "mark", "trial", "panic", "need"}[r]
}
