package tailer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// quick is a configuration in which little time passes.
var quick = FollowConfig{Poll: 5 * time.Millisecond, Grace: 40 * time.Millisecond}

// logWriter writes numbered lines to a log, and rotates it.
type logWriter struct {
	t    fataler
	name string
	file *os.File
	next int // number of the next line
}

func newLogWriter(t fataler, name string) *logWriter {
	w := &logWriter{t: t, name: name}
	w.create()
	return w
}

func (w *logWriter) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// create makes a new file behind the name, or opens the one that is there.
func (w *logWriter) create() {
	w.t.Helper()
	w.close()
	file, err := os.OpenFile(w.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	w.must(err)
	w.file = file
}

func (w *logWriter) close() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
}

func numbered(n int) string {
	return fmt.Sprintf("%08d 203.0.113.%d - - \"GET /item/%d HTTP/1.1\" 200 %d", n, n%256, n, n*7%100000)
}

// lines writes whole lines.
func (w *logWriter) lines(count int) {
	w.t.Helper()
	var text strings.Builder
	for range count {
		text.WriteString(numbered(w.next) + "\n")
		w.next++
	}
	w.write(text.String())
}

func (w *logWriter) write(text string) {
	w.t.Helper()
	_, err := w.file.WriteString(text)
	w.must(err)
}

// rename moves name.1 to name.2 and so on, and then the log to name.1. What is
// written goes to the file that was renamed until create.
func (w *logWriter) rename() {
	w.t.Helper()
	for n := 30; n > 0; n-- {
		for _, extension := range []string{"", ".gz"} {
			os.Rename(fmt.Sprintf("%s.%d%s", w.name, n, extension), fmt.Sprintf("%s.%d%s", w.name, n+1, extension))
		}
	}
	w.must(os.Rename(w.name, w.name+".1"))
}

// compress replaces name.1 by name.1.gz.
func (w *logWriter) compress(t testing.TB) {
	t.Helper()
	path := w.name + ".1"
	content, err := os.ReadFile(path)
	w.must(err)
	info, err := os.Stat(path)
	w.must(err)
	w.must(os.WriteFile(path+".gz", gzipped(t, content), 0o644))
	w.must(os.Chtimes(path+".gz", info.ModTime(), info.ModTime()))
	w.must(os.Remove(path))
}

// copyTruncate copies the log to name.1 and truncates it.
func (w *logWriter) copyTruncate() {
	w.t.Helper()
	content, err := os.ReadFile(w.name)
	w.must(err)
	w.must(os.WriteFile(w.name+".1", content, 0o644))
	w.must(os.Truncate(w.name, 0))
}

// logReader collects what a Follower hands out.
type logReader struct {
	t       fataler
	f       *Follower
	config  FollowConfig
	name    string
	lines   []string
	defects []Defect
	place   *Place
	told    []string // events
}

func follow(t fataler, name string, place *Place, fromBeginning bool, config FollowConfig) *logReader {
	t.Helper()
	r := &logReader{t: t, name: name, config: config, place: place}
	r.open(fromBeginning)
	return r
}

func (r *logReader) open(fromBeginning bool) {
	r.t.Helper()
	tell := func(format string, arguments ...any) { r.told = append(r.told, fmt.Sprintf(format, arguments...)) }
	f, err := Follow(r.name, r.place, fromBeginning, r.config, FollowEvents{
		Opened:    func(name string, offset int64) { tell("opened %s %d", filepath.Base(name), offset) },
		Rotated:   func() { tell("rotated") },
		Truncated: func(name string) { tell("truncated %s", filepath.Base(name)) },
		Recovered: func(name string, offset int64) { tell("recovered %s %d", filepath.Base(name), offset) },
		Lost:      func(cause LossCause, bytes int64, known bool) { tell("lost %s %d %t", cause, bytes, known) },
		Late:      func(name string, bytes int64) { tell("late %s %d", filepath.Base(name), bytes) },
		Failed:    func(name string, err error) { tell("failed %s %v", filepath.Base(name), err) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.f = f
	r.keep()
}

// keep keeps the place as a checkpoint does.
func (r *logReader) keep() {
	place := &Place{}
	r.f.Place(place)
	r.place = place
}

// close closes the follower, whichever it is by now.
func (r *logReader) close() { r.f.Close() }

// restart closes and goes on from the place that was kept last.
func (r *logReader) restart() {
	r.t.Helper()
	r.close()
	r.open(false)
}

// step takes one batch, if there is one within patience.
func (r *logReader) step(patience time.Duration) bool {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := r.f.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for line, defect, ok := b.Next(); ok; line, defect, ok = b.Next() {
		r.lines = append(r.lines, string(line))
		r.defects = append(r.defects, defect)
	}
	b.Release()
	r.keep()
	return true
}

// until takes batches until enough says so.
func (r *logReader) until(what string, enough func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !enough() {
		if time.Now().After(deadline) {
			r.t.Fatalf("no %s: %d lines, events %q, place %+v, status %+v", what, len(r.lines), r.told, *r.place, r.f.Status())
		}
		r.step(10 * time.Millisecond)
	}
}

// expect takes batches until so many lines have come, and then none for a while;
// they must be the numbered ones, each once and in order.
func (r *logReader) expect(count int) {
	r.t.Helper()
	r.until(fmt.Sprintf("%d lines", count), func() bool { return len(r.lines) >= count })
	r.quiet()
	r.isNumbered(count)
}

func (r *logReader) isNumbered(count int) {
	r.t.Helper()
	for i, line := range r.lines {
		if line != numbered(i) {
			r.t.Fatalf("line %d is %q; events %q", i, line, r.told)
		}
	}
	if len(r.lines) != count {
		r.t.Fatalf("%d lines, want %d; events %q", len(r.lines), count, r.told)
	}
}

// quiet takes batches until none comes for a while.
func (r *logReader) quiet() {
	r.t.Helper()
	for r.step(60 * time.Millisecond) {
	}
}

func (r *logReader) hears(event string) bool {
	return slices.ContainsFunc(r.told, func(told string) bool { return strings.HasPrefix(told, event) })
}
