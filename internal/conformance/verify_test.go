package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// outcome is what a scenario came to, for the table in docs/reliability.md.
type outcome struct {
	written, counted int64
	lost, twice      int64 // lines
	gone             int64 // lines that were off the disk before they could be read
	rotations        int64 // and truncations
}

// expected is what the agent has to say beside the counts; where -1 it is not
// looked at.
type expected struct {
	rotations, truncations int64
	lostBytes              int64
	removed                bool     // some log is gone, and so are its own series
	files                  []string // what replay reads; default what was written
}

// verify waits until the agent has counted all that was written, and compares
// every number with the truth: at once, in the report, which has to be what
// replay says of the same lines, and after a restart.
func (a *agent) verify(want expected, writers ...*logWriter) outcome {
	t := a.trial
	t.Helper()
	truth := newTruth()
	files := want.files
	for _, w := range writers {
		truth.add(&w.lines.truth)
		if want.files == nil {
			files = append(files, w.wholePath())
		}
	}
	a.settle(truth.lines)
	result := a.compare("at the end", truth, want)
	arguments := []string{"--format", a.format()}
	if a.splits() {
		arguments = append(arguments, "--split", logSplit)
	}
	a.compareReplay(append(arguments, files...)...)
	if a.splits() {
		a.compareExperiment(truth)
	}
	a.stop()
	a.startReady()
	a.compare("after a restart", truth, want)
	a.unwatch()
	a.stop()
	return result
}

func (t *truth) add(other *truth) {
	t.lines += other.lines
	t.fileBytes += other.fileBytes
	for key, n := range other.requests {
		t.requests[key] += n
	}
	for key, n := range other.variantBytes {
		t.variantBytes[key] += n
	}
	for client, variant := range other.clients {
		t.clients[client] = variant
	}
	for key, n := range other.paths {
		t.paths[key] += n
	}
}

// settle waits until the agent has counted that many requests, as long as there
// is progress, and then for as long as lines that are counted twice may take.
func (a *agent) settle(want int64) {
	t := a.trial
	t.Helper()
	const patience = 12 * time.Second
	progress := time.Now()
	last := int64(-1)
	t.until(func() string { return fmt.Sprintf("%d of %d lines counted%s", last, want, a.said()) }, func() bool {
		a.alive()
		if e := a.scrape(); e != nil {
			if counted := e.sum("splitgauge_http_requests_total", nil); counted != last {
				last, progress = counted, time.Now()
			}
		}
		return last >= want || time.Since(progress) > patience
	})
	if last < want {
		t.Errorf("%d of %d lines counted, and no more for %v", last, want, patience)
	}
	t.wait(pick(t, 500*time.Millisecond, 2*time.Second))
}

// compare compares the metrics with the truth.
func (a *agent) compare(when string, truth *truth, want expected) (result outcome) {
	t := a.trial
	t.Helper()
	e := a.scrape()
	if e == nil {
		t.Fatalf("%s: no metrics%s", when, a.said())
	}
	failed := t.Failed()
	differences(t, when+": splitgauge_http_requests_total", e.requests(), truth.requests)
	differences(t, when+": splitgauge_http_response_bytes_total", e.variantBytes(), asFloats(truth.variantBytes))
	if !want.removed {
		t.equal(when+": splitgauge_log_lines_total", e.lines(), truth.lines)
		t.equal(when+": splitgauge_log_lines_total{result=\"parsed\"}",
			e.sum("splitgauge_log_lines_total", map[string]string{"result": "parsed"}), truth.lines)
		t.equal(when+": splitgauge_log_rotations_total", e.sum("splitgauge_log_rotations_total", nil), want.rotations)
		t.equal(when+": splitgauge_log_truncations_total", e.sum("splitgauge_log_truncations_total", nil), want.truncations)
		t.equal(when+": splitgauge_log_lost_bytes_total", e.sum("splitgauge_log_lost_bytes_total", nil), want.lostBytes)
		t.equal(when+": splitgauge_log_lag_bytes", e.sum("splitgauge_log_lag_bytes", nil), 0)
	}
	paths := a.reportedPaths()
	result = countOutcome(paths, truth)
	result.rotations = e.sum("splitgauge_log_rotations_total", nil) + e.sum("splitgauge_log_truncations_total", nil)
	if t.Failed() && !failed {
		t.Logf("%s: %s%s", when, describe(paths, truth), a.said())
	}
	return result
}

