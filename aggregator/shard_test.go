package aggregator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/parser"
)

// entry returns a request that a random source decides about. Names come from
// small sets, so that no dimension overflows.
func entry(random *rand.Rand) *parser.Entry {
	pick := func(names ...string) []byte { return []byte(names[random.IntN(len(names))]) }
	e := &parser.Entry{
		Time:        1_764_000_000_000 + random.Int64N(3*day*1000),
		Status:      []int{200, 404, 500, 9, 101, parser.Absent}[random.IntN(6)],
		Method:      parser.Method(random.IntN(int(parser.Methods))),
		HasRequest:  random.IntN(10) > 0,
		Target:      []byte(fmt.Sprintf("/api/%d/part%d", random.IntN(1000), random.IntN(7))),
		RemoteAddr:  []byte(fmt.Sprintf("10.0.%d.%d", random.IntN(256), random.IntN(256))),
		Host:        pick("a.example", "b.example", `\x22`),
		BytesSent:   random.Int64N(1 << 40),
		RequestTime: random.Int64N(MaxLatency),
		Variant:     pick("", ".one", ".two"),
		HasVariant:  true,
	}
	for range random.IntN(3) {
		e.Attempts = append(e.Attempts, parser.Attempt{
			Server: pick("10.0.0.1:80", "unix:/run/a.sock"), Status: 502,
			ConnectTime: parser.Absent, HeaderTime: random.Int64N(100), ResponseTime: random.Int64N(5000),
		})
	}
	e.Retried = len(e.Attempts) > 1
	e.NoUpstream = len(e.Attempts) == 0
	return e
}

func marshal(t interface{ Fatal(...any) }, s *Snapshot) []byte {
	data, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMergeIsExactAndOrderFree spreads the same entries over shards in random
// ways, merges them in random order, and wants the bytes of one shard that saw
// them all.
func TestMergeIsExactAndOrderFree(t *testing.T) {
	config := Config{Hosts: true, Paths: true}
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		entries := make([]*parser.Entry, 300)
		for i := range entries {
			entries[i] = entry(random)
		}
		whole := NewShard(config)
		for _, e := range entries {
			whole.Add(e)
			whole.Assignment("variant").Add(string(e.Variant))
			whole.AddLine(parser.Parsed, "")
		}
		want := marshal(t, whole.Snapshot())

		shards := make([]*Shard, 1+random.IntN(5))
		for i := range shards {
			shards[i] = NewShard(config)
		}
		random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		for _, e := range entries {
			shard := shards[random.IntN(len(shards))]
			shard.Add(e)
			shard.Assignment("variant").Add(string(e.Variant))
			shard.AddLine(parser.Parsed, "")
		}
		merged := NewSnapshot()
		for _, i := range random.Perm(len(shards)) {
			merged.Merge(shards[i].Snapshot())
		}
		if got := marshal(t, merged); !bytes.Equal(got, want) {
			t.Fatalf("%d shards merged give a different snapshot than one", len(shards))
		}
	})
}

func TestBinaryRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	shard := NewShard(Config{Hosts: true, Paths: true})
	for range 5000 {
		shard.Add(entry(random))
	}
	shard.AddLine(parser.Partial, "lists")
	shard.Assignment("variant").Add("boundary_rule")
	shard.AddBytes(12345, 6)
	data := marshal(t, shard.Snapshot())
	var read Snapshot
	if err := read.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(marshal(t, &read), data) {
		t.Error("what was read is not what was written")
	}
	for size := range len(data) {
		if size > 4000 && size%997 != 0 {
			continue
		}
		if err := new(Snapshot).UnmarshalBinary(data[:size]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for a snapshot", size, len(data))
		}
	}
	newer := append([]byte(binaryMagic), binaryVersion+1)
	if err := new(Snapshot).UnmarshalBinary(newer); err == nil {
		t.Error("a snapshot of a newer version is accepted")
	}
}

