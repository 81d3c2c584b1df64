package balance_test

import (
	"math"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// warm gives each server of a pool an answer after its latency, many times over
// 30 s, the last one at 30 s.
func warm(t *testing.T, pool *balance.Pool, latencies map[string]time.Duration) {
	t.Helper()
	for second := 1; second <= 30; second++ {
		for name, latency := range latencies {
			now := at(float64(second))
			choice := place(t, pool, balance.Query{Now: now.Add(-latency), Marked: name})
			answer(&choice, now.Add(-latency), latency)
		}
	}
}

const ms = time.Millisecond

// near fails unless got is want within a share.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within*math.Abs(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestCost: the terms are those that are documented, and the decision is by them.
func TestCost(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 3), Health: balance.Health{ConsecutiveFailures: -1}})
	warm(t, pool, map[string]time.Duration{"a": 10 * ms, "b": 20 * ms})
	for range 6 {
		place(t, pool, balance.Query{Now: at(30), Marked: "b"})
	}
	for range 10 {
		fail(t, pool, "a", at(30), balance.Reset)
	}
	a, b := statsOf(t, pool, "a", at(30)), statsOf(t, pool, "b", at(30))
	// 10 successes, of which one in the last second is in the slot that begins, and 10 failures.
	if a.OwnErrors < 0.4 || a.OwnErrors > 0.55 || a.Errors != a.OwnErrors {
		t.Errorf("share of errors %v", a.OwnErrors)
	}
	near(t, "latency of a", a.Latency.Seconds(), 0.010, 0.05)
	near(t, "latency of b", b.Latency.Seconds(), 0.020, 0.05)
	near(t, "cost of a", a.Cost, a.Latency.Seconds()*(1+10*a.Errors), 1e-6)
	near(t, "cost of b", b.Cost, (6/1.5+1)*b.Latency.Seconds(), 1e-6)
	choice := place(t, pool, balance.Query{Now: at(30)})
	d := choice.Decision()
	cheaper, dearer := b, a
	if a.Cost < b.Cost {
		cheaper, dearer = a, b
	}
	if choice.Server() != cheaper.Server || d.Other != dearer.Server {
		t.Errorf("%q rather than %q, want it by cost %v against %v", choice.Server().Name(), d.Other.Name(), a.Cost, b.Cost)
	}
	near(t, "the cost in the decision", d.Cost, cheaper.Cost, 1e-6)
	near(t, "the other cost in the decision", d.OtherCost, dearer.Cost, 1e-6)
}

// TestTwoServersAreCompared: with two servers the dearer one is never chosen.
func TestTwoServersAreCompared(t *testing.T) {
	for _, policy := range []string{"measured", "two_random_choices", "least_connections"} {
		pool := newPool(t, balance.Config{Policy: policy, Servers: weighted(1, 1)})
		place(t, pool, balance.Query{Marked: "a"})
		for range 200 {
			if serve(t, pool, balance.Query{}, 0) == "a" {
				t.Fatalf("%s: the busier of two servers was chosen", policy)
			}
		}
	}
}

// TestPeak: the average jumps to a peak, not further than twice itself with one
// sample, and forgets it with a time constant of 10 s.
func TestPeak(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1)})
	warm(t, pool, map[string]time.Duration{"a": 10 * ms, "b": 10 * ms, "c": 10 * ms})
	sample := func(now float64, latency time.Duration) time.Duration {
		placed := at(now).Add(-latency)
		choice := place(t, pool, balance.Query{Now: placed, Marked: "a"})
		answer(&choice, placed, latency)
		return statsOf(t, pool, "a", at(now)).Own
	}
	near(t, "after one of a second", sample(31, time.Second).Seconds(), 0.020, 0.01)
	near(t, "after two", sample(31, time.Second).Seconds(), 0.040, 0.01)
	for range 10 {
		sample(31, time.Second)
	}
	near(t, "after many", statsOf(t, pool, "a", at(31)).Own.Seconds(), 1, 0.01)
	sample(31.001, 10*ms)
	near(t, "after a fast one at once", statsOf(t, pool, "a", at(31.001)).Own.Seconds(), 1, 0.01)
	for n := range 100 {
		sample(31+float64(n+1)/10, 10*ms)
	}
	// a tenth of the way back to the median in these 10 s and 1/e of the rest by the samples
	got := statsOf(t, pool, "a", at(41)).Own.Seconds()
	if got < 0.25 || got > 0.40 {
		t.Errorf("10 s later %v, want about 1/e, and less for the return to the median", got)
	}
}

