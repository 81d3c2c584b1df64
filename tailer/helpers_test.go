package tailer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(arguments ...any)
	Fatalf(format string, arguments ...any)
}

// outcome is all that came out of an archive.
type outcome struct {
	lines    []string // whole lines, and the heads of flawed ones
	defects  []Defect // of each line
	flaws    []int64  // offsets of the flawed lines
	bytes    int64    // sum of the batches
	nul      int64
	batches  int
	failures []*SourceError
}

// readAll reads an archive to its end and checks what must hold of any.
func readAll(t fataler, a *Archive) outcome {
	t.Helper()
	var o outcome
	ends := map[*Source]int64{}
	sequences := map[*Source]int{}
	for {
		b, err := a.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Sequence != sequences[b.Source] {
			t.Fatalf("batch %d of %q has sequence %d", sequences[b.Source], b.Source.Name, b.Sequence)
		}
		sequences[b.Source]++
		if ends[b.Source] += b.Bytes(); ends[b.Source] != b.End {
			t.Fatalf("batches of %q add up to %d bytes, and the last ends at %d", b.Source.Name, ends[b.Source], b.End)
		}
		before := len(o.lines)
		for line, defect, ok := b.Next(); ok; line, defect, ok = b.Next() {
			o.lines = append(o.lines, string(line))
			o.defects = append(o.defects, defect)
			if defect != Whole && b.FlawOffset() >= 0 {
				o.flaws = append(o.flaws, b.FlawOffset())
			}
		}
		if b.Lines() != len(o.lines)-before {
			t.Fatalf("Lines() = %d after %d lines", b.Lines(), len(o.lines)-before)
		}
		o.bytes += b.Bytes()
		o.nul += b.NULBytes()
		o.batches++
		b.Release()
	}
	o.failures = a.Failures()
	return o
}

// readFile reads one file that Discover must accept.
func readFile(t fataler, name string, config Config) outcome {
	t.Helper()
	sources, failures := Discover([]string{name}, config, Events{})
	if len(failures) > 0 {
		t.Fatal(failures[0])
	}
	a := NewArchive(sources, config)
	defer a.Close()
	return readAll(t, a)
}

// readText reads text as standard input.
func readText(t fataler, text string, config Config) outcome {
	t.Helper()
	config.Stdin = bytes.NewReader([]byte(text))
	return readFile(t, StdinName, config)
}

func writeFile(t testing.TB, directory, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(directory, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zstded(t testing.TB, content []byte, options ...zstd.EOption) []byte {
	t.Helper()
	options = append([]zstd.EOption{zstd.WithEncoderConcurrency(1)}, options...)
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, options...) })
}

func xzed(t testing.TB, content []byte, dictionary int) []byte {
	t.Helper()
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) {
		return xz.WriterConfig{DictCap: dictionary}.NewWriter(w)
	})
}

func compressed(t testing.TB, content []byte, encoder func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := encoder(&packed)
	if err == nil {
		_, err = w.Write(content)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
