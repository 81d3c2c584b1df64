package aggregator

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/parser"
)

var windowsBegin = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

// visit is a request of a client.
func visit(client string, at time.Time) *parser.Entry {
	return &parser.Entry{Time: at.UnixMilli(), Status: 200, RemoteAddr: []byte(client), RequestTime: parser.Absent, BytesSent: parser.Absent}
}

// windowsTruth is what windows are said to be, kept the plain way: all of them.
type windowsTruth map[string]*[len(WindowSeconds)]map[int64]*Clients // by variant, length and start

func (truth windowsTruth) add(e *parser.Entry) {
	variant := string(e.Variant)
	if truth[variant] == nil {
		truth[variant] = &[len(WindowSeconds)]map[int64]*Clients{{}, {}, {}}
	}
	for length, seconds := range WindowSeconds {
		start := time.UnixMilli(e.Time).Unix() / seconds * seconds
		clients := truth[variant][length][start]
		if clients == nil {
			clients = NewClients()
			truth[variant][length][start] = clients
		}
		clients.add(hashClient(e.RemoteAddr))
	}
}

// latest returns the two latest windows of each length.
func (truth windowsTruth) latest() map[string]*Windows {
	all := make(map[string]*Windows)
	for variant, lengths := range truth {
		all[variant] = new(Windows)
		for length, windows := range lengths {
			starts := slices.Sorted(maps.Keys(windows))
			for i := range min(2, len(starts)) {
				start := starts[len(starts)-1-i]
				all[variant][length][i] = Window{start, windows[start]}
			}
		}
	}
	return all
}

// TestWindowsAreAFunctionOfTheRequests spreads requests over shards, in random
// order, with restarts and looks in between, and wants the two latest windows of
// what there was.
func TestWindowsAreAFunctionOfTheRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		spread := []time.Duration{10 * time.Minute, 2 * time.Hour, 3 * 24 * time.Hour}[rapid.IntRange(0, 2).Draw(t, "spread")]
		config := Config{Windows: true}
		shards := []*Shard{NewShard(config), NewShard(config), NewShard(config)}
		truth := make(windowsTruth)
		for range 150 {
			e := visit(fmt.Sprint(random.IntN(40)), windowsBegin.Add(time.Duration(random.Int64N(int64(spread)))))
			e.Variant, e.HasVariant = []byte{"ab"[random.IntN(2)]}, true
			truth.add(e)
			i := random.IntN(len(shards))
			shards[i].Add(e)
			switch random.IntN(10) {
			case 0:
				shards[i].Summary()
			case 1:
				after := NewShard(config)
				after.Restore(shards[i].Snapshot())
				shards[i] = after
			}
		}
		var merged, want Snapshot
		merged, want = *NewSnapshot(), *NewSnapshot()
		for _, i := range random.Perm(len(shards)) {
			merged.Merge(shards[i].Snapshot())
		}
		want.Windows = truth.latest()
		merged = Snapshot{Timeline: want.Timeline, First: want.First, Last: want.Last, Windows: merged.Windows}
		if !bytes.Equal(marshal(t, &merged), marshal(t, &want)) {
			t.Fatalf("requests over %v: other windows than their two latest", spread)
		}
	})
}

