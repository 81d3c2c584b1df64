package conformance

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

func truncateScenarios() []scenario {
	return []scenario{
		{name: "copytruncate", shape: "copytruncate while nothing is written", run: copyTruncateQuiet},
		{name: "copytruncate-stalled", shape: "copytruncate while the agent is stalled: what it had not read is in the copy", run: copyTruncateStalled},
		{name: "copytruncate-down", shape: "copytruncate and gzip of the copy while the agent is down", run: copyTruncateDown},
		{name: "copytruncate-busy", shape: "copytruncate while nginx goes on writing", run: copyTruncateBusy},
		{name: "holes", shape: "copytruncate of a log that is not opened for appending: a hole of NUL bytes", run: holes},
		{name: "regrow", shape: "truncated, all of it read; longer than before when the agent looks again", run: regrow},
		{name: "truncated", shape: "truncated without a copy, some of it unread", run: truncatedUnread},
	}
}

func copyTruncateQuiet(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	truncations := pick(t, 2, 10)
	for range truncations {
		w.pour(t.rate(), t.span())
		a.settle(w.written())
		t.shiftCopies(w.path)
		t.copyTruncate(w.path, w.path+".1")
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{truncations: int64(truncations)}, w)
}

// holes has a writer that goes on where it was in a file that is empty by now.
func holes(t *trial) outcome {
	w, a := t.single()
	t.must(w.file.Close())
	var err error
	w.file, err = os.OpenFile(w.path, os.O_WRONLY, 0)
	t.must(err)
	a.startReady()
	w.pour(t.rate(), t.span())
	a.settle(w.written())
	t.copyTruncate(w.path, w.path+".1")
	w.pour(t.rate(), t.span())
	return a.verify(expected{truncations: 1, files: []string{w.path + ".1", w.path}}, w)
}

// shiftCopies makes room for a copy of the log at .1.
func (t *trial) shiftCopies(path string) {
	t.Helper()
	for number := 9; number > 0; number-- {
		if name := rotated(path, number); exists(name) {
			t.must(os.Rename(name, fmt.Sprintf("%s.%d%s", path, number+1, compression(name))))
		}
	}
}

func copyTruncateStalled(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	truncations := pick(t, 1, 5)
	for range truncations {
		w.pour(t.rate(), t.span())
		resume := a.stall()
		w.pour(t.rate(), t.span())
		t.shiftCopies(w.path)
		t.copyTruncate(w.path, w.path+".1")
		w.pour(t.rate(), t.span()/4)
		resume()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{truncations: int64(truncations)}, w)
}

func copyTruncateDown(t *trial) outcome {
	w, a := t.single()
	truncations := pick(t, 1, 5)
	for range truncations {
		a.startReady()
		w.pour(t.rate(), t.span())
		a.kill()
		w.write(pick(t, 500, 5000))
		t.shiftCopies(w.path)
		t.copyTruncate(w.path, w.path+".1")
		t.compress("gzip", w.path+".1")
		w.write(pick(t, 100, 2000))
	}
	a.startReady()
	w.pour(t.rate(), t.span())
	result := a.verify(expected{rotations: -1, truncations: -1}, w)
	// Afterwards a copy and a rotated file look the same: each is one or both.
	if n := result.rotations; n < int64(truncations) || n > int64(2*truncations) {
		t.Errorf("%d rotations and truncations, want %d, each counted once or twice", n, truncations)
	}
	return result
}

