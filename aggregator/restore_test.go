package aggregator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/parser"
)

// TestRestoreGoesOn cuts a stream of entries somewhere, restores what was counted
// before into another shard, and wants the bytes of the shard that saw all.
func TestRestoreGoesOn(t *testing.T) {
	config := Config{Hosts: true, Paths: true, Windows: true, Variants: []string{".one"}, Servers: []string{"10.0.0.9:80"}}
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		whole, before := NewShard(config), NewShard(config)
		n := rapid.IntRange(0, 200).Draw(t, "entries")
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		after := NewShard(config)
		for i := range n {
			if i == cut {
				after.Restore(before.Snapshot())
			}
			e := entry(random)
			whole.Add(e)
			whole.AddLine(parser.Partial, "trailing")
			whole.AddBytes(10, 1)
			shard := before
			if i >= cut {
				shard = after
			}
			shard.Add(e)
			shard.AddLine(parser.Partial, "trailing")
			shard.AddBytes(10, 1)
		}
		if cut == n {
			after.Restore(before.Snapshot())
		}
		want := whole.Snapshot()
		if !bytes.Equal(marshal(t, after.Snapshot()), marshal(t, want)) {
			t.Fatalf("cut at %d of %d: another snapshot", cut, n)
		}
		if cut == n && !bytes.Equal(marshal(t, after.Snapshot()), marshal(t, before.Snapshot())) {
			t.Fatal("a restored snapshot is another one")
		}
	})
}

// wildEntry returns a request whose names come from more than there is room for,
// "other" among them, at any time.
func wildEntry(random *rand.Rand) *parser.Entry {
	e := entry(random)
	name := func(n int) []byte {
		if i := random.IntN(n); i > 0 {
			return fmt.Append(nil, "name", i)
		}
		return []byte(Other)
	}
	e.Time = random.Int64N(100 * day * 1000)
	e.Status = random.IntN(1000)
	e.Variant, e.Host = name(2*MaxVariants), name(2*MaxHosts)
	for i := range e.Attempts {
		e.Attempts[i].Server, e.Attempts[i].Status = name(2*MaxServers), random.IntN(1000)
	}
	return e
}

// TestRestoreGoesOnAfterOverflow is TestRestoreGoesOn where names overflow: those
// that have a slot keep it, and those that have none get none.
func TestRestoreGoesOnAfterOverflow(t *testing.T) {
	config := Config{Hosts: true, Windows: true, Variants: []string{"name1"}, Servers: []string{"name2"}}
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 0))
		whole, cut := NewShard(config), NewShard(config)
		at := random.IntN(700)
		for i := range 700 {
			if i == at {
				after := NewShard(config)
				after.Restore(cut.Snapshot())
				cut = after
			}
			e := wildEntry(random)
			whole.Add(e)
			cut.Add(e)
		}
		want := whole.Snapshot()
		if o := want.Overflow; o.Variant == 0 || o.Host == 0 || o.Status == 0 {
			t.Fatalf("overflow of %v: the test has to flood every dimension", o)
		}
		if !bytes.Equal(marshal(t, cut.Snapshot()), marshal(t, want)) {
			t.Fatalf("seed %d, cut at %d: another snapshot", seed, at)
		}
	}
}

// TestRestoreManyPaths is the same for paths, of which there may be most.
func TestRestoreManyPaths(t *testing.T) {
	whole, cut := NewShard(Config{Paths: true}), NewShard(Config{Paths: true})
	for i := range 3 * MaxPaths {
		if i == 2*MaxPaths {
			after := NewShard(Config{Paths: true})
			after.Restore(cut.Snapshot())
			cut = after
		}
		e := &parser.Entry{Time: parser.NoTime, HasRequest: true, Target: fmt.Appendf(nil, "/p%dx", i%(MaxPaths+10)), RequestTime: 1}
		whole.Add(e)
		cut.Add(e)
	}
	if !bytes.Equal(marshal(t, cut.Snapshot()), marshal(t, whole.Snapshot())) {
		t.Error("another snapshot than without the restart")
	}
}

