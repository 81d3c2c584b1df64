package balance_test

import (
	"encoding/binary"
	"math"
	"net/netip"
	"testing"

	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/splitclients"
)

// sources returns n addresses, as text, the same in every run.
func sources(n int) [][]byte {
	random := seeded(7)
	texts := make([][]byte, n)
	for i := range texts {
		var address [4]byte
		binary.BigEndian.PutUint32(address[:], random.Uint32())
		texts[i] = netip.AddrFrom4(address).AppendTo(nil)
	}
	return texts
}

// TestDistribution holds what policies do with an idle pool against the shares
// that they promise. The random numbers are fixed, and so is the outcome.
func TestDistribution(t *testing.T) {
	const connections = 60000
	byWeight := map[string]float64{"a": 0.5, "b": 0.3, "c": 0.1, "d": 0.1}
	evenly := map[string]float64{"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}
	for _, test := range []struct {
		policy string
		want   map[string]float64
	}{
		{"random", evenly},
		{"weighted_random", byWeight},
		{"round_robin", evenly},
		{"smooth_weighted_round_robin", byWeight},
		{"least_connections", byWeight},
		{"two_random_choices", byWeight},
		{"measured", byWeight},
		{"source_hash", byWeight},
		{"rendezvous_hash", byWeight},
	} {
		t.Run(test.policy, func(t *testing.T) {
			pool := newPool(t, balance.Config{Policy: test.policy, Servers: weighted(5, 3, 1, 1, 0)})
			seen := map[string]int{}
			for _, source := range sources(connections) {
				seen[serve(t, pool, balance.Query{Source: source}, 0)]++
			}
			statistic := chiSquare(seen, test.want)
			t.Logf("%v, chi-square %.2f", seen, statistic)
			if critical := criticalChiSquare[3]; statistic > critical || len(seen) > 4 {
				t.Errorf("chi-square %.2f of %v, want at most %.3f", statistic, seen, critical)
			}
			wrong := evenly
			if test.want["a"] == 0.25 {
				wrong = byWeight
			}
			if chiSquare(seen, wrong) < 1000 {
				t.Error("the test does not tell the shares apart")
			}
		})
	}
}

// TestDistributionOfConsistentHash: ketama's shares are as even as its points.
func TestDistributionOfConsistentHash(t *testing.T) {
	pool := newPool(t, balance.Config{Policy: "consistent_hash", Servers: weighted(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)})
	seen := map[string]int{}
	most := 0
	for _, source := range sources(50000) {
		name := serve(t, pool, balance.Query{Source: source}, 0)
		seen[name]++
		most = max(most, seen[name])
	}
	t.Logf("largest share / mean share %.3f: %v", float64(most)/5000, seen)
	if len(seen) != 10 || most > 6250 {
		t.Errorf("%v, want no more than a quarter above 5000 anywhere", seen)
	}
}

// TestEvennessOfPolicies shows how far from their share servers are after
// 10 000 connections: turns are exact, draws are off by the root of their number.
func TestEvennessOfPolicies(t *testing.T) {
	clients := sources(10000)
	for _, policy := range []string{"random", "smooth_weighted_round_robin", "two_random_choices", "rendezvous_hash", "consistent_hash"} {
		pool := newPool(t, balance.Config{Policy: policy, Servers: weighted(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)})
		seen := map[string]int{}
		for _, source := range clients {
			seen[serve(t, pool, balance.Query{Source: source}, 0)]++
		}
		least, most := len(clients), 0
		for _, n := range seen {
			least, most = min(least, n), max(most, n)
		}
		t.Logf("%-28s fewest %d, most %d of 1000", policy, least, most)
		if policy == "smooth_weighted_round_robin" && (least != 1000 || most != 1000) {
			t.Error("turns are not even")
		}
	}
}

// TestSmallHashIsUneven: 15 bits modulo a sum of weights that is no small part
// of 2^15, which is what nginx's plain hash does, and source_hash with it.
func TestSmallHashIsUneven(t *testing.T) {
	for _, total := range []int{3, 100, 1000, 10000, 20000} {
		counts := make([]int, total)
		for hash := range 1 << 15 {
			counts[hash%total]++
		}
		t.Logf("%5d residues: %d or %d of 32768 hashes each, %.2f %% more", total, counts[total-1], counts[0],
			100*(float64(counts[0])/float64(counts[total-1])-1))
	}
	// Two halves of a sum of 20 000 = 0.61 of 2^15: the first 10 000 residues come up
	// twice, of the second 10 000 only 2 768.
	pool := newPool(t, balance.Config{Policy: "source_hash", Servers: weighted(10000, 10000)})
	seen := map[string]int{}
	clients := sources(60000)
	for _, source := range clients {
		seen[serve(t, pool, balance.Query{Source: source}, 0)]++
	}
	want := map[string]float64{"a": 20000. / 32768, "b": 12768. / 32768}
	statistic := chiSquare(seen, want)
	t.Logf("weights 10000 and 10000: shares %.3f and %.3f", float64(seen["a"])/60000, float64(seen["b"])/60000)
	if statistic > criticalChiSquare[1] {
		t.Errorf("chi-square %.2f of %v, want at most %.3f", statistic, seen, criticalChiSquare[1])
	}
	rendezvous := newPool(t, balance.Config{Policy: "rendezvous_hash", Servers: weighted(10000, 10000)})
	clear(seen)
	for _, source := range clients {
		seen[serve(t, rendezvous, balance.Query{Source: source}, 0)]++
	}
	if statistic := chiSquare(seen, map[string]float64{"a": 0.5, "b": 0.5}); statistic > criticalChiSquare[1] {
		t.Errorf("rendezvous: chi-square %.2f of %v", statistic, seen)
	}
}

// TestModuloOfPowersOfTwo computes how much likelier some results of rand()%n
// are, for sources of 15, 31 and 64 bits.
func TestModuloOfPowersOfTwo(t *testing.T) {
	for _, bits := range []int{15, 31, 64} {
		for _, n := range []float64{3, 10, 1000, 10000} {
			outputs := math.Exp2(float64(bits))
			t.Logf("%2d bits, n = %5.0f: some are likelier by %.2g %%", bits, n, 100/math.Floor(outputs/n))
		}
	}
	counts := make([]int, 3)
	for hash := range 1 << 15 {
		counts[hash%3]++
	}
	if counts[0] != 10923 || counts[2] != 10922 {
		t.Errorf("%v", counts)
	}
}

// TestDisruption counts which sources move when one of ten servers goes, and
// when it comes back.
func TestDisruption(t *testing.T) {
	clients := sources(20000)
	for _, test := range []struct {
		policy string
		few    bool // only what the server had moves
	}{
		{"source_hash", false},
		{"consistent_hash", true},
		{"rendezvous_hash", true},
	} {
		t.Run(test.policy, func(t *testing.T) {
			servers := weighted(1, 2, 1, 1, 3, 1, 1, 1, 1, 1)
			config := balance.Config{Policy: test.policy, Servers: servers, Health: balance.Health{SlowStart: -1}}
			pool := newPool(t, config)
			before := placements(t, pool, clients)
			config.Servers = append(append(config.Servers[:0:0], servers[:4]...), servers[5:]...)
			if err := pool.Reconfigure(config, at(1)); err != nil {
				t.Fatal(err)
			}
			after := placements(t, pool, clients)
			had, moved, needless := 0, 0, 0
			for i := range before {
				if before[i] == "e" {
					had++
				}
				if before[i] != after[i] {
					moved++
					if before[i] != "e" {
						needless++
					}
				}
			}
			t.Logf("it had %.1f %%, %.1f %% moved, %.1f %% needlessly", percent(had, before), percent(moved, before), percent(needless, before))
			if test.few != (needless == 0) || moved < had {
				t.Errorf("%d moved needlessly, %d of %d had to", needless, moved, had)
			}
			config.Servers = servers
			if err := pool.Reconfigure(config, at(2)); err != nil {
				t.Fatal(err)
			}
			for i, name := range placements(t, pool, clients) {
				if name != before[i] {
					t.Fatalf("source %s is at %q after all is as before, want %q", clients[i], name, before[i])
				}
			}
			t.Run("health", func(t *testing.T) { ejectOne(t, pool, clients, before) })
		})
	}
}

// ejectOne checks that an ejection moves what the server had, whatever the policy.
func ejectOne(t *testing.T, pool *balance.Pool, clients [][]byte, before []string) {
	if err := pool.Eject("e", at(3), 1e9); err != nil {
		t.Fatal(err)
	}
	for i, name := range placements(t, pool, clients) {
		if (name != before[i]) != (before[i] == "e") {
			t.Fatalf("source %s went from %q to %q when %q was ejected", clients[i], before[i], name, "e")
		}
	}
	pool.Restore("e", at(3))
}

func percent(n int, of []string) float64 { return 100 * float64(n) / float64(len(of)) }

func placements(t *testing.T, pool *balance.Pool, clients [][]byte) (names []string) {
	t.Helper()
	for _, source := range clients {
		names = append(names, serve(t, pool, balance.Query{Now: at(1), Source: source}, 0))
	}
	return names
}

// TestWeightOnlyGains: a server whose weight grows takes sources from others,
// and none moves between others.
func TestWeightOnlyGains(t *testing.T) {
	clients := sources(20000)
	pool := newPool(t, balance.Config{Policy: "rendezvous_hash", Servers: weighted(1, 1, 1, 1)})
	before := placements(t, pool, clients)
	if err := pool.SetWeight("c", 2); err != nil {
		t.Fatal(err)
	}
	gained := 0
	for i, name := range placements(t, pool, clients) {
		if name != before[i] {
			gained++
			if name != "c" {
				t.Fatalf("source %s went from %q to %q when %q became heavier", clients[i], before[i], name, "c")
			}
		}
	}
	t.Logf("%.1f %% moved, want 15 %%", percent(gained, before)) // 2/5 - 1/4
	if gained < 2800 || gained > 3200 {
		t.Errorf("%d moved, want about 3000", gained)
	}
}

func splitOf(t testing.TB, text string) *splitclients.Split {
	t.Helper()
	split, err := splitclients.Parse(text, splitclients.RuleFrom1312)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

// TestSplitClients: every source is where nginx's split_clients puts it, also
// while servers of its variant are down, and within the variant by weight.
func TestSplitClients(t *testing.T) {
	split := splitOf(t, `split_clients "${remote_addr}AAA" $variant { 20% .one; 30% b; }`) // the rest is of no part, and ""
	servers := []balance.ServerConfig{
		{Name: "one-1", Address: "10.0.0.1:80", Variant: ".one"},
		{Name: "one-2", Address: "10.0.0.2:80", Variant: ".one", Weight: 3},
		{Name: "b", Address: "10.0.0.3:80"},
		{Name: "rest", Address: "10.0.0.4:80"},
	}
	variantOf := map[string]string{"one-1": ".one", "one-2": ".one", "b": "b", "rest": ""}
	pool := newPool(t, balance.Config{Policy: "split_clients", Servers: servers, Split: split})
	seen := map[string]int{}
	check := func() {
		clear(seen)
		for _, source := range sources(40000) {
			name := serve(t, pool, balance.Query{Source: source}, 0)
			seen[name]++
			want := split.Table.Variant(append(append([]byte{}, source...), "AAA"...))
			if variantOf[name] != want {
				t.Fatalf("source %s went to %q, want a server of the variant %q", source, name, want)
			}
		}
	}
	check()
	statistic := chiSquare(seen, map[string]float64{"one-1": 0.05, "one-2": 0.15, "b": 0.3, "rest": 0.5})
	t.Logf("%v, chi-square %.2f", seen, statistic)
	if statistic > criticalChiSquare[3] {
		t.Errorf("chi-square %.2f of %v", statistic, seen)
	}
	pool.Eject("one-2", beginning, 1e12)
	pool.Eject("b", beginning, 1e12)
	check()
	if seen["one-2"] != 0 || seen["b"] == 0 {
		t.Errorf("%v, want none at one-2, which has another, and those of b at b, which has not", seen)
	}
}
