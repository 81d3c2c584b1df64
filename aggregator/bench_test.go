package aggregator

import (
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
