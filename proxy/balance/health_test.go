package balance_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// recorder writes events down.
type recorder struct{ told []string }

func (r *recorder) events() balance.Events {
	tell := func(format string, values ...any) { r.told = append(r.told, fmt.Sprintf(format, values...)) }
	return balance.Events{
		Ejected: func(s *balance.Server, cause balance.Cause, _ time.Time) { tell("ejected %s %d", s.Name(), cause) },
		Withheld: func(s *balance.Server, cause balance.Cause, brake balance.Brake) {
			tell("withheld %s %d %d", s.Name(), cause, brake)
		},
		Restored: func(s *balance.Server) { tell("restored %s", s.Name()) },
		Probed:   func(s *balance.Server, up bool) { tell("probed %s %v", s.Name(), up) },
		Panic:    func(on bool) { tell("panic %v", on) },
	}
}

// take returns what was told since.
func (r *recorder) take() []string {
	told := r.told
	r.told = nil
	return told
}

// wants fails the test unless these are the events since.
func (r *recorder) wants(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("%s: told %q, want %q", when, got, want)
	}
}

// fail has a connection to a server fail at a time.
func fail(t *testing.T, pool *balance.Pool, server string, now time.Time, fault balance.Fault) {
	t.Helper()
	choice := place(t, pool, balance.Query{Now: now, Marked: server})
	choice.Failed(now, fault)
}

func conditionOf(t *testing.T, pool *balance.Pool, server string, now time.Time) balance.Condition {
	t.Helper()
	return statsOf(t, pool, server, now).Health
}

// between fails unless a time is so many seconds after the beginning, give or
// take a tenth of length.
func between(t *testing.T, what string, got time.Time, from, length float64) {
	t.Helper()
	after := got.Sub(beginning).Seconds() - from
	if after < 0.9*length-1e-6 || after > 1.1*length+1e-6 {
		t.Errorf("%s is %.2f s after, want %v s give or take a tenth", what, after, length)
	}
}

// TestEjection follows a server through an ejection, a trial that fails, and one
// that does not.
func TestEjection(t *testing.T) {
	var r recorder
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1, 1), Events: r.events()})
	for range 4 {
		fail(t, pool, "b", at(1), balance.Refused)
	}
	choice := place(t, pool, balance.Query{Now: at(1), Marked: "b"})
	answer(&choice, at(1), time.Millisecond) // one that goes well begins the count anew
	for range 4 {
		fail(t, pool, "b", at(1), balance.Timeout)
	}
	for range 100 {
		fail(t, pool, "b", at(1), balance.Local) // ours
	}
	r.wants(t, "after 4 in a row")
	fail(t, pool, "b", at(2), balance.Reset)
	r.wants(t, "after 5 in a row", "ejected b 1")
	first := statsOf(t, pool, "b", at(2))
	between(t, "the end", first.EjectedUntil, 2, 30)
	if first.Health != balance.Ejected || first.EffectiveWeight != 0 || first.Ejections != 1 ||
		first.Cause != balance.ConsecutiveFailures || first.Locals != 100 || first.Failures != 9 {
		t.Errorf("%+v", first)
	}
	for range 200 {
		if serve(t, pool, balance.Query{Now: at(20)}, time.Millisecond) == "b" {
			t.Fatal("an ejected server was chosen")
		}
	}
	if got := conditionOf(t, pool, "b", at(36)); got != balance.HalfOpen {
		t.Errorf("after its time: %v", got)
	}
	trial := place(t, pool, balance.Query{Now: at(36)})
	if trial.Server().Name() != "b" || trial.Decision().Reason != balance.ByTrial {
		t.Fatalf("%q by %v, want b on trial", trial.Server().Name(), trial.Decision().Reason)
	}
	for range 50 {
		if serve(t, pool, balance.Query{Now: at(36)}, time.Millisecond) == "b" {
			t.Fatal("a second connection to a server on trial")
		}
	}
	trial.Failed(at(37), balance.Timeout)
	r.wants(t, "after the trial failed", "ejected b 1")
	between(t, "the second end", statsOf(t, pool, "b", at(37)).EjectedUntil, 37, 60)

	trial = place(t, pool, balance.Query{Now: at(110)})
	trial.Failed(at(110), balance.Local) // says nothing, and another may try
	trial = place(t, pool, balance.Query{Now: at(110)})
	if trial.Decision().Reason != balance.ByTrial {
		t.Fatal("no other trial after one that said nothing")
	}
	answer(&trial, at(110), 0)
	r.wants(t, "after the trial went well", "restored b")
	if s := statsOf(t, pool, "b", at(110)); s.Health != balance.Up || s.SlowStart != 0.1 || s.EffectiveWeight > 0.1 {
		t.Errorf("%+v", s)
	}
	if s := statsOf(t, pool, "b", at(125)); s.SlowStart != 0.5 {
		t.Errorf("slow start after 15 s: %v", s.SlowStart)
	}
	if s := statsOf(t, pool, "b", at(140)); s.SlowStart != 1 {
		t.Errorf("slow start after 30 s: %v", s.SlowStart)
	}
}

