package balance_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
	"pgregory.net/rapid"
)

// machine is a pool that anything may happen to, and what has to be true of it
// all the time.
type machine struct {
	pool     *balance.Pool
	config   balance.Config
	now      time.Time
	open     []balance.Choice
	ended    []balance.Choice
	inFlight map[*balance.Server]int
	health   map[*balance.Server]balance.Condition // as it was before the step
	wrong    []string
}

// TestMachine does anything to a pool, in any order: nothing is ever counted
// wrongly, no server is chosen that may not be, and no ejection goes further
// than the brakes allow.
func TestMachine(t *testing.T) {
	for _, policy := range balance.Policies() {
		if policy == "split_clients" {
			continue // its servers must fit its split; TestSplitClients has it
		}
		t.Run(policy, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { newMachine(t, policy).run(t) }) })
	}
}

func (m *machine) run(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){
		"":            m.check,
		"pick":        m.pick,
		"progress":    m.progress,
		"end":         m.end,
		"end again":   m.endAgain,
		"fail often":  m.failOften,
		"time":        m.pass,
		"observe":     m.observe,
		"probe":       m.probe,
		"control":     m.control,
		"reconfigure": m.reconfigure,
		"explain":     m.explain,
	})
}

func newMachine(t *rapid.T, policy string) *machine {
	m := &machine{now: beginning, inFlight: map[*balance.Server]int{}, health: map[*balance.Server]balance.Condition{}}
	m.config = balance.Config{
		Policy: policy,
		Random: seeded(rapid.Uint64().Draw(t, "seed")),
		Health: balance.Health{
			MaxEjectedShare: rapid.SampledFrom([]float64{0, 0.3, 0.5, 1}).Draw(t, "share"),
			PanicThreshold:  rapid.SampledFrom([]float64{0, -1, 0.2, 1}).Draw(t, "panic"),
		},
		Events: balance.Events{Ejected: m.ejected},
	}
	m.config.Servers = m.servers(t)
	var err error
	if m.pool, err = balance.New(m.config); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *machine) servers(t *rapid.T) []balance.ServerConfig {
	weights := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 8).Draw(t, "weights")
	servers := weighted(weights...)
	if rapid.Bool().Draw(t, "capacity known") {
		for i := range servers {
			servers[i].Capacity = 3
		}
	}
	return servers
}

// ejected holds an ejection against the brakes, unless it is by hand or goes on
// with one that there was.
func (m *machine) ejected(server *balance.Server, cause balance.Cause, until time.Time) {
	stats := m.pool.Stats(m.now)
	if !until.After(m.now) {
		m.wrong = append(m.wrong, "an ejection for no time")
	}
	if before := m.health[server]; cause == balance.ByHand || before == balance.HalfOpen || before == balance.Ejected {
		return
	}
	ejected, others, busy, capacity := 0, 0, 0, 0
	known := true
	for _, s := range stats.Servers {
		busy += s.InFlight
		if s.EjectedUntil.IsZero() {
			if s.Health == balance.Up && s.State == balance.Ready && s.Weight > 0 {
				others++
				index := slices.IndexFunc(m.config.Servers, func(c balance.ServerConfig) bool { return c.Name == s.Server.Name() })
				capacity += m.config.Servers[index].Capacity
				known = known && m.config.Servers[index].Capacity > 0
			}
			continue
		}
		ejected++
	}
	share := m.config.Health.MaxEjectedShare
	if share == 0 {
		share = 0.1
	}
	if others == 0 {
		m.wrong = append(m.wrong, "the only server was ejected")
	}
	if ejected > max(1, int(share*float64(len(stats.Servers)))) {
		m.wrong = append(m.wrong, "too many are ejected")
	}
	if known && float64(busy) > 0.85*float64(capacity) {
		m.wrong = append(m.wrong, "the others are too busy for an ejection")
	}
}