// TestOverflowKeepsTotals floods every dimension and wants every total exact.
func TestOverflowKeepsTotals(t *testing.T) {
	const requests = 40_000
	shards := [2]*Shard{NewShard(Config{Hosts: true, Paths: true}), NewShard(Config{Hosts: true, Paths: true})}
	for i := range requests {
		shards[i%2].Add(&parser.Entry{
			Time: parser.NoTime, Status: i % 1000, Method: parser.MethodGet, HasRequest: true,
			Target: []byte(fmt.Sprintf("/p%dx", i)), Host: []byte(fmt.Sprintf("h%d", i)), Variant: []byte(fmt.Sprintf("v%d", i%100)),
			RemoteAddr: []byte("::1"), BytesSent: 1, RequestTime: int64(i),
			Upstream: parser.Upstream{Attempts: []parser.Attempt{{Server: []byte(fmt.Sprintf("s%d:80", i)), Status: i % 1000, ResponseTime: 1}}},
		})
	}
	s := NewSnapshot()
	for _, shard := range shards {
		s.Merge(shard.Snapshot())
	}
	total := func(rows map[string]*Traffic) (n, bytes, latencies int64) {
		for _, row := range rows {
			n += row.Requests
			bytes += row.BytesSent
			latencies += row.RequestTime.Count()
		}
		return n, bytes, latencies
	}
	for name, dimension := range map[string]struct {
		rows     map[string]*Traffic
		most     int
		overflow int64
	}{
		"variant": {s.Variants, MaxVariants, s.Overflow.Variant},
		"host":    {s.Hosts, MaxHosts, s.Overflow.Host},
		"path":    {s.Paths, MaxPaths, s.Overflow.Path},
	} {
		n, sent, latencies := total(dimension.rows)
		if n != requests || sent != requests || latencies != requests-requests/1000 {
			t.Errorf("%s: %d requests, %d bytes, %d latencies; want %d of each, less %d latencies of status 101",
				name, n, sent, latencies, requests, requests/1000)
		}
		if len(dimension.rows) != dimension.most+1 {
			t.Errorf("%s: %d names; want %d and %q", name, len(dimension.rows), dimension.most, Other)
		}
		if dimension.overflow != dimension.rows[Other].Requests {
			t.Errorf("%s: overflow of %d; want the %d requests of %q", name, dimension.overflow, dimension.rows[Other].Requests, Other)
		}
	}
	var counted, attempts int64
	statuses := make(map[int]bool)
	for key, n := range s.Requests {
		counted += n
		statuses[key.Status] = true
	}
	for _, n := range s.VariantAttempts {
		attempts += n
	}
	if counted != requests || len(statuses) != MaxStatuses+1 {
		t.Errorf("%d requests of %d statuses counted; want %d of %d", counted, len(statuses), requests, MaxStatuses+1)
	}
	if attempts != requests || len(s.Upstreams) != MaxServers+1 || s.Overflow.Upstream != s.Upstreams[Other].Attempts {
		t.Errorf("%d attempts at %d servers, overflow %d; want %d at %d", attempts, len(s.Upstreams), s.Overflow.Upstream, requests, MaxServers+1)
	}
}

func TestDeclaredNamesHoldTheirSlot(t *testing.T) {
	shard := NewShard(Config{Variants: []string{".one"}, Servers: []string{"10.0.0.1:80"}})
	add := func(variant, server string) {
		shard.Add(&parser.Entry{Time: parser.NoTime, Variant: []byte(variant), HasVariant: true,
			Upstream: parser.Upstream{Attempts: []parser.Attempt{{Server: []byte(server)}}}})
	}
	for i := range 1000 {
		add(fmt.Sprint(i), fmt.Sprintf("s%d:1", i))
	}
	add(".one", "10.0.0.1:80")
	s := shard.Snapshot()
	if s.Variants[".one"] == nil || s.Upstreams["10.0.0.1:80"] == nil {
		t.Error("a declared name lost its slot to what came first")
	}
}

// TestAddAllocations holds the promise of the hot path: nothing is allocated
// for names that are known.
func TestAddAllocations(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	entries := make([]*parser.Entry, 512)
	for i := range entries {
		entries[i] = entry(random)
	}
	shard := NewShard(Config{Hosts: true, Paths: true})
	add := func() {
		for _, e := range entries {
			shard.Add(e)
		}
	}
	add()
	if allocations := testing.AllocsPerRun(20, add); allocations != 0 {
		t.Errorf("%v allocations for %d known requests; want none", allocations, len(entries))
	}
}

// TestShardKeepsNothingOfAnEntry overwrites every byte that Add was given.
func TestShardKeepsNothingOfAnEntry(t *testing.T) {
	shard := NewShard(Config{Hosts: true, Paths: true})
	want := NewShard(Config{Hosts: true, Paths: true})
	for seed := range uint64(200) {
		e := entry(rand.New(rand.NewPCG(seed, 0)))
		shard.Add(e)
		for _, field := range [][]byte{e.Target, e.RemoteAddr, e.Host, e.Variant} {
			for i := range field {
				field[i] = 0xCC
			}
		}
		want.Add(entry(rand.New(rand.NewPCG(seed, 0))))
	}
	if !bytes.Equal(marshal(t, shard.Snapshot()), marshal(t, want.Snapshot())) {
		t.Error("the shard changed with the bytes of an entry it was given before")
	}
}

// TestVariantsByEscape wants the same bytes told apart where one was logged and
// the other computed.
func TestVariantsByEscape(t *testing.T) {
	shard := NewShard(Config{})
	for _, escape := range []parser.Escape{parser.EscapeNone, parser.EscapeDefault, parser.EscapeNone} {
		shard.Add(&parser.Entry{Time: parser.NoTime, Variant: []byte(`\x41`), HasVariant: true, VariantEscape: escape})
	}
	s := shard.Snapshot()
	if s.Variants[`\x41`].Requests != 2 || s.Variants["A"].Requests != 1 {
		t.Errorf("variants %v; want two of %q and one of %q", s.Variants, `\x41`, "A")
	}
}
