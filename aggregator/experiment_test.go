package aggregator

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/parser"
)

var testExperiment = ExperimentConfig{Name: "variant", Definition: "key 1%/*", Arms: []string{".one", ""}, Slow: 1000}

// armRequest is a request of an experiment, as a test has it.
type armRequest struct {
	arm   int
	key   string
	noKey bool
	parser.Entry
}

func randomVisits(random *rand.Rand, n int) []armRequest {
	visits := make([]armRequest, n)
	for i := range visits {
		v := &visits[i]
		v.arm, v.key, v.noKey = random.IntN(3)-1, fmt.Sprint("client", random.IntN(n/3+1)), random.IntN(20) == 0
		v.Status = []int{200, 200, 301, 404, 499, 500, 503, 101, parser.Absent}[random.IntN(9)]
		v.RequestTime = []int64{parser.Absent, 0, 3, 1000, 1001, 12_000, 90_000}[random.IntN(7)]
		v.BytesSent = random.Int64N(5000) - 1
		v.Time = 1764000000000 + random.Int64N(6*24*3600*1000)
		if random.IntN(30) == 0 {
			v.Time = parser.NoTime
		}
		if random.IntN(2) == 0 {
			v.Attempts = []parser.Attempt{{Server: []byte("10.0.0.9:80")}, {Server: fmt.Append(nil, "10.0.0.", random.IntN(5), ":80")}}
		}
	}
	return visits
}

func addVisits(s *Shard, visits []armRequest) {
	for i := range visits {
		v := &visits[i]
		s.Add(&v.Entry)
		if v.noKey {
			s.AddWithoutKey(0, v.arm, &v.Entry)
		} else {
			s.AddToArm(0, v.arm, []byte(v.key), &v.Entry)
		}
		s.AddAudit(0, v.arm, len(v.key)%2, &v.Entry)
	}
}

func experimentShard() *Shard {
	return NewShard(Config{Experiments: []ExperimentConfig{testExperiment}})
}

// TestExperimentCounts compares the state with sums over the requests that were
// taken without any table.
func TestExperimentCounts(t *testing.T) {
	visits := randomVisits(rand.New(rand.NewPCG(1, 2)), 5000)
	shard := experimentShard()
	addVisits(shard, visits)
	x := shard.Snapshot().Experiments["variant"]
	for arm, name := range testExperiment.Arms {
		var want Arm
		cells := map[uint64]*Cell{}
		clients, affected, minutes, servers := map[string]bool{}, map[string]bool{}, map[int64]Excerpt{}, map[string]Excerpt{}
		for _, v := range visits {
			if v.arm != arm {
				continue
			}
			want.Requests++
			if v.noKey {
				want.NoKey++
				continue
			}
			g := xxhash.Sum64String(v.key) & 0xfff
			if cells[g] == nil {
				cells[g] = new(Cell)
			}
			c := cells[g]
			c.Requests++
			c.Bytes += max(0, v.BytesSent)
			clients[v.key] = true
			failed := Excerpt{Requests: 1}
			switch {
			case v.Status >= 500:
				c.Errors5xx++
				failed.Errors5xx = 1
				affected[v.key] = true
			case v.Status == 499:
				c.Aborted499++
			case v.Status >= 400:
				c.Errors4xx++
			case v.Status < 0:
				want.NoStatus++
			}
			if v.Status != 101 && v.RequestTime >= 0 {
				c.Timed++
				c.Latency += min(10_000, v.RequestTime)
				if v.RequestTime > 1000 {
					c.Slow++
				}
			} else if v.Status != 101 {
				want.NoTime++
			}
			if v.Time != parser.NoTime {
				m := minutes[v.Time/60_000]
				minutes[v.Time/60_000] = Excerpt{m.Requests + 1, m.Errors5xx + failed.Errors5xx}
			}
			if len(v.Attempts) > 0 {
				name := string(v.Attempts[1].Server)
				servers[name] = Excerpt{servers[name].Requests + 1, servers[name].Errors5xx + failed.Errors5xx}
			}
		}
		got := x.Arms[arm]
		if got.Name != name || got.Requests != want.Requests || got.NoKey != want.NoKey || got.NoStatus != want.NoStatus || got.NoTime != want.NoTime {
			t.Errorf("arm %q: %+v, want %+v", name, got.numbers(), want.numbers())
		}
		for g, c := range cells {
			if got.Cells[g] != *c {
				t.Errorf("cell %d of %q is %+v, want %+v", g, name, got.Cells[g], *c)
			}
			delete(cells, g)
			got.Cells[g] = Cell{}
		}
		if slices.ContainsFunc(got.Cells, func(c Cell) bool { return c != Cell{} }) {
			t.Errorf("%q has a cell that nobody is in", name)
		}
		if got.Clients.Count() != int64(len(clients)) || got.Affected.Count() != int64(len(affected)) {
			t.Errorf("%q has %d clients, %d of them affected; want %d, %d", name, got.Clients.Count(), got.Affected.Count(), len(clients), len(affected))
		}
		var sum Excerpt
		for slot, m := range got.Minutes {
			if m.Requests > 0 && m.First == m.Last && m.Excerpt != minutes[m.First] {
				t.Errorf("minute %d of %q has %+v, want %+v", m.First, name, m.Excerpt, minutes[m.First])
			}
			if m.Requests > 0 && (m.First%MinuteSlots != int64(slot) || m.Last%MinuteSlots != int64(slot)) {
				t.Errorf("slot %d of %q has minutes %d to %d", slot, name, m.First, m.Last)
			}
			sum.Requests += m.Requests
			sum.Errors5xx += m.Errors5xx
		}
		for _, m := range minutes {
			sum.Requests -= m.Requests
			sum.Errors5xx -= m.Errors5xx
		}
		if sum != (Excerpt{}) {
			t.Errorf("minutes of %q have %+v too many", name, sum)
		}
		if fmt.Sprint(got.Servers) != fmt.Sprint(servers) {
			t.Errorf("servers of %q are %v, want %v", name, got.Servers, servers)
		}
	}
}