// TestReturnToMedian: a server that nobody goes to any more is taken for the
// median again, half of it every 30 s.
func TestReturnToMedian(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1)})
	warm(t, pool, map[string]time.Duration{"a": 410 * ms, "b": 10 * ms, "c": 10 * ms})
	for seconds, want := range map[float64]float64{30: 0.410, 60: 0.210, 90: 0.110, 630: 0.010} {
		near(t, "own latency", statsOf(t, pool, "a", at(seconds)).Own.Seconds(), want, 0.01)
	}
}

// TestUnknown: a new server is taken for the median, and starts slowly.
func TestUnknown(t *testing.T) {
	config := balance.Config{Servers: weighted(1, 1, 1)}
	pool := newPool(t, config)
	warm(t, pool, map[string]time.Duration{"a": 100 * ms, "b": 20 * ms, "c": 10 * ms})
	config.Servers = weighted(1, 1, 1, 4)
	if err := pool.Reconfigure(config, at(30.2)); err != nil {
		t.Fatal(err)
	}
	place(t, pool, balance.Query{Now: at(30.2), Marked: "a"})
	d := statsOf(t, pool, "d", at(30.2))
	if d.Own != 0 || d.SlowStart != 0.1 {
		t.Errorf("%+v", d)
	}
	near(t, "latency", d.Latency.Seconds(), 0.020, 0.02)
	near(t, "weight", d.EffectiveWeight, 0.4, 0.01)
	near(t, "weight after 15 s", statsOf(t, pool, "d", at(45.2)).EffectiveWeight, 2, 0.01)
	near(t, "weight after 30 s", statsOf(t, pool, "d", at(60.2)).EffectiveWeight, 4, 1e-9)
	if a := statsOf(t, pool, "a", at(30.2)); a.InFlight != 1 || a.Own < 90*ms || a.Picked != 31 {
		t.Errorf("what was known of a server that stays: %+v", a)
	}
}

// TestSilence: a server that answers nobody gets dearer while somebody waits,
// though no log line and no latency says so; one that answers others does not,
// and an idle connection waits for nothing.
func TestSilence(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	warm(t, pool, map[string]time.Duration{"a": 10 * ms, "b": 10 * ms})
	waiting := place(t, pool, balance.Query{Now: at(31), Marked: "a"})
	if s := statsOf(t, pool, "a", at(33)); s.Silence != 2*time.Second {
		t.Errorf("while dialing: %v", s.Silence)
	}
	waiting.Connected(at(33))
	if s := statsOf(t, pool, "a", at(35)); s.Silence != 0 {
		t.Errorf("while the client says nothing: %v", s.Silence)
	}
	waiting.Sent(at(40))
	s := statsOf(t, pool, "a", at(45))
	if s.Silence != 5*time.Second || s.Latency != 5*time.Second {
		t.Errorf("5 s after it was asked: silent for %v, latency %v", s.Silence, s.Latency)
	}
	for range 100 {
		if serve(t, pool, balance.Query{Now: at(45)}, ms) == "a" {
			t.Fatal("a server that hangs was chosen")
		}
	}
	other := place(t, pool, balance.Query{Now: at(46), Marked: "a"})
	answer(&other, at(46), 10*ms)
	if s := statsOf(t, pool, "a", at(47)); s.Silence != 990*ms {
		t.Errorf("after another was answered: %v, want the time since", s.Silence)
	}
	waiting.Done(at(50), balance.Abandoned)
	if s := statsOf(t, pool, "a", at(50)); s.Silence != 0 || s.Own <= 10*ms || s.Errors != 0 || s.Failures != 0 {
		t.Errorf("after the client left: %+v", s)
	}
}

// TestSilenceIsOfWhoWaits: those that have left do not count, in whatever order
// they went.
func TestSilenceIsOfWhoWaits(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1)})
	var waiting []balance.Choice
	for i := range 5 {
		waiting = append(waiting, place(t, pool, balance.Query{Now: at(float64(i))}))
	}
	for _, step := range []struct{ leaves, silence int }{{1, 10}, {0, 8}, {4, 8}, {2, 7}, {3, 0}} {
		waiting[step.leaves].Failed(at(10), balance.Local)
		if s := statsOf(t, pool, "a", at(10)); s.Silence != time.Duration(step.silence)*time.Second {
			t.Errorf("after number %d left: silent for %v, want %d s", step.leaves, s.Silence, step.silence)
		}
	}
}

