package advise_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// many are ten servers of equal weight: of one of them all may be taken away
// that ever is.
func many(t testing.TB) *advise.Pool { return poolOf(t, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10) }

// settle steps a pool until its servers may be judged, and returns when.
func settle(a *advise.Advice, p *advise.Pool) (seconds float64) {
	a.Step(p, at(0))
	a.Step(p, at(10))
	return 10
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAdviceFallsFastAndRisesSlowly(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	now := settle(a, p)
	advised(p, 0, 0.1)
	for i, want := range []float64{0.5, 0.25, 0.125, 0.125} {
		a.Step(p, at(now+5)) // too early: nothing
		now += 10
		a.Step(p, at(now))
		near(t, "falling", a.Share("s0"), want)
		near(t, "another", a.Share("s1"), 1)
		if t.Failed() {
			t.Fatalf("period %d", i)
		}
	}
	advised(p, 0, 1)
	for want := 0.155; want < 1.03; want += 0.03 {
		now += 10
		a.Step(p, at(now))
		near(t, "rising", a.Share("s0"), min(1, want))
	}
	near(t, "risen", a.Share("s0"), 1)
}

func TestAdviceDeadBand(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	now := settle(a, p)
	move := func(target, want float64) {
		t.Helper()
		advised(p, 0, target)
		now += 10
		a.Step(p, at(now))
		near(t, "share", a.Share("s0"), want)
	}
	move(0.76, 1)
	move(0.74, 0.74)
	move(0.92, 0.74) // not a quarter more
	move(0.56, 0.74) // not a quarter less
	move(0.93, 0.77)
	move(1, 0.80) // all the way back is worth it however near
}

// TestAdviceBlackout: who is new is not judged for ten seconds, and neither is
// who was out by hand.
func TestAdviceBlackout(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	advised(p, 0, 0.1)
	a.Step(p, at(0))
	near(t, "at once", a.Share("s0"), 1)
	a.Step(p, at(10))
	near(t, "after ten seconds", a.Share("s0"), 0.5)
	p.Stats.Servers[0].State = balance.Drain
	a.Step(p, at(20))
	near(t, "drained", a.Share("s0"), 1)
	p.Stats.Servers[0].State = balance.Ready
	a.Step(p, at(29.9)) // too early
	a.Step(p, at(30))
	near(t, "back", a.Share("s0"), 0.5)
}

func TestAdviceExpires(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	now := settle(a, p)
	advised(p, 0, 0.1)
	fall := func() {
		for range 4 {
			now += 10
			a.Step(p, at(now))
		}
		near(t, "fallen", a.Share("s0"), 0.125)
	}
	fall()
	p.Stats.LogsUsed = false
	for i := range p.Stats.Servers {
		p.Stats.Servers[i].Own = 0
	}
	a.Step(p, at(now+10))
	near(t, "nothing is known", a.Share("s0"), 1)
	advised(p, 0, 0.1)
	fall() // connections of our own are knowledge too
	p.Stats.Panic = true
	a.Step(p, at(now+10))
	near(t, "panic", a.Share("s0"), 1)
	p.Stats.Panic, p.Stats.LogsUsed = false, true
	fall()
	a.Step(p, at(now+181)) // nobody has looked for three minutes: all are new
	near(t, "not gone on", a.Share("s0"), 1)
}

// TestAdviceWaitsForLateLogs: a period is three times what the logs are late.
func TestAdviceWaitsForLateLogs(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	now := settle(a, p)
	p.Stats.LogAge = 5 * time.Second
	advised(p, 0, 0.1)
	a.Step(p, at(now+14))
	near(t, "early", a.Share("s0"), 1)
	a.Step(p, at(now+15))
	near(t, "in time", a.Share("s0"), 0.5)
}

func TestAdviceSparesABusyPool(t *testing.T) {
	p, a := many(t), &advise.Advice{}
	now := settle(a, p)
	p.Capacity, p.Stats.Servers[3].InFlight = 100, 61
	advised(p, 0, 0.1)
	a.Step(p, at(now+10))
	near(t, "busy", a.Share("s0"), 1)
	p.Stats.Servers[3].InFlight = 60
	a.Step(p, at(now+20))
	near(t, "less busy", a.Share("s0"), 0.5)
	p.Stats.Servers[3].InFlight = 61
	a.Step(p, at(now+30))
	near(t, "busy again", a.Share("s0"), 0.53)
}

func TestAdviceTakesAwayAFifth(t *testing.T) {
	p, a := poolOf(t, 10, 10), &advise.Advice{}
	now := settle(a, p)
	advised(p, 0, 0.1)
	for range 10 {
		now += 10
		a.Step(p, at(now))
	}
	near(t, "one of two", a.Share("s0"), 0.6)
	p, a = poolOf(t, 1, 1, 1, 1, 1), &advise.Advice{}
	now = settle(a, p)
	advised(p, 0, 0.1)
	p.Stats.Servers[1].EffectiveWeight, p.Stats.Servers[1].AdvisedWeight = 0, 0 // ejected
	for range 10 {
		now += 10
		a.Step(p, at(now))
	}
	near(t, "slow", a.Share("s0"), 0.5)
	near(t, "ejected", a.Share("s1"), 0.5)
}

// TestAdviceKeepsItsBounds steps through whatever may happen to a pool.
func TestAdviceKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		weights := rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 1, 3, 100, balance.MaxWeight}), 1, 8).Draw(rt, "weights")
		p, a := poolOf(t, weights...), &advise.Advice{}
		now, last := epoch, epoch.Add(-time.Hour)
		before := shares(p, a)
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1000, 9999, 10_000, 10_000, 10_000, 30_000, 200_000}).Draw(rt, "pass")) * time.Millisecond)
			disturb(rt, p)
			a.Step(p, now)
			after := shares(p, a)
			moved := holds(rt, p, before, after)
			if moved && now.Sub(last) < advise.Period {
				rt.Fatalf("moved twice within %v", now.Sub(last))
			}
			if moved {
				last = now
			}
			before = after
		}
	})
}

