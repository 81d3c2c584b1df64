package aggregator

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/parser"
)

// gainTruth is what a Gain says, from the entries themselves.
type gainTruth struct {
	attempts, errors int64
	times            []int64
}

func (truth *gainTruth) add(status int, latency int64) {
	truth.attempts++
	if status/100 == 5 {
		truth.errors++
	}
	if latency >= 0 {
		truth.times = append(truth.times, latency)
	}
}

func (truth *gainTruth) check(t *rapid.T, what string, gain *Gain) {
	t.Helper()
	if gain.Attempts != truth.attempts || gain.Errors != truth.errors || gain.Measured() != int64(len(truth.times)) {
		t.Fatalf("%s: %d attempts, %d errors, %d measured, want %d, %d, %d", what,
			gain.Attempts, gain.Errors, gain.Measured(), truth.attempts, truth.errors, len(truth.times))
	}
	median := int64(0)
	if len(truth.times) > 0 {
		slices.Sort(truth.times)
		median = truth.times[(len(truth.times)-1)/2]
	}
	if got := gain.Median(); cellOf(got) != cellOf(median) || median <= 15 && got != median {
		t.Fatalf("%s: median %d ms, want %d ms of %v", what, got, median, truth.times)
	}
}

// TestGains counts attempts into two shards, looks at them now and then, and
// wants what came in between, whatever else was counted.
func TestGains(t *testing.T) {
	servers := []string{"10.0.0.1:80", "unix:/run/a.sock", "never"}
	rapid.Check(t, func(t *rapid.T) {
		shards := []*Shard{NewShard(Config{}), NewShard(Config{Servers: servers})}
		byServer := [2][3]Seen{}
		requests, attempts := [2]Seen{}, [2]Seen{}
		for range rapid.IntRange(1, 4).Draw(t, "looks") {
			var truth [3]gainTruth
			var all, whole gainTruth
			for range rapid.IntRange(0, 40).Draw(t, "requests") {
				e := requestOf(t, servers[:2])
				shards[rapid.IntRange(0, 1).Draw(t, "shard")].Add(e)
				for _, a := range e.Attempts {
					truth[slices.Index(servers, string(a.Server))].add(a.Status, a.HeaderTime)
					all.add(a.Status, a.HeaderTime)
				}
				latency := e.RequestTime
				if e.Status == 101 {
					latency = parser.Absent
				}
				whole.add(e.Status, latency)
			}
			for i, name := range servers {
				var gain Gain
				for j, shard := range shards {
					shard.TakeServer(name, &byServer[j][i], &gain)
				}
				truth[i].check(t, name, &gain)
			}
			var gained, header Gain
			for j, shard := range shards {
				shard.TakeRequests(&requests[j], &gained)
				shard.TakeAttempts(&attempts[j], &header)
			}
			whole.check(t, "requests", &gained)
			all.check(t, "attempts", &header)
			gained.TakeLatencies(&header)
			if len(all.times) > 0 {
				whole.times = all.times
			}
			whole.check(t, "requests by header time", &gained)
		}
	})
}

func requestOf(t *rapid.T, servers []string) *parser.Entry {
	statuses := rapid.SampledFrom([]int{200, 404, 499, 500, 502, 504, 599, 101, parser.Absent})
	latencies := rapid.OneOf(rapid.Just(int64(parser.Absent)), rapid.Int64Range(0, 20), rapid.Int64Range(0, 100_000))
	e := &parser.Entry{Time: parser.NoTime, Status: statuses.Draw(t, "status"), RequestTime: latencies.Draw(t, "time"),
		Variant: []byte(rapid.SampledFrom([]string{"", "a"}).Draw(t, "variant"))}
	for range rapid.IntRange(0, 3).Draw(t, "attempts") {
		e.Attempts = append(e.Attempts, parser.Attempt{
			Server: []byte(rapid.SampledFrom(servers).Draw(t, "server")), Status: statuses.Draw(t, "upstream status"),
			ConnectTime: 0, HeaderTime: latencies.Draw(t, "header"), ResponseTime: 0,
		})
	}
	return e
}

// TestGainOfNothing takes what was there before, and a server that came after
// the names had run out.
func TestGainOfNothing(t *testing.T) {
	shard := NewShard(Config{})
	add := func(server string) {
		shard.Add(&parser.Entry{Time: parser.NoTime, Upstream: parser.Upstream{Attempts: []parser.Attempt{
			{Server: []byte(server), Status: 500, HeaderTime: 7}}}})
	}
	for i := range MaxServers {
		add(fmt.Sprint("server ", i))
	}
	add("late")
	var seen Seen
	var gain Gain
	shard.TakeServer("late", &seen, &gain)
	shard.TakeServer(Other, &seen, &gain)
	shard.TakeServer("server 0", &seen, nil)
	if gain != (Gain{}) {
		t.Errorf("gain %d attempts, want none", gain.Attempts)
	}
	add("server 0")
	if shard.TakeServer("server 0", &seen, &gain); gain.Attempts != 1 || gain.Errors != 1 || gain.Median() != 7 {
		t.Errorf("gain %d attempts, %d errors, median %d, want 1, 1, 7", gain.Attempts, gain.Errors, gain.Median())
	}
}

// TestGainOfWideCounters takes what came while a counter of 32 bits ran over.
func TestGainOfWideCounters(t *testing.T) {
	shard := NewShard(Config{})
	e := &parser.Entry{Time: parser.NoTime, Upstream: parser.Upstream{Attempts: []parser.Attempt{{Server: []byte("a"), Status: 200, HeaderTime: 9}}}}
	shard.Add(e)
	shard.serverAttempts[0].header.cells[cellOf(9)] = 1<<32 - 2
	var seen Seen
	shard.TakeServer("a", &seen, nil)
	for range 5 {
		shard.Add(e)
	}
	var gain Gain
	if shard.TakeServer("a", &seen, &gain); gain.Measured() != 5 || gain.Median() != 9 {
		t.Errorf("%d measured, median %d, want 5, 9", gain.Measured(), gain.Median())
	}
}

// TestGainAllocations holds that looking costs no memory.
func TestGainAllocations(t *testing.T) {
	shard, e := NewShard(Config{}), &parser.Entry{Time: parser.NoTime, Upstream: parser.Upstream{Attempts: []parser.Attempt{{Server: []byte("a"), Status: 200}}}}
	var seen Seen
	var gain Gain
	if n := testing.AllocsPerRun(100, func() {
		shard.Add(e)
		shard.TakeServer("a", &seen, &gain)
		shard.TakeRequests(&seen, &gain)
		shard.TakeAttempts(&seen, &gain)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