// TestTrialThatHangs holds up the next one for as long as an ejection takes.
func TestTrialThatHangs(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	pool.Eject("a", at(0), 10*time.Second)
	for _, step := range []struct {
		seconds float64
		trial   bool
	}{{9, false}, {11, true}, {30, false}, {40, false}, {41, true}, {42, false}} {
		choice := place(t, pool, balance.Query{Now: at(step.seconds)})
		if trial := choice.Decision().Reason == balance.ByTrial; trial != step.trial {
			t.Errorf("after %v s: on trial %v, want %v", step.seconds, trial, step.trial)
		}
	}
}

// TestWithheldIsToldNowAndThen: not with each failure.
func TestWithheldIsToldNowAndThen(t *testing.T) {
	var r recorder
	pool := newPool(t, balance.Config{Servers: weighted(1), Events: r.events()})
	for range 14 {
		fail(t, pool, "a", at(1), balance.Refused)
	}
	r.wants(t, "after 14 failures", "withheld a 1 2", "withheld a 1 2")
}

// TestEjectionTimes: longer each time, up to a bound, and short again after
// having been healthy for long.
func TestEjectionTimes(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1), Health: balance.Health{EjectionTime: 10 * time.Second, MaxEjectionTime: 35 * time.Second}})
	now := 0.0
	for i, want := range []float64{10, 20, 30, 35, 35} {
		for range 5 {
			fail(t, pool, "a", at(now), balance.Refused)
		}
		until := statsOf(t, pool, "a", at(now)).EjectedUntil
		if want < 35 {
			between(t, fmt.Sprintf("end %d", i+1), until, now, want)
		} else if length := until.Sub(at(now)); length > 35*time.Second || length < 31*time.Second {
			t.Errorf("end %d is %v after", i+1, length)
		}
		now += 40
		pool.Restore("a", at(now))
		if s := statsOf(t, pool, "a", at(now)); s.Health != balance.Up || s.EffectiveWeight != 1 {
			t.Errorf("restored by hand: %+v", s)
		}
	}
	now += 36
	for range 5 {
		fail(t, pool, "a", at(now), balance.Refused)
	}
	between(t, "end after long health", statsOf(t, pool, "a", at(now)).EjectedUntil, now, 10)
}

