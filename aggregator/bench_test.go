package aggregator

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/splitgauge/splitgauge/parser"
)

// BenchmarkAdd is what one request costs, of those in a log where time goes on.
func BenchmarkAdd(b *testing.B) {
	for _, test := range []struct {
		name   string
		config Config
	}{
		{"plain", Config{}},
		{"windows", Config{Windows: true}},
		{"paths and windows", Config{Paths: true, Windows: true}},
	} {
		b.Run(test.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(5, 6))
			entries := make([]*parser.Entry, 4096)
			for i := range entries {
				entries[i] = entry(random)
				entries[i].Time = 1_764_000_000_000 + int64(i)
			}
			shard := NewShard(test.config)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				shard.Add(entries[i%len(entries)])
			}
		})
	}
}

// BenchmarkScrape is what a scrape of one log costs that has some 300 series: a
// summary, a union, and the estimates; of it, what the log has to wait for.
func BenchmarkScrape(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	shard := NewShard(Config{Hosts: true, Paths: true, Windows: true})
	add := func(n int) {
		for range n {
			e := entry(random)
			for i := range e.Attempts {
				e.Attempts[i].Server = fmt.Append(nil, "10.0.0.", random.IntN(8), ":80")
			}
			shard.Add(e)
		}
	}
	add(20_000)
	b.Run("summary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			shard.Summary()
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		union := NewUnion(Held{})
		for b.Loop() {
			b.StopTimer()
			add(10)
			b.StartTimer()
			sum := union.Merge(NewSnapshot(), shard.Summary())
			for _, w := range sum.Windows {
				for length := range WindowSeconds {
					w.Estimate(length, 1_764_000_000_000)
				}
			}
		}
	})
}
