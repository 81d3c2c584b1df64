package agent

import (
	"bytes"
	"os"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/parser"
)

// BenchmarkStages tells what parsing and aggregating cost apart.
func BenchmarkStages(b *testing.B) {
	for _, format := range []loggen.Format{loggen.Combined, loggen.Extended, loggen.JSON} {
		lines := generate(b, loggen.Config{Seed: 1, Lines: 4096, Format: format})
		p := formatOf(b, format).NewParser()
		b.Run(format.String()+"/parse", func(b *testing.B) {
			var e parser.Entry
			for i := 0; b.Loop(); i++ {
				p.Parse(lines[i%len(lines)], &e)
			}
		})
		b.Run(format.String()+"/both", func(b *testing.B) {
			var e parser.Entry
			shard := aggregator.NewShard(aggregator.Config{Paths: os.Getenv("NOPATH") == ""})
			for i := 0; b.Loop(); i++ {
				p.Parse(lines[i%len(lines)], &e)
				shard.Add(&e)
			}
		})
	}
}

func generate(t testing.TB, config loggen.Config) [][]byte {
	t.Helper()
	generator, err := loggen.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(log.Bytes(), []byte("\n")), []byte("\n"))
}

// formatOf returns the format of generated lines.
func formatOf(t testing.TB, format loggen.Format) *parser.Format {
	t.Helper()
	options := parser.Options{Variants: []string{"variant"}}
	f, err := parser.JSON(options)
	if format != loggen.JSON {
		f, err = parser.Compile(format.Text(), options)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}