// TestBrakes: what holds an ejection back.
func TestBrakes(t *testing.T) {
	capacity := func(servers []balance.ServerConfig, each int) []balance.ServerConfig {
		for i := range servers {
			servers[i].Capacity = each
		}
		return servers
	}
	for _, test := range []struct {
		name     string
		servers  []balance.ServerConfig
		health   balance.Health
		inFlight int
		broken   []string // servers that fail, in this order
		want     []string
	}{
		{"the only server", weighted(1), balance.Health{}, 0, []string{"a"}, []string{"withheld a 1 2"}},
		{"no other has weight", weighted(1, 0), balance.Health{}, 0, []string{"a"}, []string{"withheld a 1 2"}},
		{"one of two", weighted(1, 1), balance.Health{}, 0, []string{"a"}, []string{"ejected a 1"}},
		{"both of two", weighted(1, 1), balance.Health{}, 0, []string{"a", "b"}, []string{"ejected a 1", "withheld b 1 2"}},
		{"two of four", weighted(1, 1, 1, 1), balance.Health{}, 0, []string{"a", "b"}, []string{"ejected a 1", "withheld b 1 0"}},
		{"two of four, half allowed", weighted(1, 1, 1, 1), balance.Health{MaxEjectedShare: 0.5}, 0, []string{"a", "b", "c"},
			[]string{"ejected a 1", "ejected b 1", "withheld c 1 0"}},
		{"all, no bound", weighted(1, 1, 1), balance.Health{MaxEjectedShare: -1}, 0, []string{"a", "b", "c"},
			[]string{"ejected a 1", "ejected b 1", "panic true", "withheld c 1 2"}},
		{"others too busy", capacity(weighted(1, 1), 10), balance.Health{}, 9, []string{"a"}, []string{"withheld a 1 1"}},
		{"others busy enough", capacity(weighted(1, 1), 10), balance.Health{}, 7, []string{"a"}, []string{"ejected a 1"}},
		{"switched off", weighted(1, 1), balance.Health{ConsecutiveFailures: -1}, 0, []string{"a"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r recorder
			pool := newPool(t, balance.Config{Servers: test.servers, Health: test.health, Events: r.events()})
			for range test.inFlight {
				place(t, pool, balance.Query{})
			}
			for _, name := range test.broken {
				for range 5 {
					fail(t, pool, name, at(1), balance.Refused)
				}
			}
			r.wants(t, "in the end", test.want...)
			if _, err := pool.Pick(balance.Query{Now: at(1)}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPanic: with fewer than half healthy, health is ignored; and not for one
// more than that.
func TestPanic(t *testing.T) {
	var r recorder
	pool := newPool(t, balance.Config{Policy: "round_robin", Servers: weighted(1, 1, 1, 1), Events: r.events()})
	down := func(name string) {
		for range 3 {
			pool.ProbeResult(name, false, at(1))
		}
	}
	down("a")
	down("b")
	r.wants(t, "half down", "probed a false", "probed b false")
	for range 8 {
		if name := serve(t, pool, balance.Query{Now: at(1)}, 0); name == "a" || name == "b" {
			t.Fatalf("%q is down, and was chosen", name)
		}
	}
	down("c")
	r.wants(t, "three down", "probed c false", "panic true")
	seen := map[string]int{}
	for range 8 {
		choice := place(t, pool, balance.Query{Now: at(1)})
		seen[choice.Server().Name()]++
		if choice.Decision().Reason != balance.ByPanic {
			t.Errorf("reason %v", choice.Decision().Reason)
		}
		choice.Done(at(1), balance.Completed)
	}
	if len(seen) != 4 || seen["a"] != 2 {
		t.Errorf("in panic: %v", seen)
	}
	if s := pool.Stats(at(1)); !s.Panic || s.Healthy != 1 || s.Servers[0].EffectiveWeight != 1 {
		t.Errorf("%+v", s)
	}
	pool.ProbeResult("c", true, at(2))
	r.wants(t, "after one good check")
	pool.ProbeResult("c", true, at(3))
	r.wants(t, "after two", "probed c true", "panic false")
	if s := statsOf(t, pool, "c", at(3)); s.SlowStart != 0.1 {
		t.Errorf("slow start %v", s.SlowStart)
	}
	pool.SetState("d", balance.Drain, at(4)) // of the three that are left, one is healthy
	r.wants(t, "one drained", "panic true")
}

// TestNeed: when all healthy ones were tried, the others are better than none.
func TestNeed(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	pool.Eject("a", at(0), time.Hour)
	b := place(t, pool, balance.Query{Now: at(1)})
	choice := place(t, pool, balance.Query{Now: at(1), Tried: []*balance.Server{b.Server()}})
	if choice.Server().Name() != "a" || choice.Decision().Reason != balance.ByNeed {
		t.Errorf("%q by %v", choice.Server().Name(), choice.Decision().Reason)
	}
	three := newPool(t, balance.Config{Servers: weighted(1, 1, 1), Health: balance.Health{PanicThreshold: -1}})
	three.Eject("a", at(0), time.Hour)
	three.Eject("b", at(0), time.Hour)
	for range 20 {
		q := balance.Query{Now: at(1), Tried: []*balance.Server{three.Servers()[0], three.Servers()[2]}}
		if name := serve(t, three, q, 0); name != "b" {
			t.Fatalf("%q was chosen, which was tried", name)
		}
	}
	if _, err := pool.Pick(balance.Query{Now: at(1), Tried: pool.Servers()}); err != balance.ErrNoServer {
		t.Errorf("all tried: %v", err)
	}
}

// TestMarked: a marked connection goes to its server whatever is held against
// it, and to no other.
func TestMarked(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1)})
	pool.Eject("a", at(0), time.Hour)
	pool.SetState("b", balance.Drain, at(0))
	pool.SetWeight("c", 0)
	if _, err := pool.Pick(balance.Query{Now: at(1)}); err != nil {
		t.Errorf("a is ejected, and still better than none: %v", err)
	}
	for _, name := range []string{"a", "b", "c"} {
		choice := place(t, pool, balance.Query{Now: at(1), Marked: name})
		if choice.Server().Name() != name || choice.Decision().Reason != balance.ByMark {
			t.Errorf("marked for %q: %q by %v", name, choice.Server().Name(), choice.Decision().Reason)
		}
		q := balance.Query{Now: at(1), Marked: name, Tried: []*balance.Server{choice.Server()}}
		if _, err := pool.Pick(q); err != balance.ErrNoServer {
			t.Errorf("marked for %q, which was tried: %v", name, err)
		}
	}
	pool.SetState("b", balance.Maint, at(2))
	for _, name := range []string{"b", "nobody"} {
		if _, err := pool.Pick(balance.Query{Now: at(2), Marked: name}); err != balance.ErrNoServer {
			t.Errorf("marked for %q: %v", name, err)
		}
	}
}

// TestStickyTrial: where a source has its server, the trial is one of its own.
func TestStickyTrial(t *testing.T) {
	pool := newPool(t, balance.Config{Policy: "rendezvous_hash", Servers: weighted(1, 1, 1)})
	clients := sources(300)
	home := placements(t, pool, clients)
	pool.Eject("b", at(2), 10*time.Second)
	trials := 0
	for i, source := range clients {
		choice := place(t, pool, balance.Query{Now: at(13), Source: source})
		if choice.Decision().Reason == balance.ByTrial {
			trials++
		}
		if got := choice.Server().Name(); home[i] != "b" && got != home[i] {
			t.Fatalf("source %s went to %q, want %q", source, got, home[i])
		}
	}
	if trials != 1 {
		t.Errorf("%d trials, want 1 until it ends", trials)
	}
}

// TestSuccessRatio: the one that fails much more often than the others goes,
// with five servers and enough requests, and not with fewer.
func TestSuccessRatio(t *testing.T) {
	for _, test := range []struct {
		name       string
		servers    int
		each       int // connections to each server
		failing    int // of a hundred of the first server's
		deviations float64
		want       []string
	}{
		{"outlier", 5, 200, 50, 0, []string{"ejected a 3"}},
		{"outlier, much allowed", 5, 200, 50, 3, nil},
		{"outlier, switched off", 5, 200, 50, -1, nil},
		{"four servers", 4, 200, 50, 1, nil},
		{"few requests", 5, 99, 50, 0, nil},
		{"hardly worse", 5, 200, 3, 0, nil},
		{"no outlier", 5, 200, 0, 0, nil},
	} {
		for _, byLogs := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, logs %v", test.name, byLogs), func(t *testing.T) {
				var r recorder
				pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1, 1, 1)[:test.servers], Events: r.events(),
					Health: balance.Health{SuccessDeviations: test.deviations}})
				place(t, pool, balance.Query{Now: at(11)}) // the interval begins
				if byLogs {
					var summaries []balance.Summary
					for i := range test.servers {
						s := balance.Summary{Server: string(rune('a' + i)), Attempts: int64(test.each)}
						if i == 0 {
							s.Errors = int64(test.each * test.failing / 100)
						}
						summaries = append(summaries, s)
					}
					pool.Observe(summaries, at(20))
				} else {
					connect(t, pool, test.servers, test.each, test.failing)
				}
				r.wants(t, "before the interval ends")
				place(t, pool, balance.Query{Now: at(21.5)})
				r.wants(t, "after it", test.want...)
			})
		}
	}
}

