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

// TestUnionNeverStepsBack merges growing shards again and again, with more names
// than there is room for.
func TestUnionNeverStepsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shards := make([]*Shard, 3)
		for i := range shards {
			shards[i] = NewShard(Config{})
		}
		union := NewUnion(Held{})
		var last *Snapshot
		total := int64(0)
		for round := range 12 {
			for range 40 {
				e := entry(random)
				e.Variant = fmt.Appendf(nil, "v%d", random.IntN(60))
				e.Status = 200 + random.IntN(90)
				shards[random.IntN(len(shards))].Add(e)
				total++
			}
			if round == 6 {
				union = NewUnion(union.Held()) // a restart
			}
			var summaries []*Snapshot
			for _, shard := range shards {
				summaries = append(summaries, shard.Summary())
			}
			sum := union.Merge(summaries...)
			noStepBack(t, last, sum)
			var requests int64
			for _, n := range sum.Requests {
				requests += n
			}
			if requests != total || len(sum.Variants) > MaxVariants+1 {
				t.Fatalf("%d requests of %d variants, want %d of at most %d", requests, len(sum.Variants), total, MaxVariants+1)
			}
			last = sum
		}
	})
}

func noStepBack(t *rapid.T, last, sum *Snapshot) {
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
	if sum.Overflow.Variant < last.Overflow.Variant {
		t.Fatal("the overflow of variants steps back")
	}
}
