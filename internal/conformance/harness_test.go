package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHarness holds what the scenarios are made of to the same truth, without
// an agent: lines that were counted while writing are in the files.
func TestHarness(t *testing.T) {
	h := newTrial(t, os.Getenv(programName))
	w := h.newWriter(h.makeDir("logs")+"/access.log", 5000)
	stop := w.flow(20_000, 3000)
	h.until(func() string { return "nothing is written" }, func() bool { return w.written() > 100 })
	h.shift(w.path)
	h.create(w.path)
	w.reopen()
	h.compress("gzip", w.path+".1")
	h.until(func() string { return "not all is written" }, func() bool { return w.written() == 3000 })
	stop()
	w.size = 32 << 10
	w.write(1000)
	h.shift(w.path)
	h.create(w.path)
	w.reopen() // flushes to the renamed file
	w.size = 0
	finish := w.half()
	if lines := h.linesOf(w.path); len(lines) != 0 {
		t.Errorf("half a line is %d lines", len(lines))
	}
	finish()
	h.copyTruncate(w.path, w.path+".copy")

	if w.written() != 4001 {
		t.Errorf("%d lines", w.written())
	}
	if got := h.pathsIn(w.path+".1", w.path+".2.gz", w.path+".copy", w.path); !maps.Equal(got, w.lines.paths) {
		t.Errorf("the files have %d lines, want %d", total64(got), w.written())
	}
	if got := h.pathsIn(w.wholePath()); !maps.Equal(got, w.lines.paths) {
		t.Errorf("the copy of everything has %d lines, want %d", total64(got), w.written())
	}
	if info, err := os.Stat(w.wholePath()); err != nil || info.Size() != w.lines.fileBytes {
		t.Errorf("the copy of everything has %d bytes, want %d: %v", info.Size(), w.lines.fileBytes, err)
	}
	if lines := h.linesOf(w.path + ".1"); len(lines) < 1000 {
		t.Errorf("%d lines are in the file of the buffer, want at least 1000", len(lines))
	}
	for range 2 {
		h.shift(w.path)
		h.create(w.path)
	}
	names, err := filepath.Glob(w.path + ".?*")
	h.must(err)
	for i := range names {
		names[i] = filepath.Ext(strings.TrimSuffix(names[i], ".gz"))
	}
	if got := strings.Join(names, " "); got != ".1 .2 .3 .4 .copy" {
		t.Errorf("rotated files are %s", got)
	}
}

// TestLines holds the lines that are written to be what replay reads whole, so
// that what is compared with replay is compared with the truth.
func TestLines(t *testing.T) {
	h := newTrial(t, os.Getenv(programName))
	w := h.newWriter(h.makeDir("logs")+"/access.log", 20_000)
	w.write(20_000)
	report := h.replay("--format", logFormat, w.wholePath())
	for _, want := range []string{`"total": 20000`, `"parsed": 20000`, `"path": "/pa"`, `"variant": ".one"`, `"server": "10.0.0.3:81"`} {
		if !strings.Contains(report, want) && !strings.Contains(report, strings.ReplaceAll(want, ": ", ":")) {
			t.Errorf("the report has no %s: %.300s", want, report)
		}
	}
	if len(w.lines.paths) > maxBlocks {
		t.Errorf("%d paths, want at most %d", len(w.lines.paths), maxBlocks)
	}
}

func TestPace(t *testing.T) {
	h := newTrial(t, os.Getenv(programName))
	w := h.newWriter(h.makeDir("logs")+"/access.log", 1000)
	start := time.Now()
	w.pour(5000, 100*time.Millisecond)
	if took := time.Since(start); w.written() != 500 || took < 90*time.Millisecond {
		t.Errorf("%d lines in %v, want 500 in 100 ms", w.written(), took)
	}
}

// TestCompare has lines lost and others counted twice, which must not make up
// for each other.
func TestCompare(t *testing.T) {
	truth := newTruth()
	truth.lines = 4
	truth.paths = map[string]int64{"/pa": 1, "/pb": 1, "/pc": 2}
	got := countOutcome(map[string]int64{"/pa": 2, "/pc": 2}, truth)
	if want := (outcome{written: 4, counted: 4, lost: 1, twice: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	differ := differingMembers("", map[string]any{"a": 1.0, "b": []any{1.0, 2.0}, "d": 1.0}, map[string]any{"a": 1.0, "b": []any{1.0, 3.0}, "c": 1.0})
	if got, want := strings.Join(differ, "; "), ".b[1]: 2, want 3; .c: null, want 1; .d is there"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