// asFloats returns counts as an exposition has them: exact up to 2^53. The report
// has all of them exactly.
func asFloats(counts map[string]int64) map[string]int64 {
	rounded := make(map[string]int64)
	for name, n := range counts {
		rounded[name] = int64(float64(n))
	}
	return rounded
}

// equal compares a number, unless it is not looked at.
func (t *trial) equal(what string, got, want int64) {
	t.Helper()
	if want >= 0 && got != want {
		t.Errorf("%s is %d, want %d", what, got, want)
	}
}

// differences compares two maps and tells where they differ.
func differences[key comparable](t *trial, what string, got, want map[key]int64) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	var text []string
	for k := range want {
		if got[k] != want[k] {
			text = append(text, fmt.Sprintf("%+v is %d, want %d", k, got[k], want[k]))
		}
	}
	for k := range got {
		if _, found := want[k]; !found {
			text = append(text, fmt.Sprintf("%+v is %d, want none", k, got[k]))
		}
	}
	slices.Sort(text)
	t.Errorf("%s: %d differences: %s", what, len(text), strings.Join(text[:min(5, len(text))], "; "))
}

// reportedPaths returns the requests of each path in the agent's report.
func (a *agent) reportedPaths() map[string]int64 {
	a.trial.Helper()
	var report struct {
		Paths []struct {
			Path     string
			Requests int64
		}
	}
	a.trial.must(json.Unmarshal([]byte(a.report()), &report))
	paths := map[string]int64{}
	for _, row := range report.Paths {
		paths[row.Path] = row.Requests
	}
	return paths
}

// countOutcome tells lines that are missing from those that are there twice.
func countOutcome(got map[string]int64, truth *truth) outcome {
	result := outcome{written: truth.lines}
	for path, want := range truth.paths {
		result.counted += got[path]
		result.lost += max(0, want-got[path])
		result.twice += max(0, got[path]-want)
	}
	return result
}

// describe says which lines are missing and which are there twice.
func describe(got map[string]int64, truth *truth) string {
	var text []string
	for number := range int64(len(truth.paths)) {
		path := "/" + word(number)
		if got[path] != truth.paths[path] {
			text = append(text, fmt.Sprintf("%d (%d, want %d)", number, got[path], truth.paths[path]))
		}
	}
	return fmt.Sprintf("%d of %d blocks of lines are wrong: %s", len(text), len(truth.paths), strings.Join(text[:min(20, len(text))], " "))
}

// compareReplay compares the agent's report with what replay says.
func (a *agent) compareReplay(arguments ...string) {
	t := a.trial
	t.Helper()
	t.sameDocument(a.report(), t.replay(arguments...))
}

// replay returns the report on archived logs.
func (t *trial) replay(arguments ...string) string {
	t.Helper()
	command := exec.Command(t.program, append([]string{"replay", "-o", "json", "--max-unparsed", "100%"}, arguments...)...)
	var stderr tail
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("replay: %v\n%s", err, stderr.String())
	}
	return string(output)
}

// sameDocument compares two JSON documents byte for byte, and says in which
// members they differ.
func (t *trial) sameDocument(got, want string) {
	t.Helper()
	if got == want {
		return
	}
	var gotValue, wantValue any
	t.must(json.Unmarshal([]byte(got), &gotValue))
	t.must(json.Unmarshal([]byte(want), &wantValue))
	paths := differingMembers("", gotValue, wantValue)
	if len(paths) == 0 {
		paths = []string{"only in how it is written"}
	}
	t.Errorf("the report differs from that of replay in %d places: %s", len(paths), strings.Join(paths[:min(12, len(paths))], "; "))
}

// differingMembers returns where two JSON values differ.
func differingMembers(path string, got, want any) (paths []string) {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(want)) {
				paths = append(paths, differingMembers(path+"."+key, got[key], want[key])...)
			}
			for _, key := range slices.Sorted(maps.Keys(got)) {
				if _, found := want[key]; !found {
					paths = append(paths, fmt.Sprintf("%s.%s is there", path, key))
				}
			}
			return paths
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				paths = append(paths, differingMembers(fmt.Sprintf("%s[%d]", path, i), got[i], want[i])...)
			}
			return paths
		}
	}
	gotText, _ := json.Marshal(got)
	wantText, _ := json.Marshal(want)
	if string(gotText) != string(wantText) {
		paths = append(paths, fmt.Sprintf("%s: %.80s, want %.80s", path, gotText, wantText))
	}
	return paths
}