// disturb has something happen to a pool.
func disturb(rt *rapid.T, p *advise.Pool) {
	for i := range p.Stats.Servers {
		s := &p.Stats.Servers[i]
		s.State = rapid.SampledFrom([]balance.State{balance.Ready, balance.Ready, balance.Ready, balance.Drain, balance.Maint}).Draw(rt, "state")
		s.InFlight = rapid.IntRange(0, 10).Draw(rt, "in flight")
		share := rapid.SampledFrom([]float64{0, 0.05, 0.1, 0.3, 0.74, 0.76, 0.99, 1, 1, 2, math.NaN(), math.Inf(1)}).Draw(rt, "share")
		advised(p, i, share)
		if rapid.IntRange(0, 9).Draw(rt, "ejected") == 0 {
			s.EffectiveWeight, s.AdvisedWeight = 0, 0
		}
	}
	p.Capacity = rapid.SampledFrom([]int{0, 0, 50}).Draw(rt, "capacity")
	p.Stats.LogsUsed = rapid.IntRange(0, 4).Draw(rt, "expired") > 0
	p.Stats.Panic = rapid.IntRange(0, 9).Draw(rt, "panic") == 0
	p.Stats.LogAge = rapid.SampledFrom([]time.Duration{-1, time.Second, 5 * time.Second, time.Hour}).Draw(rt, "age")
}

func shares(p *advise.Pool, a *advise.Advice) (shares []float64) {
	for i := range p.Stats.Servers {
		shares = append(shares, a.Share(p.Stats.Servers[i].Server.Name()))
	}
	return shares
}

// holds checks every share and what is removed in all, and says whether one has
// moved.
func holds(rt *rapid.T, p *advise.Pool, before, after []float64) (moved bool) {
	whole, removed := 0.0, 0.0
	for i, share := range after {
		s := &p.Stats.Servers[i]
		if math.IsNaN(share) || share < 0.1-1e-9 || share > 1 {
			rt.Fatalf("share %v of %s", share, s.Server.Name())
		}
		moved = moved || share != before[i]
		if s.State == balance.Ready {
			whole, removed = whole+float64(s.Weight), removed+float64(s.Weight)*(1-share)
		}
	}
	// Between steps a server may have been drained, of which the next one knows.
	if moved && removed > 0.2*whole+1e-6 {
		rt.Fatalf("of %v there are %v taken away", whole, removed)
	}
	return moved
}

// TestAdviceOfLogs has a pool of balance's learn from logs alone that one server
// is slow and another fails, and forget it when the logs end.
func TestAdviceOfLogs(t *testing.T) {
	config := balance.Config{Name: "app"}
	for _, name := range []string{"fast", "slow", "failing", "d", "e", "f", "g", "h", "i", "j"} {
		config.Servers = append(config.Servers, balance.ServerConfig{Name: name, Address: name + ":80", Weight: 4})
	}
	pool, err := balance.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var a advise.Advice
	look := func(second int) {
		a.Step(&advise.Pool{Name: "app", Stats: pool.Stats(at(float64(second)))}, at(float64(second)))
	}
	for second := range 120 {
		var said []balance.Summary
		for _, server := range config.Servers {
			s := balance.Summary{Server: server.Name, Attempts: 200, Measured: 200, Latency: 10 * time.Millisecond}
			switch server.Name {
			case "slow":
				s.Latency = 80 * time.Millisecond
			case "failing":
				s.Errors, s.Measured = 100, 100
			}
			said = append(said, s)
		}
		pool.Observe(said, at(float64(second)))
		look(second)
	}
	if slow, failing, fast := a.Share("slow"), a.Share("failing"), a.Share("fast"); fast != 1 || slow > 0.75 || failing > 0.75 || slow < 0.1 || failing < 0.1 {
		t.Errorf("fast %v, slow %v, failing %v", fast, slow, failing)
	}
	for second := 120; second < 420; second++ {
		look(second)
	}
	for _, server := range config.Servers {
		near(t, server.Name+" after the logs have ended", a.Share(server.Name), 1)
	}
}