// TestExperimentIsOrderFree adds the same requests in another order, to several
// shards, over a restart, and through the binary form.
func TestExperimentIsOrderFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		visits := randomVisits(random, rapid.IntRange(0, 3000).Draw(t, "requests"))
		whole := experimentShard()
		addVisits(whole, visits)
		want := marshal(t, whole.Snapshot())

		random.Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })
		sum := NewSnapshot()
		for len(visits) > 0 {
			n := 1 + random.IntN(len(visits))
			part := experimentShard()
			addVisits(part, visits[:n/2])
			resumed := experimentShard()
			read := new(Snapshot)
			if err := read.UnmarshalBinary(marshal(t, part.Snapshot())); err != nil {
				t.Fatal(err)
			}
			resumed.Restore(read)
			addVisits(resumed, visits[n/2:n])
			sum.Merge(resumed.Snapshot())
			visits = visits[n:]
		}
		if len(sum.Experiments) > 0 && !bytes.Equal(marshal(t, sum), want) {
			t.Fatal("the state depends on order, parts or a restart")
		}
	})
}

// TestClientSet compares with the set itself, far past the limit.
func TestClientSet(t *testing.T) {
	for _, clients := range []int{0, 1, 100, 1000, 1001, 5000, 200_000} {
		set, all := newClientSet(1000), map[uint64]bool{}
		for i := range clients {
			mixed := mixClient(xxhash.Sum64String(fmt.Sprint("client", i)))
			all[mixed] = true
			set.add(mixed)
			set.add(mixed)
		}
		level, kept := 0, len(all)
		for kept > 1000 {
			level++
			kept = 0
			for mixed := range all {
				if bits.TrailingZeros64(mixed) >= level {
					kept++
				}
			}
		}
		if set.Level() != level || set.At(0) != int64(kept) || set.Count() != int64(kept)<<level {
			t.Errorf("%d clients: level %d with %d, want %d with %d", clients, set.Level(), set.At(0), level, kept)
		}
		if n := float64(set.Count()); clients > 0 && (n < 0.85*float64(clients) || n > 1.15*float64(clients)) {
			t.Errorf("%d clients are estimated as %v", clients, n)
		}
		higher := int64(0)
		for mixed := range all {
			if bits.TrailingZeros64(mixed) >= level+2 {
				higher++
			}
		}
		if set.At(level+2) != higher {
			t.Errorf("%d clients at level %d, want %d", set.At(level+2), level+2, higher)
		}
	}
}

