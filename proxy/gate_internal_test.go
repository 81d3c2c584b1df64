package proxy

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func numbered(n int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	return netip.AddrFrom4(b)
}

// TestSourceTableDoesNotForgive fills the table with other sources, again and
// again: one that has used up its rate must not get more by it, nor may one with
// as many connections as it may have.
func TestSourceTableDoesNotForgive(t *testing.T) {
	g := newGate(GateConfig{Connections: 2, Rate: 1, Burst: 3, Sources: 100}.withDefaults())
	now := time.Unix(1_700_000_000, 0)
	culprit, holder := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	admitted := 0
	for range 2 {
		if _, rule := g.admit(holder, now); rule != passed {
			t.Fatalf("the holder is denied by %v", rule)
		}
	}
	const seconds = 20
	for second := range seconds {
		for n := range 1000 {
			other := numbered(1<<24 + second*1000 + n)
			if s, rule := g.admit(other, now); rule == passed {
				g.leave(s, now)
			}
			if n%10 == 0 {
				if s, rule := g.admit(culprit, now); rule == passed {
					admitted++
					g.leave(s, now)
				}
				if _, rule := g.admit(holder, now); rule != RuleSourceConnections {
					t.Fatalf("the holder: %v, want %v", rule, RuleSourceConnections)
				}
			}
			now = now.Add(time.Millisecond)
		}
	}
	if admitted > 3+seconds {
		t.Errorf("the culprit was let in %d times within %d seconds, at most %d", admitted, seconds, 3+seconds)
	}
	if n := len(g.sources.seats); n > 100 {
		t.Errorf("%d sources are kept, at most 100", n)
	}
	if n := g.sources.shared.connections; n != 0 {
		t.Errorf("%d connections are left of those who shared", n)
	}
}

// TestSourceTableCounts plays random connections against plain counting.
func TestSourceTableCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 3).Draw(t, "limit")
		g := newGate(GateConfig{Connections: limit, Sources: 50}.withDefaults())
		now := time.Unix(1_700_000_000, 0)
		open := map[netip.Addr][]*seat{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			source := numbered(rapid.IntRange(0, 20).Draw(t, "source"))
			if seats := open[source]; len(seats) > 0 && rapid.Bool().Draw(t, "leaves") {
				g.leave(seats[0], now)
				open[source] = seats[1:]
				continue
			}
			s, rule := g.admit(source, now)
			if want := len(open[source]) < limit; (rule == passed) != want {
				t.Fatalf("%v with %d open: %v", source, len(open[source]), rule)
			}
			if rule == passed {
				open[source] = append(open[source], s)
			}
		}
	})
}

func TestSourceOf(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		if got := sourceOf(netip.MustParseAddr(text), 64); got.String() != want {
			t.Errorf("%s is of source %v, want %s", text, got, want)
		}
	}
}