func (m *machine) pick(t *rapid.T) {
	servers := m.pool.Servers()
	q := balance.Query{Now: m.now, Source: rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "source")}
	for _, s := range servers {
		if rapid.IntRange(0, 5).Draw(t, "tried") == 0 {
			q.Tried = append(q.Tried, s)
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "marked") == 0 {
		q.Marked = rapid.SampledFrom([]string{"a", "b", "h", "nobody"}).Draw(t, "mark")
	}
	before := m.pool.Stats(m.now)
	choice, err := m.pool.Pick(q)
	if err != nil {
		if !errors.Is(err, balance.ErrNoServer) {
			t.Fatal(err)
		}
		for _, s := range before.Servers {
			if q.Marked == "" && s.State == balance.Ready && s.Weight > 0 && !slices.Contains(q.Tried, s.Server) {
				t.Fatalf("no server, though %q could be used", s.Server.Name())
			}
		}
		return
	}
	m.judge(t, &q, before, &choice)
	m.open = append(m.open, choice)
	m.inFlight[choice.Server()]++
}

// judge holds a choice against what was known before it.
func (m *machine) judge(t *rapid.T, q *balance.Query, before balance.Stats, choice *balance.Choice) {
	server, d := choice.Server(), choice.Decision()
	at := slices.IndexFunc(before.Servers, func(s balance.ServerStats) bool { return s.Server == server })
	if at < 0 || slices.Contains(q.Tried, server) {
		t.Fatalf("%q was chosen, which is gone or was tried", server.Name())
	}
	s := before.Servers[at]
	switch {
	case s.State == balance.Maint:
		t.Fatalf("%q was chosen, which is in maintenance", server.Name())
	case q.Marked != "" && (server.Name() != q.Marked || d.Reason != balance.ByMark):
		t.Fatalf("%q was chosen by %v, marked is %q", server.Name(), d.Reason, q.Marked)
	case q.Marked != "":
		return
	case s.State != balance.Ready || s.Weight == 0:
		t.Fatalf("%q was chosen: %+v", server.Name(), s)
	case d.Reason == balance.ByPolicy && s.Health != balance.Up:
		t.Fatalf("%q was chosen by the policy, and is %v", server.Name(), s.Health)
	case d.Reason == balance.ByTrial && (s.Health != balance.HalfOpen || len(q.Tried) > 0):
		t.Fatalf("%q was chosen for a trial, and is %v", server.Name(), s.Health)
	case (d.Reason == balance.ByPanic) != before.Panic:
		t.Fatalf("chosen by %v, panic %v", d.Reason, before.Panic)
	}
	if d.Other != nil && (d.Other == server || d.OtherCost < d.Cost) {
		t.Fatalf("%q for %v rather than %q for %v", server.Name(), d.Cost, d.Other.Name(), d.OtherCost)
	}
}

// choose draws one of the choices that have not ended; nil if there is none.
func (m *machine) choose(t *rapid.T) *balance.Choice {
	if len(m.open) == 0 {
		return nil
	}
	return &m.open[rapid.IntRange(0, len(m.open)-1).Draw(t, "choice")]
}

func (m *machine) progress(t *rapid.T) {
	if choice := m.choose(t); choice != nil {
		rapid.SampledFrom([]func(time.Time){choice.Connected, choice.Sent, choice.FirstByte}).Draw(t, "step")(m.some(t))
	}
}

// some returns a time that may be a little in the past.
func (m *machine) some(t *rapid.T) time.Time {
	return m.now.Add(-time.Duration(rapid.IntRange(0, 50).Draw(t, "late")) * time.Millisecond)
}

func (m *machine) end(t *rapid.T) {
	choice := m.choose(t)
	if choice == nil {
		return
	}
	m.inFlight[choice.Server()]--
	ended := *choice
	at := slices.IndexFunc(m.open, func(c balance.Choice) bool { return c == ended })
	m.open = slices.Delete(m.open, at, at+1)
	m.ended = append(m.ended, ended)
	if how := rapid.IntRange(0, 5).Draw(t, "how"); how < 4 {
		ended.Failed(m.some(t), balance.Fault(how))
	} else {
		ended.Done(m.some(t), balance.Outcome(how-4))
	}
}

func (m *machine) endAgain(t *rapid.T) {
	if len(m.ended) == 0 {
		return
	}
	choice := rapid.SampledFrom(m.ended).Draw(t, "choice")
	choice.Failed(m.now, balance.Refused)
	choice.Done(m.now, balance.Completed)
	choice.FirstByte(m.now)
}

