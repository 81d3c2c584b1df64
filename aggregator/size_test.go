package aggregator

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/parser"
)

// mostBytes is what a shard takes at most, whatever it is fed: 16 MB for 10,000
// paths, 4 MB for 3,000 slots of the timeline, 4 MB for the clients of 33
// variants and their windows, 3 MB for the combinations of host, variant, method
// and status, 2 MB for 257 servers and 257 hosts.
const mostBytes = 32 << 20

// TestShardIsBounded floods every dimension with names of the longest kind, and
// then does it again.
func TestShardIsBounded(t *testing.T) {
	long := strings.Repeat("x", 2*maxName)
	random := rand.New(rand.NewPCG(4, 5))
	shard := NewShard(Config{Hosts: true, Paths: true, Windows: true})
	before := heap()
	flood := func(round int) {
		for i := range 150_000 {
			n := round<<20 + i
			shard.Add(&parser.Entry{
				Time: int64(min(i, maxStored-1)) * 60_000, Status: random.IntN(1000), Method: parser.Method(random.IntN(int(parser.Methods))),
				HasRequest: true, Target: fmt.Append(nil, "/p.", i%20_000, ".", round, long), Host: fmt.Append(nil, random.IntN(300), long),
				Variant: fmt.Append(nil, random.IntN(60), long), HasVariant: true, RemoteAddr: fmt.Append(nil, n),
				BytesSent: 1, RequestTime: random.Int64N(MaxLatency),
				Upstream: parser.Upstream{Attempts: []parser.Attempt{{Server: fmt.Append(nil, random.IntN(600), long), Status: random.IntN(1000), ResponseTime: 1}}},
			})
		}
	}
	flood(0)
	first := heap() - before
	flood(1)
	second := heap() - before
	t.Logf("%d KiB, then %d KiB", first>>10, second>>10)
	if second > mostBytes {
		t.Errorf("a shard takes %d bytes, want at most %d", second, mostBytes)
	}
	if second > first+first/4 {
		t.Errorf("a shard takes %d bytes, and %d after twice as much", first, second)
	}
	s := shard.Snapshot()
	keys, attempts := len(s.Requests), len(s.VariantAttempts)
	if most := maxRequestKeys + (MaxVariants+1)*int(parser.Methods)*(MaxStatuses+1); keys > most || keys < maxRequestKeys {
		t.Errorf("%d combinations of labels, want %d to %d", keys, maxRequestKeys, most)
	}
	if most := (MaxVariants + 1) * (MaxServers + 1); attempts > most {
		t.Errorf("%d pairs of variant and server, want at most %d", attempts, most)
	}
	var requests int64
	for _, n := range s.Requests {
		requests += n
	}
	if requests != 300_000 {
		t.Errorf("%d requests, want 300000", requests)
	}
	runtime.KeepAlive(shard)
}

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