// copyTruncateBusy cannot be exact: what is written between the copy's end and
// the truncation is in no file. Every line that is in one must be counted once,
// and those that are in none at most once.
func copyTruncateBusy(t *trial) outcome {
	w := t.newWriter(t.makeDir("logs")+"/access.log", maxBlocks)
	a := t.newAgent(agentConfig{logs: []string{w.path}})
	a.startReady()
	stop := w.flow(pick(t, 4000, 8000), maxBlocks) // one line a block, so that each is known
	truncations := pick(t, 3, 8)
	for number := range truncations {
		t.wait(pick(t, 250*time.Millisecond, 100*time.Millisecond))
		t.copyOut(w.path, fmt.Sprintf("%s.%d", w.path, truncations-number))
		t.wait(time.Duration(t.random.IntN(60)) * time.Millisecond) // as the end of copying a large log
		t.must(os.Truncate(w.path, 0))
	}
	t.wait(t.span())
	stop()
	var onDisk []string
	for number := range truncations {
		onDisk = append(onDisk, fmt.Sprintf("%s.%d", w.path, number+1))
	}
	there := t.pathsIn(append(onDisk, w.path)...)
	a.settle(total64(there))

	got := a.reportedPaths()
	result := outcome{written: w.written(), rotations: int64(truncations)}
	for path, written := range w.lines.paths {
		counted := got[path]
		result.counted += counted
		result.twice += max(0, counted-written)
		switch {
		case there[path] > written:
			t.Fatalf("%s is %d times on disk, and was written %d times", path, there[path], written)
		case counted < there[path]:
			result.lost += there[path] - counted
		case counted < written:
			result.gone += written - counted
		}
	}
	t.equal("lines that are on disk and were not counted", result.lost, 0)
	t.equal("lines that were counted more than once", result.twice, 0)
	e := a.scrape()
	t.equal("splitgauge_log_truncations_total", e.sum("splitgauge_log_truncations_total", nil), int64(truncations))
	t.equal("splitgauge_log_lines_total", e.lines(), result.counted)
	t.Logf("%d lines written, %d on disk, %d counted, %d gone; the agent knows of %d lost bytes", result.written, total64(there),
		result.counted, result.gone, e.sum("splitgauge_log_lost_bytes_total", nil))
	if t.Failed() {
		t.Log(describe(got, &w.lines.truth), a.said())
	}
	a.unwatch()
	a.stop()
	return result
}

func total64(counts map[string]int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// pathsIn counts the paths of whole lines in log files, read by a reader of our
// own.
func (t *trial) pathsIn(files ...string) map[string]int64 {
	t.Helper()
	request := regexp.MustCompile(`"[A-Z]+ (/[a-z]+)\?n=\d+ HTTP/1\.1" .* msec=[0-9.]+$`)
	counts := map[string]int64{}
	for _, file := range files {
		for _, line := range t.linesOf(file) {
			if match := request.FindStringSubmatch(line); match != nil {
				counts[match[1]]++
			}
		}
	}
	return counts
}

// linesOf returns the whole lines of a file, compressed by gzip or not.
func (t *trial) linesOf(name string) []string {
	t.Helper()
	content, err := os.ReadFile(name)
	t.must(err)
	if compression(name) == ".gz" {
		reader, err := gzip.NewReader(bytes.NewReader(content))
		t.must(err)
		content, err = io.ReadAll(reader)
		t.must(err)
	}
	lines := strings.Split(string(content), "\n")
	return lines[:len(lines)-1]
}

// regrow has the agent find the file longer than it left it, with other content.
func regrow(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	truncations := pick(t, 1, 5)
	for range truncations {
		w.pour(t.rate(), t.span())
		a.settle(w.written())
		info, err := os.Stat(w.path)
		t.must(err)
		resume := a.stall()
		t.must(os.Truncate(w.path, 0))
		for size := int64(0); size <= info.Size(); { // past the old offset
			w.write(100)
			now, err := os.Stat(w.path)
			t.must(err)
			size = now.Size()
		}
		resume()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{truncations: int64(truncations)}, w)
}

// truncatedUnread takes away lines that nobody can have read: all others have
// to be counted, and the truncation told.
func truncatedUnread(t *trial) outcome {
	path := t.makeDir("logs") + "/access.log"
	lost := t.newWriter(path, maxBlocks)
	lost.whole.Close() // nobody asks for a copy of these
	w := t.newWriter(path, pick(t, maxBlocks, 300_000))
	a := t.newAgent(agentConfig{logs: []string{path}})
	a.startReady()
	truncations := pick(t, 1, 5)
	for range truncations {
		w.pour(t.rate(), t.span())
		a.settle(w.written())
		resume := a.stall()
		lost.write(200)
		t.must(os.Truncate(path, 0))
		w.write(50)
		resume()
		w.pour(t.rate(), t.span())
	}
	result := a.verify(expected{truncations: int64(truncations), lostBytes: -1}, w)
	result.written += lost.written()
	result.gone = lost.written()
	return result
}
