package agent

import (
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/parser"
)

// BenchmarkMoreThanTheFormat reads lines that have more than the format, as the
// usual extended formats are to "combined".
func BenchmarkMoreThanTheFormat(b *testing.B) {
	lines := generate(b, loggen.Config{Seed: 1, Lines: 4096, Format: loggen.Extended})
	p := formatOf(b, loggen.Combined).NewParser()
	var e parser.Entry
	for i := 0; b.Loop(); i++ {
		if p.Parse(lines[i%len(lines)], &e) != parser.Partial {
			b.Fatal("not partial")
		}
	}
}
