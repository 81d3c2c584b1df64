package balance_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/splitclients"
)

// policyConfig returns a configuration of four servers for any policy.
func policyConfig(t testing.TB, policy string) balance.Config {
	config := balance.Config{Name: "web", Policy: policy, Servers: weighted(2, 1, 1, 1)}
	if policy == "split_clients" {
		config.Split = splitOf(t, `split_clients "${remote_addr}AAA" $variant { 50% a; 50% ""; }`)
	}
	return config
}

// TestConfigErrors: every problem is named at once, with what would be right.
func TestConfigErrors(t *testing.T) {
	if _, err := balance.New(balance.Config{}); err == nil || !strings.Contains(err.Error(), "want 1 to 1024") {
		t.Errorf("no servers: %v", err)
	}
	split := splitOf(t, `split_clients "$http_cookie" $v { 50% a; * b; }`)
	_, err := balance.New(balance.Config{Name: "web\n", Policy: "fair", Split: split,
		Health: balance.Health{PanicThreshold: 2, EjectionTime: -1},
		Servers: []balance.ServerConfig{{Address: "a:1", Weight: 70000}, {Address: "a:1", Capacity: -1}, {Name: "c"},
			{Address: strings.Repeat("x", 300)}, {Address: "d:1", Variant: "x"}}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"web\n"`, `"fair"`, "measured", "70000", `two servers "a:1"`, "capacity -1", `"c" has no address`,
		"256 bytes", "panic threshold is 2", "ejection time", "does not use the split", `the variant "x"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
	for name, test := range map[string]struct {
		servers []balance.ServerConfig
		split   *splitclients.Split
		want    string
	}{
		"no split":       {weighted(1), nil, "needs a split"},
		"other variable": {weighted(1, 1), split, `"$http_cookie"`},
		"no server":      {weighted(1), splitOf(t, `split_clients "$remote_addr" $v { 50% a; * b; }`), `variant "b"`},
		"no clients":     {weighted(1, 1, 1), splitOf(t, `split_clients "$remote_addr" $v { 50% a; * b; }`), `server "c"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := balance.New(balance.Config{Policy: "split_clients", Servers: test.servers, Split: test.split})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	if _, err := balance.New(balance.Config{Policy: "consistent_hash", Servers: weighted(65535, 1)}); err == nil {
		t.Error("a circle of more points than are allowed")
	}
}

// TestControlErrors: what is wrong changes nothing.
func TestControlErrors(t *testing.T) {
	pool := newPool(t, policyConfig(t, "consistent_hash"))
	for name, err := range map[string]error{
		"unknown weight":  pool.SetWeight("x", 1),
		"weight":          pool.SetWeight("a", -1),
		"large weight":    pool.SetWeight("a", balance.MaxWeight+1),
		"too many points": pool.SetWeight("a", balance.MaxWeight),
		"unknown state":   pool.SetState("x", balance.Drain, at(1)),
		"state":           pool.SetState("a", balance.Maint+1, at(1)),
		"unknown eject":   pool.Eject("x", at(1), time.Second),
		"length":          pool.Eject("a", at(1), 0),
		"unknown restore": pool.Restore("x", at(1)),
		"unknown probe":   pool.ProbeResult("x", true, at(1)),
		"configuration":   pool.Reconfigure(balance.Config{}, at(1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if s := pool.Stats(at(1)); len(s.Servers) != 4 || s.Servers[0].Weight != 2 || s.Servers[0].State != balance.Ready || s.Healthy != 4 {
		t.Errorf("%+v", s)
	}
}

// TestSetWeight: it holds until another weight is configured.
func TestSetWeight(t *testing.T) {
	config := balance.Config{Policy: "smooth_weighted_round_robin", Servers: weighted(1, 1)}
	pool := newPool(t, config)
	pool.SetWeight("a", 3)
	pool.Reconfigure(config, at(1))
	if s := statsOf(t, pool, "a", at(1)); s.Weight != 3 {
		t.Errorf("after the same configuration: %d", s.Weight)
	}
	config.Servers = weighted(2, 1)
	pool.Reconfigure(config, at(2))
	if s := statsOf(t, pool, "a", at(2)); s.Weight != 2 {
		t.Errorf("after another: %d", s.Weight)
	}
	pool.SetWeight("a", balance.MaxWeight)
	config.Policy = "consistent_hash"
	if err := pool.Reconfigure(config, at(3)); err == nil {
		t.Error("a weight that was set makes a circle of more points than are allowed")
	}
	config.Servers = weighted(3, 1)
	if err := pool.Reconfigure(config, at(4)); err != nil {
		t.Error(err)
	}
}

// TestDoneTwice: only the first end counts, on copies too, and when the slot has
// long been another's.
func TestDoneTwice(t *testing.T) {
	var zero balance.Choice
	zero.Connected(at(1))
	zero.Failed(at(1), balance.Reset)
	if zero.Server() != nil {
		t.Error("the zero choice is of a server")
	}
	pool := newPool(t, balance.Config{Servers: weighted(1)})
	choice := place(t, pool, balance.Query{})
	same := choice
	choice.Done(at(1), balance.Completed)
	other := place(t, pool, balance.Query{})
	same.Failed(at(1), balance.Refused)
	choice.Done(at(1), balance.Completed)
	same.Connected(at(1))
	if s := statsOf(t, pool, "a", at(1)); s.InFlight != 1 || s.Failures != 0 || s.Picked != 2 {
		t.Errorf("%+v", s)
	}
	other.Done(at(1), balance.Completed)
	if s := statsOf(t, pool, "a", at(1)); s.InFlight != 0 {
		t.Errorf("%+v", s)
	}
}

// TestPickAllocates nothing, by any policy, and neither does what follows it.
func TestPickAllocatesNothing(t *testing.T) {
	for _, policy := range balance.Policies() {
		t.Run(policy, func(t *testing.T) {
			pool, err := balance.New(policyConfig(t, policy))
			if err != nil {
				t.Fatal(err)
			}
			now := beginning
			connection := func() {
				var text [15]byte
				var tried [2]*balance.Server
				now = now.Add(time.Millisecond)
				q := balance.Query{Now: now, Source: append(text[:0], "192.0.2.1"...), Tried: tried[:0]}
				choice, err := pool.Pick(q)
				if err != nil {
					t.Fatal(err)
				}
				choice.Failed(now, balance.Local)
				q.Tried = append(q.Tried, choice.Server())
				if policy == "split_clients" {
					q.Tried = nil
				}
				if choice, err = pool.Pick(q); err != nil {
					t.Fatal(err)
				}
				answer(&choice, now, time.Millisecond)
			}
			connection()
			if n := testing.AllocsPerRun(1000, connection); n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

// TestGoroutines has many of them use a pool at once, while it is changed.
func TestGoroutines(t *testing.T) {
	for _, policy := range balance.Policies() {
		t.Run(policy, func(t *testing.T) {
			config := policyConfig(t, policy)
			var pool *balance.Pool
			// Events may use the pool: they are told without its lock.
			config.Events = balance.Events{Ejected: func(*balance.Server, balance.Cause, time.Time) { pool.Stats(beginning) }}
			pool = newPool(t, config)
			var group sync.WaitGroup
			for g := range 8 {
				group.Go(func() {
					for i := range 200 {
						now := at(float64(i) / 10)
						choice, err := pool.Pick(balance.Query{Now: now, Source: fmt.Appendf(nil, "10.0.%d.%d", g, i)})
						if err != nil {
							continue
						}
						choice.Connected(now)
						if i%7 == 0 {
							choice.Failed(now, balance.Fault(i%4))
							continue
						}
						answer(&choice, now, time.Millisecond)
					}
				})
			}
			group.Go(func() {
				for i := range 100 {
					now := at(float64(i) / 5)
					pool.Observe([]balance.Summary{{Server: "a", Attempts: 10, Errors: int64(i % 11), Latency: time.Millisecond, Measured: 10}}, now)
					pool.SetWeight("b", i%5)
					pool.SetState("c", balance.State(i%3), now)
					pool.ProbeResult("d", i%9 > 3, now)
					pool.Explain(balance.Query{Now: now, Source: []byte("10.0.0.1")})
					if err := pool.Reconfigure(config, now); err != nil {
						t.Error(err)
					}
				}
			})
			group.Wait()
			for _, s := range pool.Stats(at(100)).Servers {
				if s.InFlight != 0 {
					t.Errorf("%q has %d in flight after all have ended", s.Server.Name(), s.InFlight)
				}
			}
		})
	}
}

// TestExplain: an explanation changes nothing, agrees with the choice that
// follows where that is not drawn, and says why in words.
func TestExplain(t *testing.T) {
	for _, policy := range balance.Policies() {
		t.Run(policy, func(t *testing.T) {
			one, two := newPool(t, policyConfig(t, policy)), newPool(t, policyConfig(t, policy))
			for i := range 50 {
				q := balance.Query{Now: at(float64(i)), Source: fmt.Appendf(nil, "10.0.0.%d", i)}
				e := one.Explain(q)
				got, want := place(t, one, q), place(t, two, q)
				if got.Server().Name() != want.Server().Name() {
					t.Fatalf("after an explanation %q is chosen, without it %q", got.Server().Name(), want.Server().Name())
				}
				drawn := strings.Contains(policy, "random") || policy == "measured"
				if e.Policy != policy || e.Err != nil || len(e.Servers) != 4 || !drawn && e.Server != got.Server() {
					t.Fatalf("explained as %+v, chosen is %q", e, got.Server().Name())
				}
				if !strings.HasPrefix(e.Text, fmt.Sprintf("%q", e.Server.Name())) || !strings.HasSuffix(e.Text, ".") {
					t.Errorf("%s", e.Text)
				}
			}
		})
	}
}

// TestExplainWhy: why each server cannot be chosen.
func TestExplainWhy(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)})
	pool.SetState("c", balance.Drain, at(1))
	pool.SetState("d", balance.Maint, at(1))
	pool.Eject("e", at(1), 30*time.Second)
	for range 3 {
		pool.ProbeResult("f", false, at(1))
	}
	q := balance.Query{Now: at(1), Tried: pool.Servers()[6:7]}
	e := pool.Explain(q)
	for i, want := range []string{"", "weight is 0", "drained", "maintenance", "another 30s: ejected by hand", "active checks", "tried", ""} {
		if o := e.Servers[i]; o.Usable != (want == "") || !strings.Contains(o.Why, want) {
			t.Errorf("%q: usable %v, %q, want %q", o.Server.Name(), o.Usable, o.Why, want)
		}
	}
	compared := 0
	for _, o := range e.Servers {
		if o.Compared {
			compared++
		}
	}
	if compared != 2 || !strings.Contains(e.Text, "rather than") || !strings.Contains(e.Text, "in flight") {
		t.Errorf("%d compared: %s", compared, e.Text)
	}
	if e = pool.Explain(balance.Query{Now: at(1), Marked: "c"}); e.Server.Name() != "c" || !strings.Contains(e.Text, "marked") {
		t.Errorf("marked: %s", e.Text)
	}
	if e = pool.Explain(balance.Query{Now: at(1), Tried: pool.Servers()}); e.Err != balance.ErrNoServer || e.Text == "" {
		t.Errorf("all tried: %+v", e)
	}
	if e = pool.Explain(balance.Query{Now: at(40)}); e.Reason != balance.ByTrial || e.Server.Name() != "e" || !strings.Contains(e.Text, "is back") {
		t.Errorf("on trial: %s", e.Text)
	}
}

// BenchmarkPick shows what a choice costs, with all that follows it.
func BenchmarkPick(b *testing.B) {
	for _, policy := range balance.Policies() {
		b.Run(policy, func(b *testing.B) {
			pool, err := balance.New(policyConfig(b, policy))
			if err != nil {
				b.Fatal(err)
			}
			source := []byte("192.0.2.1")
			for i := 0; b.Loop(); i++ {
				now := beginning.Add(time.Duration(i) * time.Millisecond)
				choice, _ := pool.Pick(balance.Query{Now: now, Source: source})
				answer(&choice, now, time.Millisecond)
			}
		})
	}
}
