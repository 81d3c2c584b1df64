// Command generate writes the logs that the comparison reads. The same scale
// gives the same bytes; files that are there already are kept.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// What is written at scale 1.
const (
	combinedLines = 2_000_000
	headLines     = 200_000
	largeSize     = 1 << 30 // bytes at least of the extended and the JSON log
)

// sampleLines are enough to tell how long the lines of a format are.
const sampleLines = 10_000

const seed = 1

func main() {
	dir := flag.String("dir", "bench/data", "directory to write to")
	scale := flag.Float64("scale", 1, "size of the logs; 1 is what is published")
	flag.Parse()
	if err := generate(*dir, *scale); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes all logs of a scale into dir, unless they are there.
func generate(dir string, scale float64) error {
	if !(scale > 0) {
		return fmt.Errorf("-scale %v: more than 0", scale)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	samples := map[loggen.Format][]byte{}
	sum := fnv.New64a()
	for _, format := range []loggen.Format{loggen.Combined, loggen.Extended, loggen.JSON} {
		var sample bytes.Buffer
		if err := write(&sample, format, sampleLines); err != nil {
			return err
		}
		samples[format] = sample.Bytes()
		sum.Write(sample.Bytes())
	}

	// The stamp is written last, and tells what the other files are.
	stampFile := filepath.Join(dir, "stamp")
	stamp := fmt.Appendf(nil, "scale %v, samples %016x\n", scale, sum.Sum64())
	if found, err := os.ReadFile(stampFile); err == nil && bytes.Equal(found, stamp) {
		return nil
	}
	if err := os.Remove(stampFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}

	lines := func(n float64) int { return int(math.Ceil(n * scale)) }
	large := func(format loggen.Format) int {
		const margin = 1.01 // a sample is not the whole
		return lines(margin * largeSize * sampleLines / float64(len(samples[format])))
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	steps := []func() error{
		func() error { return writeLog(path("combined.log"), loggen.Combined, lines(combinedLines)) },
		func() error { return copyHead(path("combined-head.log"), path("combined.log"), lines(headLines)) },
		func() error { return compress(path("combined.log.gz"), path("combined.log")) },
		func() error { return writeLog(path("extended.log"), loggen.Extended, large(loggen.Extended)) },
		func() error { return writeLog(path("json.log"), loggen.JSON, large(loggen.JSON)) },
		func() error { return os.WriteFile(path("extended.format"), []byte(loggen.ExtendedText+"\n"), 0o644) },
		func() error { return os.WriteFile(stampFile, stamp, 0o644) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// write writes lines of a format to w.
func write(w io.Writer, format loggen.Format, lines int) error {
	generator, err := loggen.New(loggen.Config{Seed: seed, Format: format, Lines: lines})
	if err != nil {
		return err
	}
	_, err = generator.WriteTo(w)
	return err
}

func writeLog(name string, format loggen.Format, lines int) error {
	return create(name, func(w io.Writer) error { return write(w, format, lines) })
}

// copyHead copies the first lines of a file.
func copyHead(name, from string, lines int) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	reader := bufio.NewReaderSize(source, 1<<20)
	return create(name, func(w io.Writer) error {
		for range lines {
			line, err := reader.ReadSlice('\n')
			if err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// compress writes a file as logrotate's gzip would.
func compress(name, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	return create(name, func(w io.Writer) error {
		packed := gzip.NewWriter(w)
		if _, err := io.Copy(packed, source); err != nil {
			return err
		}
		return packed.Close()
	})
}

// create writes a file through a buffer.
func create(name string, fill func(io.Writer) error) error {
	fmt.Fprintln(os.Stderr, "writing", name)
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<20)
	return errors.Join(fill(buffered), buffered.Flush(), file.Close())
}
