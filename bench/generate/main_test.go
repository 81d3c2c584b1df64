package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestGenerate(t *testing.T) {
	const scale = 0.0005
	dir := t.TempDir()
	if err := generate(dir, scale); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	combined := read("combined.log")
	if lines := bytes.Count(combined, []byte("\n")); lines != combinedLines*scale {
		t.Errorf("combined.log: %d lines", lines)
	}
	head := read("combined-head.log")
	if lines := bytes.Count(head, []byte("\n")); lines != headLines*scale || !bytes.HasPrefix(combined, head) {
		t.Errorf("combined-head.log: %d lines, not the first of combined.log", lines)
	}
	packed, err := gzip.NewReader(bytes.NewReader(read("combined.log.gz")))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(packed); err != nil || !bytes.Equal(unpacked, combined) {
		t.Errorf("combined.log.gz is not combined.log: %v", err)
	}
	for _, name := range []string{"extended.log", "json.log"} {
		// Within a few percent at this scale; at least all of it at scale 1.
		if size := float64(len(read(name))); size < 0.95*largeSize*scale || size > 1.1*largeSize*scale {
			t.Errorf("%s: %.0f bytes, want about %.0f", name, size, largeSize*scale)
		}
	}

	// What is there is kept; what was left half done is not.
	if err := os.WriteFile(filepath.Join(dir, "json.log"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, scale); err != nil || len(read("json.log")) != 0 {
		t.Errorf("generated again though the stamp was there: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "stamp")); err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, scale); err != nil || len(read("json.log")) == 0 {
		t.Errorf("not generated again without a stamp: %v", err)
	}
}
