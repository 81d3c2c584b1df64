package agent

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// BenchmarkReplay reads a file from the page cache with one worker: time and
// memory a line, whole path.
func BenchmarkReplay(b *testing.B) {
	for _, format := range []loggen.Format{loggen.Combined, loggen.Extended, loggen.JSON} {
		b.Run(format.String(), func(b *testing.B) {
			const lines = 200_000
			path := writeLog(b, loggen.Config{Seed: 1, Lines: lines, Format: format})
			config := ReplayConfig{Inputs: []string{path}, Workers: 1, Reading: Reading{Format: "json"}}
			if format != loggen.JSON {
				config.Format = format.Text()
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				r, err := Replay(context.Background(), config)
				if err != nil || r.Snapshot.Lines.Parsed != lines {
					b.Fatalf("parsed %d lines of %d: %v", r.Snapshot.Lines.Parsed, lines, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
		})
	}
}

// writeLog writes a generated log and returns its path.
func writeLog(t testing.TB, config loggen.Config) string {
	t.Helper()
	generator, err := loggen.New(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := generator.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	return path
}
