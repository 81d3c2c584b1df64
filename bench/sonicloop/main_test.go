package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

func TestDecodeFile(t *testing.T) {
	generator, err := loggen.New(loggen.Config{Seed: 1, Lines: 5000, Format: loggen.JSON})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := generator.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "json.log")
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 2, 4} {
		if lines, err := decodeFile(name, workers); lines != 5000 || err != nil {
			t.Errorf("%d workers: %d lines, error %v", workers, lines, err)
		}
	}
	if _, err := decodeFile(filepath.Join(t.TempDir(), "none"), 1); err == nil {
		t.Error("no error for a missing file")
	}
}