// TestServerFirst: where servers speak first, one that says nothing is silent.
func TestServerFirst(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	greeted := place(t, pool, balance.Query{Now: at(1), Marked: "a"})
	greeted.Connected(at(1))
	greeted.FirstByte(at(1.01))
	silent := place(t, pool, balance.Query{Now: at(2), Marked: "b"})
	silent.Connected(at(2))
	if s := statsOf(t, pool, "b", at(5)); s.Silence != 3*time.Second {
		t.Errorf("silence %v", s.Silence)
	}
}

// observe tells a pool what logs say, in each second from one to another.
func observe(pool *balance.Pool, from, to int, latencies map[string]time.Duration) {
	for second := from; second <= to; second++ {
		var summaries []balance.Summary
		for name, latency := range latencies {
			summaries = append(summaries, balance.Summary{Server: name, Attempts: 100, Latency: latency, Measured: 100})
		}
		pool.Observe(summaries, at(float64(second)))
	}
}

// TestLogs: what logs say scales a cost between half and four times the median,
// whatever its unit, is forgotten three minutes later, and not heard of servers
// that came back less than 10 s ago.
func TestLogs(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1, 1)})
	latencies := map[string]time.Duration{"a": 10 * ms, "b": 20 * ms, "c": 20 * ms, "d": 2000 * ms}
	observe(pool, 1, 30, latencies)
	for name, want := range map[string]float64{"a": 0.5, "b": 1, "c": 1, "d": 4} {
		s := statsOf(t, pool, name, at(30))
		near(t, "what the logs say of "+name, s.Log, want, 0.01)
	}
	if s := pool.Stats(at(32)); !s.LogsUsed || s.LogAge != 2*time.Second {
		t.Errorf("%+v", s)
	}
	near(t, "of d after 30 s", statsOf(t, pool, "d", at(60)).Log, 2.5, 0.01)
	for _, name := range []string{"a", "b", "c", "d"} {
		s := statsOf(t, pool, name, at(30+181))
		if s.Log != 1 || s.EffectiveWeight != 1 {
			t.Errorf("three minutes later %s is %+v", name, s.Terms)
		}
	}
	if s := pool.Stats(at(30 + 181)); s.LogsUsed {
		t.Error("logs are used three minutes after the last")
	}
	pool.SetState("b", balance.Maint, at(300))
	pool.SetState("b", balance.Ready, at(300))
	latencies["b"] = 80 * ms
	observe(pool, 301, 309, latencies)
	if s := statsOf(t, pool, "b", at(309)); s.Log != 1 {
		t.Errorf("9 s after it came back the logs say %v", s.Log)
	}
	observe(pool, 310, 340, latencies)
	if s := statsOf(t, pool, "b", at(340)); s.Log < 3.5 {
		t.Errorf("30 s later the logs say %v", s.Log)
	}
}

// TestPoolWideSlowness: when all become slower alike, nothing moves.
func TestPoolWideSlowness(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1)})
	observe(pool, 1, 30, map[string]time.Duration{"a": 10 * ms, "b": 12 * ms, "c": 14 * ms})
	before := statsOf(t, pool, "c", at(30)).Log
	observe(pool, 31, 60, map[string]time.Duration{"a": 1000 * ms, "b": 1200 * ms, "c": 1400 * ms})
	near(t, "what the logs say of c", statsOf(t, pool, "c", at(60)).Log, before, 0.01)
}

// TestFailuresAreNotFast: what fails at once counts as the median at least.
func TestFailuresAreNotFast(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1), Health: balance.Health{ConsecutiveFailures: -1}})
	warm(t, pool, map[string]time.Duration{"b": 50 * ms, "c": 50 * ms})
	for range 5 {
		fail(t, pool, "a", at(30.2), balance.Refused)
	}
	a := statsOf(t, pool, "a", at(30.2))
	near(t, "latency", a.Latency.Seconds(), 0.050, 0.01)
	near(t, "cost", a.Cost, 0.050*(1+10*0.25), 0.01)
	choice := place(t, pool, balance.Query{Now: at(31), Marked: "a"})
	choice.Failed(at(33), balance.Timeout)
	near(t, "after a time-out", statsOf(t, pool, "a", at(33)).Own.Seconds(), 0.100, 0.01) // two times, by one sample
}