// TestLatencyBuckets compares the table with the bounds.
func TestLatencyBuckets(t *testing.T) {
	for _, ms := range []int64{0, 1, 2, 3, 15, 16, 17, 1000, 4095, 4096, 4097, 10_000, 65_535, 65_536, 65_537, MaxLatency, 1 << 62} {
		bucket := latencyBucket(ms)
		if float64(ms) > LatencyUpper(bucket) || bucket > 0 && float64(ms) <= LatencyUpper(bucket-1) {
			t.Errorf("%d ms are in bucket %d, up to %v", ms, bucket, LatencyUpper(bucket))
		}
	}
}

// TestNewEpoch restores what was counted under another definition, and merges
// shards of two epochs.
func TestNewEpoch(t *testing.T) {
	visits := randomVisits(rand.New(rand.NewPCG(3, 4)), 100)
	before := experimentShard()
	addVisits(before, visits)
	changed := testExperiment
	changed.Definition = "key 2%/*"
	after := NewShard(Config{Experiments: []ExperimentConfig{changed}})
	after.SetNow(1764000000000)
	after.Restore(before.Snapshot())
	x := after.Snapshot().Experiments["variant"]
	if x.Changed != 1764000000000 || x.Arms[0].Requests != 0 || x.Definition != changed.Definition {
		t.Errorf("the new epoch is %+v", x)
	}
	for _, order := range [][2]*Shard{{before, after}, {after, before}} {
		sum := order[0].Snapshot()
		sum.Merge(order[1].Snapshot())
		if got := sum.Experiments["variant"]; got.Definition != changed.Definition || got.Arms[0].Requests != 0 {
			t.Errorf("two epochs are merged as %+v", got)
		}
	}
}

// TestExperimentAllocations counts what a request allocates once the clients are
// known.
func TestExperimentAllocations(t *testing.T) {
	visits := randomVisits(rand.New(rand.NewPCG(5, 6)), 1000)
	shard := experimentShard()
	addVisits(shard, visits)
	keys := make([][]byte, len(visits))
	for i := range visits {
		keys[i] = []byte(visits[i].key)
	}
	if n := testing.AllocsPerRun(10, func() {
		for i := range visits {
			shard.AddToArm(0, visits[i].arm, keys[i], &visits[i].Entry)
		}
	}); n > 0 {
		t.Errorf("%v allocations for 1000 requests, want none", n)
	}
}

// TestExperimentSize is the memory of an arm that has everything.
func TestExperimentSize(t *testing.T) {
	const most = 1 << 20 // an arm: 3 MB a shard of three
	before := heap()
	shard := NewShard(Config{Experiments: []ExperimentConfig{testExperiment}})
	empty := heap() - before
	entry := parser.Entry{Status: 500, RequestTime: 3}
	for i := range 200_000 {
		entry.Time = int64(i) * 60_000
		shard.AddToArm(0, 0, fmt.Append(nil, i), &entry)
	}
	if full := heap() - before - empty; full > most {
		t.Errorf("a full arm takes %d bytes, want at most %d", full, most)
	} else {
		t.Logf("a full arm takes %d KiB", full>>10)
	}
	shard.Snapshot()
}

// BenchmarkAddToArm has 65,536 clients in random order. As after parsing, the
// entry and the key have just been written: few entries, and keys side by side.
func BenchmarkAddToArm(b *testing.B) {
	shard := experimentShard()
	random := rand.New(rand.NewPCG(7, 8))
	const size = 16
	keys := make([]byte, size<<16)
	for i := range 1 << 16 {
		copy(keys[i*size:], fmt.Appendf(nil, "10.%03d.%03d.%03dAAA", random.IntN(4), random.IntN(256), random.IntN(256)))
	}
	entries := randomVisits(random, 1<<6)
	now := int64(1764000000000)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		e := &entries[i&(1<<6-1)].Entry
		now += 3
		e.Time = now
		at := i & (1<<16 - 1) * size
		shard.AddToArm(0, 1, keys[at:at+size], e)
	}
}