// connect makes so many connections to each server, of which some to a fail.
func connect(t *testing.T, pool *balance.Pool, servers, each, failing int) {
	for i := range servers {
		for n := range each {
			choice := place(t, pool, balance.Query{Now: at(20), Marked: string(rune('a' + i))})
			if i == 0 && n*failing/100 != (n+1)*failing/100 {
				choice.Failed(at(20), balance.Reset)
				continue
			}
			answer(&choice, at(20), time.Millisecond)
		}
	}
}

// TestErrorsInLogs: a server of which the logs say that all requests fail goes,
// one good one in between keeps it.
func TestErrorsInLogs(t *testing.T) {
	var r recorder
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1), Events: r.events()})
	observe := func(seconds float64, attempts, errors int64) {
		pool.Observe([]balance.Summary{{Server: "b", Attempts: attempts, Errors: errors}, {Server: "a", Attempts: 10}}, at(seconds))
	}
	observe(1, 4, 4)
	observe(2, 3, 2)
	observe(3, 4, 4)
	observe(4, 0, 0)
	r.wants(t, "after 4 in a row")
	observe(5, 1, 1)
	r.wants(t, "after 5 in a row", "ejected b 2")
}

// TestBrokenAnswers: a server that answers and then breaks off is not healthy
// because it answers.
func TestBrokenAnswers(t *testing.T) {
	var r recorder
	pool := newPool(t, balance.Config{Servers: weighted(1, 1), Events: r.events()})
	for range 5 {
		choice := place(t, pool, balance.Query{Now: at(1), Marked: "a"})
		choice.Connected(at(1))
		choice.Sent(at(1))
		choice.FirstByte(at(1.1))
		choice.Failed(at(1.2), balance.Reset)
	}
	r.wants(t, "after 5 in a row", "ejected a 1")
	if s := statsOf(t, pool, "a", at(2)); s.OwnErrors != 0.25 { // 5 of at least 20
		t.Errorf("share of errors %v", s.OwnErrors)
	}
}