// TestRestoreKeepsOverflow restores more names than there is room for beside the
// declared ones: the totals stay.
func TestRestoreKeepsOverflow(t *testing.T) {
	full := NewShard(Config{})
	for i := range 2 * MaxVariants {
		full.Add(&parser.Entry{Variant: fmt.Append(nil, "v", i), HasVariant: true, Status: 200, Time: parser.NoTime, RequestTime: 3, BytesSent: 1})
	}
	declared := NewShard(Config{Variants: []string{"declared"}})
	declared.Restore(full.Snapshot())
	declared.Add(&parser.Entry{Variant: []byte("declared"), HasVariant: true, Status: 200, Time: parser.NoTime, RequestTime: parser.Absent, BytesSent: parser.Absent})
	got := declared.Snapshot()
	if lost := got.Variants[Other].Requests; lost != MaxVariants+1 || got.Overflow.Variant != lost {
		t.Errorf("%d requests of %q, %d of them counted as overflow, want %d", lost, Other, got.Overflow.Variant, MaxVariants+1)
	}
	again := NewShard(Config{Variants: []string{"declared"}})
	again.Restore(got)
	if !bytes.Equal(marshal(t, again.Snapshot()), marshal(t, got)) {
		t.Error("a second restart changes what the first has settled")
	}
	var requests, bytesSent int64
	for _, row := range got.Variants {
		requests += row.Requests
		bytesSent += row.BytesSent
	}
	if requests != 2*MaxVariants+1 || bytesSent != 2*MaxVariants || got.Variants["declared"] == nil || len(got.Variants) != MaxVariants+1 {
		t.Errorf("%d requests, %d bytes in %d rows, want %d, %d in %d, one of them declared's",
			requests, bytesSent, len(got.Variants), 2*MaxVariants+1, 2*MaxVariants, MaxVariants+1)
	}
}

// TestRestoreWideCounters restores a count that is wider than a shard's counter.
func TestRestoreWideCounters(t *testing.T) {
	s := NewShard(Config{})
	s.Add(&parser.Entry{Status: 200, Time: parser.NoTime, RequestTime: 7, BytesSent: 1})
	snapshot := s.Snapshot()
	snapshot.Variants[""].RequestTime.Buckets[0].Count = 5 << 32
	restored := NewShard(Config{})
	restored.Restore(snapshot)
	restored.Add(&parser.Entry{Status: 200, Time: parser.NoTime, RequestTime: 7, BytesSent: 1})
	if got := restored.Snapshot().Variants[""].RequestTime.Count(); got != 5<<32+1 {
		t.Errorf("%d latencies, want %d", got, int64(5<<32+1))
	}
}

// TestSummary is the part of a snapshot that scrapes need.
func TestSummary(t *testing.T) {
	s := NewShard(Config{Hosts: true, Paths: true, Windows: true})
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		s.Add(entry(random))
	}
	want := s.Snapshot()
	requests := make(map[RequestKey]int64)
	for key, n := range want.Requests {
		key.Host = ""
		requests[key] += n
	}
	want.Requests = requests
	got := s.Summary()
	empty := NewSnapshot()
	want.Hosts, want.Paths, want.Timeline, want.First, want.Last = empty.Hosts, empty.Paths, empty.Timeline, empty.First, empty.Last
	for _, row := range want.Variants {
		row.Clients = nil
	}
	if !bytes.Equal(marshal(t, got), marshal(t, want)) {
		t.Error("the summary is another one than the snapshot without hosts, paths, clients and timeline")
	}
}

// TestUnionIsMerge wants what plain merging gives, where there is room for all.
func TestUnionIsMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	union, plain := NewUnion(Held{}), NewSnapshot()
	var snapshots []*Snapshot
	for range 4 {
		shard := NewShard(Config{Hosts: true, Paths: true, Windows: true})
		for range 300 {
			shard.Add(entry(random))
		}
		snapshots = append(snapshots, shard.Snapshot())
		plain.Merge(shard.Snapshot())
	}
	before := marshal(t, snapshots[0])
	for range 2 {
		if !bytes.Equal(marshal(t, union.Merge(snapshots...)), marshal(t, plain)) {
			t.Error("a union is another sum than the snapshots merged")
		}
	}
	if !bytes.Equal(marshal(t, snapshots[0]), before) {
		t.Error("a union changes what it merges")
	}
}