// TestWindowsEstimate asks at both ends of when a window is the last whole one.
func TestWindowsEstimate(t *testing.T) {
	shard := NewShard(Config{Windows: true})
	for minute := range 8 { // 10:00 to 10:07
		shard.Add(visit(fmt.Sprint(minute), windowsBegin.Add(time.Duration(minute)*time.Minute)))
	}
	w := shard.Snapshot().Windows[""]
	for _, test := range []struct {
		length int
		at     string
		want   int64
	}{
		{0, "10:04:59.999", 0}, // 9:55 to 10:00
		{0, "10:05:00.000", 5},
		{0, "10:09:59.999", 5},
		{0, "10:10:00.000", 3},
		{0, "10:15:00.000", 0}, // nobody came since 10:10
		{1, "10:59:59.999", 0},
		{1, "11:00:00.000", 8},
		{1, "12:00:00.000", 0},
		{2, "23:59:59.999", 0},
	} {
		clock, err := time.Parse("15:04:05.000", test.at)
		if err != nil {
			t.Fatal(err)
		}
		now := windowsBegin.Add(clock.Sub(time.Date(0, 1, 1, 10, 0, 0, 0, time.UTC)))
		if got := w.Estimate(test.length, now.UnixMilli()); got != test.want {
			t.Errorf("window of %d s at %s: %d clients, want %d", WindowSeconds[test.length], test.at, got, test.want)
		}
	}
	if got := w.Estimate(2, windowsBegin.Add(24*time.Hour).UnixMilli()); got != 8 {
		t.Errorf("window of a day on the next: %d clients, want 8", got)
	}
}

// TestWindowsAndClocks has requests ahead of the clock, by a little and by a
// lifetime, and a clock that is set back.
func TestWindowsAndClocks(t *testing.T) {
	shard := NewShard(Config{Windows: true})
	now := windowsBegin.Add(9 * time.Minute)
	shard.SetNow(now.UnixMilli())
	estimate := func(at time.Time) int64 {
		w := shard.Snapshot().Windows[""]
		return w.Estimate(0, at.UnixMilli())
	}
	shard.Add(visit("in time", windowsBegin.Add(time.Minute)))
	shard.Add(visit("a bit ahead", now.Add(4*time.Minute)))
	shard.Add(visit("too far", now.Add(6*time.Minute)))
	shard.Add(visit("2099", time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)))
	if got := estimate(now); got != 1 {
		t.Errorf("%d clients in the last whole window, want the 1 that was in time", got)
	}
	if got := estimate(now.Add(5 * time.Minute)); got != 1 {
		t.Errorf("%d clients in the window of now, want the 1 that was a bit ahead", got)
	}

	shard.SetNow(now.AddDate(70, 0, 0).UnixMilli())
	shard.Add(visit("2096", now.AddDate(70, 0, 0)))
	shard.SetNow(now.UnixMilli())
	shard.Add(visit("back again", now))
	shard.Add(visit("late", windowsBegin.Add(time.Minute)))
	if got := estimate(now.Add(5 * time.Minute)); got != 2 {
		t.Errorf("%d clients in the window of now once the clock is right again, want 2", got)
	}
	day := shard.Snapshot().Windows[""]
	if got := day.Estimate(2, windowsBegin.Add(24*time.Hour).UnixMilli()); got != 4 {
		t.Errorf("%d clients in the day, want 4: none of the future, all of the others", got)
	}
}

// TestWindowsOnlyWhereAskedFor wants no memory for them otherwise, and none for
// requests without a client or a time.
func TestWindowsOnlyWhereAskedFor(t *testing.T) {
	without, with := NewShard(Config{}), NewShard(Config{Windows: true})
	without.Add(visit("a", windowsBegin))
	with.Add(&parser.Entry{Time: parser.NoTime, RemoteAddr: []byte("a")})
	with.Add(&parser.Entry{Time: windowsBegin.UnixMilli()})
	for _, shard := range []*Shard{without, with} {
		if n := len(shard.Snapshot().Windows); n != 0 {
			t.Errorf("%d variants have windows, want none", n)
		}
	}
}

// TestWindowsAllocations adds requests of windows that are there, early and late.
func TestWindowsAllocations(t *testing.T) {
	shard := NewShard(Config{Windows: true})
	late, current, gone := visit("a", windowsBegin), visit("b", windowsBegin.Add(6*time.Minute)), visit("c", windowsBegin.Add(-48*time.Hour))
	add := func() {
		for _, e := range []*parser.Entry{late, current, gone} {
			shard.Add(e)
		}
	}
	add()
	if allocations := testing.AllocsPerRun(100, add); allocations != 0 {
		t.Errorf("%v allocations for 3 requests of known windows; want none", allocations)
	}
}