// TestErrorsInLogsAreNotFast: what a server answers with an error at once counts
// as the median at least, in what its connections show and in what logs say.
func TestErrorsInLogsAreNotFast(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1), Health: balance.Health{ConsecutiveFailures: -1}})
	warm(t, pool, map[string]time.Duration{"a": ms, "b": 50 * ms, "c": 50 * ms})
	for second := 31; second <= 60; second++ {
		pool.Observe([]balance.Summary{
			{Server: "a", Attempts: 100, Errors: 100, Latency: ms, Measured: 100},
			{Server: "b", Attempts: 100, Latency: 50 * ms, Measured: 100},
			{Server: "c", Attempts: 100, Latency: 50 * ms, Measured: 100},
		}, at(float64(second)))
	}
	a := statsOf(t, pool, "a", at(60))
	near(t, "what the logs say", a.Log, 1, 0.01)
	near(t, "latency", a.Latency.Seconds(), 0.050, 0.01)
	near(t, "errors", a.Errors, 1, 1e-9)
	near(t, "cost", a.Cost, 11*0.050, 0.01)
}

// TestOwnAndLogs: of what its connections show and of what the logs say a
// server's latency is the geometric mean.
func TestOwnAndLogs(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1, 1)})
	warm(t, pool, map[string]time.Duration{"a": 40 * ms, "b": 10 * ms, "c": 10 * ms})
	observe(pool, 25, 30, map[string]time.Duration{"a": 500 * ms, "b": 500 * ms, "c": 1125 * ms})
	for name, want := range map[string]float64{"a": 0.020, "b": 0.010, "c": 0.015} {
		near(t, "latency of "+name, statsOf(t, pool, name, at(30)).Latency.Seconds(), want, 0.01)
	}
}

// TestHostileSummaries: what cannot be is passed over, and nothing becomes
// infinite or negative of it.
func TestHostileSummaries(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	for second := range 20 {
		pool.Observe([]balance.Summary{
			{Server: "a", Attempts: math.MaxInt64, Errors: math.MaxInt64, Latency: math.MaxInt64, Measured: math.MaxInt64},
			{Server: "a", Attempts: math.MinInt64, Errors: math.MaxInt64, Latency: math.MinInt64, Measured: math.MinInt64},
			{Server: "10.0.0.2:8080", Attempts: 5, Errors: -7, Latency: 0, Measured: 5},
			{Server: "nobody", Attempts: 1}, {},
		}, at(float64(second)))
		serve(t, pool, balance.Query{Now: at(float64(second))}, 0)
	}
	for _, s := range pool.Stats(at(20)).Servers {
		if math.IsNaN(s.Cost) || s.Cost < 0 || s.Errors < 0 || s.Errors > 1 || s.Latency < 0 || math.IsNaN(s.AdvisedWeight) {
			t.Errorf("%+v", s.Terms)
		}
	}
}

// TestTimesOutOfOrder: the past counts as now, and absurd times break nothing.
func TestTimesOutOfOrder(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(1, 1)})
	choice := place(t, pool, balance.Query{Now: at(10)})
	choice.Connected(at(5))
	choice.Sent(at(2))
	choice.FirstByte(time.Time{})
	choice.Done(at(1), balance.Completed)
	for _, now := range []time.Time{{}, at(-1e9), time.Unix(1<<60, 0), at(20), time.Unix(-1<<60, 0)} {
		serve(t, pool, balance.Query{Now: now}, ms)
		pool.Observe([]balance.Summary{{Server: "a", Attempts: 1}}, now)
		for _, s := range pool.Stats(now).Servers {
			if s.InFlight != 0 || math.IsNaN(s.Cost) || s.Latency < 0 {
				t.Errorf("at %v: %+v", now, s)
			}
		}
	}
}

// TestAdvisedWeight: less for latency and errors, never more, and never nothing.
func TestAdvisedWeight(t *testing.T) {
	pool := newPool(t, balance.Config{Servers: weighted(4, 4, 4, 4), Health: balance.Health{ConsecutiveFailures: -1}})
	warm(t, pool, map[string]time.Duration{"a": 10 * ms, "b": 10 * ms, "c": 160 * ms, "d": 1 * ms})
	for range 1000 {
		fail(t, pool, "b", at(30), balance.Refused)
	}
	for name, want := range map[string]float64{"b": 0.4, "c": 4 * math.Sqrt(1.25/16), "d": 4} {
		near(t, "weight of "+name, statsOf(t, pool, name, at(30)).AdvisedWeight, want, 0.05)
	}
}