// TestUnionDeclares wants declared names to have a slot in a union that is full.
func TestUnionDeclares(t *testing.T) {
	full, late := NewShard(Config{}), NewShard(Config{})
	for i := range MaxVariants {
		full.Add(&parser.Entry{Time: parser.NoTime, Variant: fmt.Appendf(nil, "v%02d", i), HasVariant: true})
	}
	late.Add(&parser.Entry{Time: parser.NoTime, Variant: []byte("zz"), HasVariant: true})
	union := NewUnion(Held{})
	if sum := union.Merge(full.Snapshot(), late.Snapshot()); sum.Variants["zz"] != nil || sum.Overflow.Variant != 1 {
		t.Error("there is room for one variant more than there should be")
	}
	union.Declare([]string{"zz"}, []string{"10.0.0.1:80"})
	sum := NewUnion(union.Held()).Merge(full.Snapshot(), late.Snapshot())
	if sum.Variants["zz"] == nil || sum.Variants["v31"] != nil || len(sum.Variants) != MaxVariants+1 {
		t.Errorf("%d variants, want %d, the declared one among them", len(sum.Variants), MaxVariants+1)
	}
}

// TestMergeBoundsStatuses has shards whose statuses differ, those of attempts too.
func TestMergeBoundsStatuses(t *testing.T) {
	sum, total := NewSnapshot(), int64(0)
	for from := 0; from < 1000; from += 40 {
		shard := NewShard(Config{})
		for status := from; status < from+40; status++ {
			e := &parser.Entry{Time: parser.NoTime, Status: 200}
			e.Attempts = []parser.Attempt{{Server: []byte("10.0.0.1:80"), Status: status}}
			shard.Add(e)
			total++
		}
		sum.Merge(shard.Snapshot())
	}
	var attempts int64
	for _, n := range sum.Upstreams["10.0.0.1:80"].Status {
		attempts += n
	}
	if kinds := len(sum.Upstreams["10.0.0.1:80"].Status); kinds > MaxStatuses+1 || attempts != total {
		t.Errorf("%d attempts of %d statuses, want %d of at most %d", attempts, kinds, total, MaxStatuses+1)
	}
}

// TestUnionNeverStepsBack merges growing shards again and again, with more names
// than there is room for.
func TestUnionNeverStepsBack(t *testing.T) {
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 1))
		shards := []*Shard{NewShard(Config{}), NewShard(Config{}), NewShard(Config{})}
		union := NewUnion(Held{})
		var last *Snapshot
		total := int64(0)
		for round := range 12 {
			for range 40 {
				e := entry(random)
				e.Variant = fmt.Appendf(nil, "v%d", random.IntN(60))
				e.Status = 200 + random.IntN(90)
				for i := range e.Attempts {
					e.Attempts[i].Server, e.Attempts[i].Status = fmt.Appendf(nil, "s%d:80", random.IntN(900)), 500+random.IntN(50)
				}
				shards[random.IntN(len(shards))].Add(e)
				total++
			}
			if round == 6 {
				union = NewUnion(union.Held()) // a restart
			}
			sum := union.Merge(shards[0].Summary(), shards[1].Summary(), shards[2].Summary())
			noStepBack(t, last, sum)
			var requests int64
			for _, n := range sum.Requests {
				requests += n
			}
			if requests != total || len(sum.Variants) > MaxVariants+1 || len(sum.Upstreams) > MaxServers+1 {
				t.Fatalf("%d requests of %d variants at %d servers, want %d of at most %d at %d",
					requests, len(sum.Variants), len(sum.Upstreams), total, MaxVariants+1, MaxServers+1)
			}
			last = sum
		}
		if o := last.Overflow; o.Variant == 0 || o.Status == 0 || o.Upstream == 0 {
			t.Fatalf("overflow of %v: the test has to flood every dimension", o)
		}
	}
}

func noStepBack(t *testing.T, last, sum *Snapshot) {
	if last == nil {
		return
	}
	for key, n := range last.Requests {
		if sum.Requests[key] < n {
			t.Fatalf("requests of %v: %d after %d", key, sum.Requests[key], n)
		}
	}
	for name, row := range last.Variants {
		if sum.Variants[name] == nil || sum.Variants[name].BytesSent < row.BytesSent {
			t.Fatalf("bytes of variant %q step back", name)
		}
	}
	for name, server := range last.Upstreams {
		for status, n := range server.Status {
			if sum.Upstreams[name].Status[status] < n {
				t.Fatalf("attempts of %q with status %d: %d after %d", name, status, sum.Upstreams[name].Status[status], n)
			}
		}
	}
	for key, n := range last.VariantAttempts {
		if sum.VariantAttempts[key] < n {
			t.Fatalf("attempts of %v: %d after %d", key, sum.VariantAttempts[key], n)
		}
	}
	if now, then := sum.Overflow, last.Overflow; now.Variant < then.Variant || now.Upstream < then.Upstream || now.Status < then.Status {
		t.Fatalf("the overflow steps back to %v from %v", now, then)
	}
}
