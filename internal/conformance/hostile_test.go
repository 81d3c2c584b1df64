package conformance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// hostileFormat is a log without escaping, in which a client can put anything
// but a line end.
const hostileFormat = `$remote_addr [$time_local] "$request" $status $body_bytes_sent "$upstream_addr" "$upstream_status" "$upstream_response_time" host="$host" variant="$variant"`

// The bounds of what is published: how many values each label may have, "other"
// included.
var labelBounds = map[string]int{
	"variant": 32 + 1,
	"method":  9 + 2, // those of RFC 9110 and PATCH, "other", "-"
	"status":  64 + 1,
	"server":  256 + 1,
	"file":    1,
	"result":  3,
	"reason":  32, // fixed names
	"cause":   8,  // fixed names
	"label":   6,
	"window":  3,
	"le":      32,

	"experiment": 4,
	"metric":     9,  // fixed names
	"verdict":    10, // fixed names
}

// hostile follows a log in which clients and upstreams lie about everything.
func hostile(t *trial) outcome {
	const rate = 10_000
	t.need("promtool")
	path := t.makeDir("logs") + "/access.log"
	a := t.newAgent(agentConfig{logs: []string{path}, format: hostileFormat})
	a.startReady()
	file := t.openLog(path)
	defer file.Close()
	count := rate * int(pick(t, 2*time.Second, 5*time.Second)/time.Second)
	start := time.Now()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for written := 0; written < count; <-ticker.C {
		var text []byte
		for due := min(count, 1+int(rate*int64(time.Since(start))/int64(time.Second))); written < due; written++ {
			text = appendHostile(text, t.random)
		}
		_, err := file.Write(text)
		t.must(err)
	}
	_, err := file.WriteString("the last line\n")
	t.must(err)
	count++
	e := a.untilLines(int64(count))
	t.equal("splitgauge_log_lines_total", e.lines(), int64(count))
	t.checkBounds(e)
	for _, label := range []string{"variant", "server", "status", "method"} {
		if e.sum("splitgauge_series_overflow_total", map[string]string{"label": label}) == 0 {
			t.Errorf("splitgauge_series_overflow_total{label=%q} is 0", label)
		}
	}
	for family, bound := range map[string]int{
		"splitgauge_http_requests_total":             33 * 11 * 65,
		"splitgauge_upstream_attempts_total":         257 * 65,
		"splitgauge_variant_upstream_attempts_total": 33 * 257,
		"splitgauge_parse_failures_total":            32,
	} {
		if got := len(e.family(family)); got > bound {
			t.Errorf("%d series of %s, want at most %d", got, family, bound)
		}
	}
	t.Logf("%d series, resident memory %s", len(e.samples), a.memory())
	t.checkMetrics(a)
	a.alive()
	a.kill()
	a.startReady()
	t.equal("splitgauge_log_lines_total after kill -9", a.untilLines(int64(count)).lines(), int64(count))
	if said := a.stderr.String(); strings.Contains(said, "panic") || !utf8.ValidString(said) || strings.ContainsAny(said, "\x00\x07\x1b") {
		t.Errorf("the agent says more than it should: %q", said)
	}
	a.unwatch()
	a.stop()
	return outcome{written: int64(count), counted: e.lines(), lost: max(0, int64(count)-e.lines()), twice: max(0, e.lines()-int64(count))}
}

// untilLines waits until so many lines have been counted, and then some, and
// returns the metrics.
func (a *agent) untilLines(want int64) (e *exposition) {
	t := a.trial
	t.Helper()
	t.until(func() string { return "lines are missing" + a.said() }, func() bool {
		a.alive()
		e = a.scrape()
		return e != nil && e.lines() >= want
	})
	t.wait(500 * time.Millisecond)
	return a.scrape()
}

// checkBounds looks at the values of every label.
func (t *trial) checkBounds(e *exposition) {
	t.Helper()
	values := map[string]map[string]bool{}
	for key, s := range e.samples {
		for label, value := range s.labels {
			if !utf8.ValidString(value) || len(value) > 512 {
				t.Errorf("%q has the value %q of label %q", key, value, label)
			}
			if strings.HasPrefix(s.name, "splitgauge_") && s.name != "splitgauge_build_info" {
				if values[label] == nil {
					values[label] = map[string]bool{}
				}
				values[label][value] = true
			}
		}
	}
	for label, seen := range values {
		bound, known := labelBounds[label]
		switch {
		case !known:
			t.Errorf("label %q is not known, and has %d values", label, len(seen))
		case len(seen) > bound:
			t.Errorf("%d values of label %q, want at most %d", len(seen), label, bound)
		}
	}
}

// checkMetrics has Prometheus's own tool read the metrics.
func (t *trial) checkMetrics(a *agent) {
	t.Helper()
	_, body, err := a.get("http://"+a.metrics+"/metrics", "")
	t.must(err)
	command := exec.Command("promtool", "check", "metrics")
	command.Stdin = strings.NewReader(body)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v: %.2000s", err, output)
	}
}

// memory returns the most memory that the agent has had, as the kernel says it.
func (a *agent) memory() string {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.process.Process.Pid)) // a mere remark
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}

// appendHostile appends one line, which may have anything in it but a line end.
func appendHostile(text []byte, random *rand.Rand) []byte {
	if random.IntN(20) == 0 { // not even a line of this format
		return append(appendNoise(text, random, 400), '\n')
	}
	text = append(appendAny(text, random, "10.0.0.1"), " [25/Nov/2026:10:00:00 +0000] \""...)
	text = append(appendAny(text, random, "GET", "POST", "BREW"), ' ')
	text = append(appendAny(text, random, "/", "/../..", "http://[", "*"), " HTTP/1.1\" "...)
	text = fmt.Appendf(text, "%03d %d \"", random.IntN(1000), random.Int64N(1<<40))
	text = append(appendAny(text, random, "10.0.0.1:80", "-", ""), "\" \""...)
	text = append(appendAny(text, random, "200", "502, 200", "-"), "\" \"0.001\" host=\""...)
	text = append(appendAny(text, random, "example.org"), "\" variant=\""...)
	return append(appendAny(text, random, ".one", ".two", ""), "\"\n"...)
}

// appendAny appends one of the usual values, a name that has never been seen,
// or noise.
func appendAny(text []byte, random *rand.Rand, usual ...string) []byte {
	switch random.IntN(3) {
	case 0:
		return append(text, usual[random.IntN(len(usual))]...)
	case 1:
		return fmt.Appendf(text, "name%d:%d", random.Uint64(), random.IntN(65536))
	}
	return appendNoise(text, random, 40)
}

// appendNoise appends random bytes: control characters, quotes, invalid UTF-8.
func appendNoise(text []byte, random *rand.Rand, most int) []byte {
	for range 1 + random.IntN(most) {
		c := byte(random.Uint32())
		if slices.Contains([]byte{'\n', 0}, c) { // a run of NULs is a hole, not a line
			c = '"'
		}
		text = append(text, c)
	}
	return text
}
