package balance_test

import (
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// TestSmoothSequence: nginx's own example, and what it does while one is down.
func TestSmoothSequence(t *testing.T) {
	pool := newPool(t, balance.Config{Policy: "smooth_weighted_round_robin", Servers: weighted(5, 1, 1)})
	var got strings.Builder
	for range 14 {
		got.WriteString(serve(t, pool, balance.Query{}, 0))
	}
	if want := "aabacaaaabacaa"; got.String() != want {
		t.Errorf("%s, want %s", got.String(), want)
	}
	pool.SetState("a", balance.Maint, beginning)
	got.Reset()
	for range 4 {
		got.WriteString(serve(t, pool, balance.Query{}, 0))
	}
	if want := "bcbc"; got.String() != want {
		t.Errorf("without a: %s, want %s", got.String(), want)
	}
}

func TestRoundRobinSequence(t *testing.T) {
	pool := newPool(t, balance.Config{Policy: "round_robin", Servers: weighted(5, 1, 1, 0)})
	var got strings.Builder
	for i := range 9 {
		if i == 3 {
			pool.Explain(balance.Query{Now: beginning}) // changes nothing
			pool.SetState("b", balance.Drain, beginning)
		}
		got.WriteString(serve(t, pool, balance.Query{}, 0))
	}
	if want := "abcacacac"; got.String() != want {
		t.Errorf("%s, want %s", got.String(), want)
	}
}

// TestHashVectors: worked out independently of this code.
func TestHashVectors(t *testing.T) {
	for _, test := range []struct{ key, consistent, plain string }{
		{"127.0.0.1", "c", "a"},
		{"10.0.0.1", "a", "b"},
		{"203.0.113.7", "b", "b"},
		{"user-42", "c", "c"},
		{"a", "a", "c"},
	} {
		for policy, want := range map[string]string{"consistent_hash": test.consistent, "source_hash": test.plain} {
			pool := newPool(t, balance.Config{Policy: policy, Servers: weighted(1, 1, 1)})
			if got := serve(t, pool, balance.Query{Source: []byte(test.key)}, 0); got != want {
				t.Errorf("%s of %q: %q, want %q", policy, test.key, got, want)
			}
		}
	}
}

// TestLeastConnections: the fewest for their weight, and turns among equals.
func TestLeastConnections(t *testing.T) {
	pool := newPool(t, balance.Config{Policy: "least_connections", Servers: weighted(3, 1, 1)})
	var got strings.Builder
	var open []balance.Choice
	for range 10 {
		open = append(open, place(t, pool, balance.Query{}))
		got.WriteString(open[len(open)-1].Server().Name())
	}
	if want := 6; strings.Count(got.String(), "a") != want {
		t.Errorf("%s, want %d a of 10", got.String(), want)
	}
	open[0].Done(beginning, balance.Completed) // of a, which has the fewest for its weight now
	choice := place(t, pool, balance.Query{})
	if d := choice.Decision(); choice.Server().Name() != "a" || d.Cost != 5./3 || d.OtherCost != 2 {
		t.Errorf("%q with %+v, want a with 5/3 rather than 2", choice.Server().Name(), d)
	}
}