func (m *machine) failOften(t *rapid.T) {
	name := rapid.SampledFrom(m.pool.Servers()).Draw(t, "server").Name()
	for range 5 {
		if choice, err := m.pool.Pick(balance.Query{Now: m.now, Marked: name}); err == nil {
			choice.Failed(m.now, balance.Timeout)
			m.see()
		}
	}
}

func (m *machine) pass(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 60000).Draw(t, "milliseconds")) * time.Millisecond)
}

func (m *machine) observe(t *rapid.T) {
	var summaries []balance.Summary
	for _, s := range m.pool.Servers() {
		attempts := rapid.Int64Range(0, 300).Draw(t, "attempts")
		summaries = append(summaries, balance.Summary{Server: s.Name(), Attempts: attempts,
			Errors: rapid.Int64Range(0, attempts).Draw(t, "errors"), Measured: attempts,
			Latency: time.Duration(rapid.IntRange(0, 1000).Draw(t, "latency")) * time.Millisecond})
	}
	// One at a time, as ejected looks at what was before.
	for i := range summaries {
		m.pool.Observe(summaries[i:i+1], m.now)
		m.see()
	}
}

func (m *machine) probe(t *rapid.T) {
	name := rapid.SampledFrom(m.pool.Servers()).Draw(t, "server").Name()
	ok := rapid.Bool().Draw(t, "ok")
	for range 3 {
		m.pool.ProbeResult(name, ok, m.now)
	}
}

func (m *machine) control(t *rapid.T) {
	name := rapid.SampledFrom(m.pool.Servers()).Draw(t, "server").Name()
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		m.pool.SetWeight(name, rapid.IntRange(0, 3).Draw(t, "weight"))
	case 1:
		m.pool.SetState(name, balance.State(rapid.IntRange(0, 2).Draw(t, "state")), m.now)
	case 2:
		m.pool.Eject(name, m.now, time.Duration(rapid.IntRange(1, 60).Draw(t, "length"))*time.Second)
	default:
		m.pool.Restore(name, m.now)
	}
}

func (m *machine) reconfigure(t *rapid.T) {
	m.config.Servers = m.servers(t)
	if err := m.pool.Reconfigure(m.config, m.now); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) explain(t *rapid.T) {
	before := m.pool.Stats(m.now)
	e := m.pool.Explain(balance.Query{Now: m.now, Source: []byte("192.0.2.1")})
	if (e.Server == nil) != (e.Err != nil) || e.Text == "" || len(e.Servers) != len(before.Servers) {
		t.Fatalf("%+v", e)
	}
	if e.Server != nil {
		at := slices.IndexFunc(e.Servers, func(o balance.Option) bool { return o.Server == e.Server })
		if !e.Servers[at].Usable || !e.Servers[at].Compared {
			t.Fatalf("%q was chosen: %+v", e.Server.Name(), e.Servers[at])
		}
	}
	if after := m.pool.Stats(m.now); !slices.Equal(before.Servers, after.Servers) {
		t.Fatalf("an explanation has changed %+v to %+v", before, after)
	}
}

// see notes each server's health, for what comes next.
func (m *machine) see() {
	for _, s := range m.pool.Stats(m.now).Servers {
		m.health[s.Server] = s.Health
		if !s.EjectedUntil.IsZero() {
			m.health[s.Server] = balance.Ejected // also where active checks find it down
		}
	}
}

func (m *machine) check(t *rapid.T) {
	m.see()
	if len(m.wrong) > 0 {
		t.Fatal(m.wrong)
	}
	stats := m.pool.Stats(m.now)
	healthy := 0
	for _, s := range stats.Servers {
		if s.InFlight != m.inFlight[s.Server] {
			t.Fatalf("%q has %d in flight, want %d", s.Server.Name(), s.InFlight, m.inFlight[s.Server])
		}
		if s.Health == balance.Up {
			healthy++
		}
		if math.IsNaN(s.Cost) || s.Cost < 0 || s.EffectiveWeight < 0 || s.EffectiveWeight > float64(s.Weight) ||
			s.AdvisedWeight > s.EffectiveWeight+1e-9 || s.Errors < 0 || s.Errors > 1 || s.Latency < 0 || s.Silence < 0 {
			t.Fatalf("%q: %+v", s.Server.Name(), s.Terms)
		}
	}
	if healthy != stats.Healthy {
		t.Fatalf("%d healthy, want %d", stats.Healthy, healthy)
	}
}
