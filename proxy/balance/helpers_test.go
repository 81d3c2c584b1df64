package balance_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// beginning is when tests begin; any time would do.
var beginning = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// at returns the time so many seconds after the beginning.
func at(seconds float64) time.Time {
	return beginning.Add(time.Duration(seconds * float64(time.Second)))
}

// seeded returns random numbers that are the same in every run.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20261125)) }

// weighted returns servers a, b, c, … of these weights; 0 is disabled.
func weighted(weights ...int) (servers []balance.ServerConfig) {
	for i, weight := range weights {
		servers = append(servers, balance.ServerConfig{
			Name: string(rune('a' + i)), Address: fmt.Sprintf("10.0.0.%d:8080", i+1), Weight: weight, Disabled: weight == 0})
	}
	return servers
}

func newPool(t testing.TB, config balance.Config) *balance.Pool {
	t.Helper()
	if config.Random == nil {
		config.Random = seeded(1)
	}
	pool, err := balance.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// place picks, and fails the test if it cannot.
func place(t testing.TB, pool *balance.Pool, q balance.Query) balance.Choice {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = beginning
	}
	choice, err := pool.Pick(q)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

// serve picks, has the server answer after a time, and returns its name.
func serve(t testing.TB, pool *balance.Pool, q balance.Query, latency time.Duration) string {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = beginning
	}
	choice := place(t, pool, q)
	answer(&choice, q.Now, latency)
	return choice.Server().Name()
}

// answer plays a connection that is answered a time after it was placed.
func answer(choice *balance.Choice, placed time.Time, latency time.Duration) {
	choice.Connected(placed)
	choice.Sent(placed)
	choice.FirstByte(placed.Add(latency))
	choice.Done(placed.Add(latency), balance.Completed)
}

// statsOf returns what a pool knows of a server.
func statsOf(t testing.TB, pool *balance.Pool, name string, now time.Time) balance.ServerStats {
	t.Helper()
	for _, s := range pool.Stats(now).Servers {
		if s.Server.Name() == name {
			return s
		}
	}
	t.Fatalf("no server %q", name)
	return balance.ServerStats{}
}

// chiSquare returns Pearson's statistic of what was seen against shares.
func chiSquare(seen map[string]int, shares map[string]float64) (statistic float64) {
	total := 0
	for _, n := range seen {
		total += n
	}
	for name, share := range shares {
		expected := share * float64(total)
		difference := float64(seen[name]) - expected
		statistic += difference * difference / expected
	}
	return statistic
}

// criticalChiSquare is what Pearson's statistic exceeds once in a thousand
// times, by degrees of freedom (tables of the chi-square distribution).
var criticalChiSquare = map[int]float64{1: 10.828, 2: 13.816, 3: 16.266, 4: 18.467, 9: 27.877}