// TestBrokenAnswersCountOnce: a connection that was answered and then broke is
// one attempt, and it failed.
func TestBrokenAnswersCountOnce(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1), Health: balance.Health{ConsecutiveFailures: -1}})
	for range 40 {
		choice := place(t, pool, balance.Query{Now: at(1), Marked: "a"})
		choice.FirstByte(at(1.1))
		choice.Failed(at(1.2), balance.Reset)
	}
	if s := statsOf(t, pool, "a", at(2)); s.OwnErrors != 1 {
		t.Errorf("share of errors %v, want 1", s.OwnErrors)
	}
}

// TestGoneServer: what becomes of connections to a server that is not
// configured any more is nobody's business.
func TestGoneServer(t *testing.T) {
	var r recorder
	config := balance.Config{Servers: weighted(1, 1), Events: r.events()}
	pool := newPool(t, config)
	var open []balance.Choice
	for range 10 {
		open = append(open, place(t, pool, balance.Query{Marked: "a"}))
	}
	config.Servers = config.Servers[1:]
	if err := pool.Reconfigure(config, at(1)); err != nil {
		t.Fatal(err)
	}
	for i := range open {
		open[i].Failed(at(2), balance.Refused)
	}
	r.wants(t, "after the failures")
	if s := pool.Stats(at(2)); len(s.Servers) != 1 || s.Servers[0].InFlight != 0 {
		t.Errorf("%+v", s)
	}
}
