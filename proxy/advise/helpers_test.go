package advise_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// epoch is when tests with times of their own begin.
var epoch = time.Unix(1_700_000_000, 0)

func at(seconds float64) time.Time { return epoch.Add(time.Duration(seconds * float64(time.Second))) }

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	over := time.After(patience)
	for !so() {
		select {
		case <-over:
			t.Fatalf("not so within %v: %s", patience, what)
		case <-ticker.C:
		}
	}
}

// poolOf returns a pool with servers s0, s1, … of some weights, and fresh logs
// that find them all alike.
func poolOf(t testing.TB, weights ...int) *advise.Pool {
	t.Helper()
	config := balance.Config{Name: "app"}
	for i, weight := range weights {
		config.Servers = append(config.Servers, balance.ServerConfig{
			Name: fmt.Sprintf("s%d", i), Address: fmt.Sprintf("127.0.0.1:%d", 10_000+i), Weight: weight, Disabled: weight == 0})
	}
	pool, err := balance.New(config)
	if err != nil {
		t.Fatal(err)
	}
	p := &advise.Pool{Name: "app", Stats: pool.Stats(epoch)}
	p.Stats.LogsUsed, p.Stats.LogAge = true, time.Second
	for i := range p.Stats.Servers {
		advised(p, i, 1)
	}
	return p
}

// advised has the pool find that a server should have a share of its weight.
func advised(p *advise.Pool, server int, share float64) {
	s := &p.Stats.Servers[server]
	s.EffectiveWeight = float64(s.Weight)
	s.AdvisedWeight = share * s.EffectiveWeight
	s.Own, s.Log = time.Millisecond, 1
}
