package balance_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// tenServers are ten servers of which one is always slow by half, and another
// becomes five times slower.
func tenServers() []simulatedServer {
	servers := make([]simulatedServer, 10)
	for i := range servers {
		servers[i].slowness = 1
	}
	servers[3].slowness = 2
	servers[7].disturbed = 5
	return servers
}

// disturbed returns the simulation of the ten servers: 60 s of calm and 60 s of
// one server five times slower, or a fraction of that where time is short.
func disturbed(policy string, load, logDelay float64) simulation {
	sim := simulation{policy: policy, load: load, logDelay: logDelay, servers: tenServers(),
		length: 24, disturbedAt: 10, restoredAt: 22, seed: 1}
	if full() {
		sim.length, sim.disturbedAt, sim.restoredAt = 180, 60, 120
	}
	return sim
}

// full says whether the simulations that are only there to compare are made too.
func full() bool { return os.Getenv("SPLITGAUGE_FULL") == "1" }

// fastestInLogs and inverseLatency are how one would do it without having
// thought of delay: all to the server that the logs call the fastest, and
// weights in inverse proportion to latency. They steer pools by weights alone.
func fastestInLogs(pools []*balance.Pool, summaries []balance.Summary) {
	fastest := 0
	for i := range summaries {
		if summaries[i].Latency < summaries[fastest].Latency {
			fastest = i
		}
	}
	for _, pool := range pools {
		for i := range summaries {
			weight := 1
			if i == fastest {
				weight = balance.MaxWeight
			}
			pool.SetWeight(summaries[i].Server, weight)
		}
	}
}

func inverseLatency(pools []*balance.Pool, summaries []balance.Summary) {
	for _, pool := range pools {
		for i := range summaries {
			milliseconds := max(1, int(summaries[i].Latency.Milliseconds()))
			pool.SetWeight(summaries[i].Server, max(1, 20000/milliseconds))
		}
	}
}

// TestSimulation holds measured to its promise: with one of ten servers five
// times slower, the 99th percentile stays within 1.5 times of what it was, with
// logs 1 s and 5 s late. The others are there to compare with, -v shows them.
func TestSimulation(t *testing.T) {
	t.Logf("%-28s %6s %9s %12s %14s %12s %12s", "policy", "load", "logs late", "p99 before", "p99 disturbed", "share slow", "share slowed")
	show := func(name string, sim simulation) *outcome {
		o := sim.run(t)
		late := strconv.FormatFloat(sim.logDelay, 'f', 0, 64) + " s"
		if sim.noLogs {
			late = "none"
		}
		t.Logf("%-28s %4.0f %% %9s %9.0f ms %11.0f ms %10.1f %% %10.1f %%", name, 100*sim.load, late,
			p99(o.calm), p99(o.disturbed), 100*o.share(3), 100*o.share(7))
		return o
	}
	for _, delay := range []float64{1, 5} {
		o := show("measured", disturbed("measured", 0.75, delay))
		if before, then := p99(o.calm), p99(o.disturbed); then > 1.5*before {
			t.Errorf("logs %v s late: the 99th percentile goes from %.0f ms to %.0f ms, want at most 1.5 times as much", delay, before, then)
		}
	}
	show("two_random_choices", disturbed("two_random_choices", 0.75, 1))
	steered := disturbed("smooth_weighted_round_robin", 0.75, 1)
	steered.steer = inverseLatency
	show("(weight 1/latency)", steered)
	if !full() {
		return
	}
	steered.steer = fastestInLogs
	show("(fastest in the logs)", steered)
	alone := disturbed("measured", 0.75, 1)
	alone.noLogs = true
	show("measured, no logs", alone)
	for _, policy := range []string{"random", "smooth_weighted_round_robin", "least_connections"} {
		show(policy, disturbed(policy, 0.75, 1))
	}
	for _, load := range []float64{0.55, 0.85} {
		for _, policy := range []string{"measured", "two_random_choices"} {
			show(policy, disturbed(policy, load, 1))
		}
	}
}

// TestFastErrors: a server that answers errors within a millisecond gets less
// than its share, by the cost alone and still less with ejection, where a cost of
// latency alone sends most of the traffic to it.
func TestFastErrors(t *testing.T) {
	servers := make([]simulatedServer, 4)
	for i := range servers {
		servers[i].slowness = 1
	}
	servers[2].fails = true
	sim := simulation{policy: "measured", load: 0.5, logDelay: 1, servers: servers,
		length: 32, disturbedAt: 10, restoredAt: 30, seed: 2, health: balance.Health{ConsecutiveFailures: -1}}
	byCost := sim.run(t).share(2)
	sim.logDelay = 5
	late := sim.run(t).share(2)
	sim.health, sim.logDelay = balance.Health{}, 1
	ejecting := sim.run(t).share(2)
	sim.latencyOnly = true
	latencyOnly := sim.run(t).share(2)
	t.Logf("share of the failing one of four: %.1f %% by cost, %.1f %% with logs 5 s late, %.1f %% with ejection, %.1f %% by latency alone",
		100*byCost, 100*late, 100*ejecting, 100*latencyOnly)
	if latencyOnly < 0.4 {
		t.Error("latency alone does not attract: the test shows nothing")
	}
	if byCost > 0.125 || ejecting > byCost {
		t.Errorf("shares %.3f and %.3f, want at most half of a quarter, and less with ejection", byCost, ejecting)
	}
	if late > 0.25 {
		t.Errorf("with logs 5 s late %.3f, want at most its share", late)
	}
}

// TestKeptConnections has twenty requests on each connection, of which the pool
// sees the first. What the logs say takes traffic off a server that fails or
// becomes slow, which connections alone do not show as soon.
func TestKeptConnections(t *testing.T) {
	for _, test := range []struct {
		name string
		bad  simulatedServer
	}{
		{"fails", simulatedServer{slowness: 1, fails: true}},
		{"five times slower", simulatedServer{slowness: 1, disturbed: 5}},
	} {
		servers := make([]simulatedServer, 4)
		for i := range servers {
			servers[i].slowness = 1
		}
		servers[2] = test.bad
		sim := simulation{policy: "measured", load: 0.5, logDelay: 1, servers: servers, kept: 20,
			length: 42, disturbedAt: 10, restoredAt: 40, seed: 3}
		with := sim.run(t)
		sim.noLogs = true
		without := sim.run(t)
		t.Logf("%s: %.1f %% of requests with logs, p99 %.0f ms; %.1f %% without, p99 %.0f ms", test.name,
			100*with.share(2), p99(with.disturbed), 100*without.share(2), p99(without.disturbed))
		if with.share(2) >= without.share(2) || with.share(2) > 0.10 {
			t.Errorf("%s: a share of %.3f with logs and of %.3f without, want less with logs, and far less than a quarter",
				test.name, with.share(2), without.share(2))
		}
	}
}
