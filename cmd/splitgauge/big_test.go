package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// Bounds of the memory of the process, in KiB.
const (
	maxPeak     = 64 << 10 // whatever comes in, but for:
	maxPeakFull = 96 << 10 // records over the limit of 16 MiB, and as many names as are kept
)

// bigSize is how much comes in: 1 GB where SPLITGAUGE_FULL is set.
func bigSize() int64 {
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		return 1 << 30
	}
	return 64 << 20
}

// TestBigDocuments streams JSON documents of any size in bounded memory, and
// counts every record of them.
func TestBigDocuments(t *testing.T) {
	const chunkLines = 4000
	records, truth := jsonRecords(t, loggen.Config{Seed: 3, Lines: chunkLines, Format: loggen.JSON})
	for _, test := range []struct {
		name             string
		before, separate string
		after            string
	}{
		{"array on one line", "[", ",", "]"},
		{"array over many lines", "[\n  ", ",\n  ", "\n]\n"},
		{"object with an array on one line", `{"took":3,"meta":{"a":[1,2,"x"]},"logs":[`, ",", `],"next":{"page":2}}`},
		{"object with an array over many lines", "{\n\"logs\": [\n", ",\n", "\n]\n}\n"},
		{"one object a line", "", "\n", "\n"},
		{"objects on one line", "", " ", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			chunk := bytes.Join(records, []byte(test.separate))
			times := bigSize()/int64(len(chunk)) + 1
			in := &repeating{before: []byte(test.before), chunk: chunk, between: []byte(test.separate), times: times, after: []byte(test.after)}
			got := runMeasured(t, maxPeak, in, "replay", "-o", "json", "-")
			got.check(t, 0)
			n := got.numbers(t)
			if n.Lines.Total != times*chunkLines || n.Lines.Parsed != n.Lines.Total || n.Lines.Bytes != in.size() {
				t.Errorf("lines %+v, want %d of %d bytes, all parsed", n.Lines, times*chunkLines, in.size())
			}
			if n.Requests.BytesSent != times*truth.Requests.BytesSent {
				t.Errorf("%d bytes sent, want %d", n.Requests.BytesSent, times*truth.Requests.BytesSent)
			}
			for status, want := range truth.Requests.Status {
				if n.Requests.Status[status] != times*want {
					t.Errorf("status %s: %d, want %d", status, n.Requests.Status[status], times*want)
				}
			}
		})
	}
}

// jsonRecords returns generated JSON lines, and the truth about them.
func jsonRecords(t *testing.T, config loggen.Config) ([][]byte, *loggen.Document) {
	t.Helper()
	generator, err := loggen.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(log.Bytes(), []byte("\n")), []byte("\n"))
	return lines, generator.Truth().Document(loggen.DocumentOptions{})
}

// TestHugeLines reads lines and records that are no such thing, between two
// that are.
func TestHugeLines(t *testing.T) {
	const (
		line   = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "curl/8"` + "\n"
		object = `{"status":"200","request":"GET /a HTTP/1.1"}`
		huge   = 200 << 20
		large  = 40 << 20 // still more than any bound
	)
	block := bytes.Repeat([]byte("x"), 1<<20)
	for _, test := range []struct {
		name          string
		before, after string
		block         []byte
		size          int
		lines         int64 // total
		parsed        int64
		reason        string
		nul           int64
	}{
		{"line", line, "\n" + line, block, huge, 3, 2, "too_long", 0},
		{"line of brackets", line, "\n" + line, bytes.Repeat([]byte("["), 1<<20), large, 3, 2, "too_long", 0},
		{"first line", "", "\n" + line, block, large, 2, 1, "too_long", 0},
		{"only line", "", "", block, large, 1, 0, "too_long", 0},
		{"only line, of braces", "", "", bytes.Repeat([]byte("{"), 1<<20), large, 1, 0, "too_long", 0},
		{"only line, of brackets", "", "", bytes.Repeat([]byte("["), 1<<20), large, 1, 0, "too_long", 0},
		{"hole", line, line, make([]byte, 1<<20), large, 2, 2, "", large},
		{"hole at the beginning", "", line, make([]byte, 1<<20), huge, 1, 1, "", huge},
		{"JSON line", object + "\n" + `{"status":"200","a":"`, `"}` + "\n" + object + "\n", block, large, 3, 2, "too_long", 0},
		{"record", "[" + object + `,{"status":"200","a":"`, `"},` + object + "]", block, huge, 3, 2, "too_long", 0},
		{"record of quotes", "[" + object + `,{"status":"200","a":"`, `"},` + object + "]", bytes.Repeat([]byte(`\"`), 1<<19), large, 3, 2, "too_long", 0},
		{"record of arrays", "[" + object + `,{"status":"200","a":[[]`, `]},` + object + "]", bytes.Repeat([]byte(",[]"), 1<<18), large, 3, 2, "too_long", 0},
		{"key", "[" + object + `,{"`, `":1},` + object + "]", block, large, 3, 2, "too_long", 0},
		{"member before the array", `{"a":"`, `","logs":[` + object + "," + object + "]}", block, large, 1, 0, "too_long", 0},
		{"member behind the array", `{"logs":[` + object + "," + object + `],"a":"`, `"}`, block, large, 2, 2, "", 0},
		{"space between records", "[" + object, "," + object + "]", bytes.Repeat([]byte(" "), 1<<20), large, 2, 2, "", 0},
		{"string without end", "[" + object + `,{"a":"`, ``, block, large, 2, 1, "too_long", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &repeating{before: []byte(test.before), chunk: test.block, times: int64(test.size / len(test.block)), after: []byte(test.after)}
			bound := maxPeak
			if strings.HasPrefix(test.before, "[") || strings.HasPrefix(test.before, "{") {
				bound = maxPeakFull // one document
			}
			got := runMeasured(t, bound, in, "replay", "-o", "json", "-")
			n := got.numbers(t)
			if n.Lines.Total != test.lines || n.Lines.Parsed != test.parsed || n.Lines.Bytes != in.size() || n.Lines.NULBytes != test.nul {
				t.Errorf("lines %+v of %d bytes, want %d, %d of them parsed, and %d bytes of zeros", n.Lines, in.size(), test.lines, test.parsed, test.nul)
			}
			if unparsed := test.lines - test.parsed; unparsed == 0 {
				got.check(t, 0)
			} else if got.check(t, exitUnparsed, "could not be parsed"); n.Lines.Reasons[test.reason] != unparsed {
				t.Errorf("reasons %v, want %d under %q", n.Lines.Reasons, unparsed, test.reason)
			}
		})
	}
}

// TestManyNames fills every dimension to its bound and past it.
func TestManyNames(t *testing.T) {
	requests := bigSize() >> 8
	got := runMeasured(t, maxPeakFull, &generated{next: func(i int64) []byte {
		if i == requests {
			return nil
		}
		return fmt.Appendf(nil, `{"time_iso8601":"20%02d-01-01T00:00:00Z","remote_addr":"10.%d.%d.%d","host":"h%d","request":"GET /p%dx/y HTTP/1.1",`+
			`"status":"%03d","body_bytes_sent":1,"request_time":%d.5,"upstream_addr":"s%d:80","upstream_response_time":%d,"variant":"v%d"}`+"\n",
			i%100, i>>16&255, i>>8&255, i&255, i, i, i%1000, i%2000, i, i%3000, i)
	}}, "replay", "--host", "-o", "json", "-")
	got.check(t, 0)
	n := got.numbers(t)
	if n.Lines.Parsed != requests || n.Requests.BytesSent != requests {
		t.Errorf("lines %+v, %d bytes sent, want %d", n.Lines, n.Requests.BytesSent, requests)
	}
	// The attempts, which have no status of their own, hold one of 64.
	if len(n.Hosts) != 257 || len(n.Paths) != 10_001 || len(n.Upstreams) != 257 || len(n.Variants) != 33 || len(n.Requests.Status) != 64 {
		t.Errorf("%d hosts, %d paths, %d upstreams, %d variants, %d statuses", len(n.Hosts), len(n.Paths), len(n.Upstreams), len(n.Variants), len(n.Requests.Status))
	}
}

// runMeasured runs the built program and checks its peak memory, in KiB.
func runMeasured(t *testing.T, maxPeak int, in io.Reader, arguments ...string) result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, append([]string{measureCommand, program(t)}, arguments...)...)
	var out, errOut bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = in, &out, &errOut
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	messages := strings.TrimSuffix(errOut.String(), "\n")
	last := strings.LastIndexByte(messages, '\n') + 1
	peak, err := strconv.Atoi(messages[last:])
	if err != nil {
		t.Fatalf("no peak in stderr %q", errOut.String())
	}
	if peak > maxPeak {
		t.Errorf("peak memory %d KiB, want at most %d", peak, maxPeak)
	}
	t.Logf("peak memory %d KiB", peak)
	return result{command.ProcessState.ExitCode(), out.String(), messages[:last]}
}

// repeating is a large input that takes no memory.
type repeating struct {
	before, chunk, between, after []byte
	times                         int64 // chunk comes so often

	begun bool
	rest  []byte // of what is being read
	done  int64  // chunks, and what stands between them
}

func (r *repeating) size() int64 {
	return int64(len(r.before)) + r.times*int64(len(r.chunk)) + (r.times-1)*int64(len(r.between)) + int64(len(r.after))
}

func (r *repeating) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 && !r.advance() {
			return n, io.EOF
		}
		copied := copy(p[n:], r.rest)
		r.rest = r.rest[copied:]
		n += copied
	}
	return n, nil
}

// advance makes rest the next part; false at the end.
func (r *repeating) advance() bool {
	switch {
	case !r.begun:
		r.begun, r.rest = true, r.before
	case r.done < 2*r.times-1 && r.done%2 == 0:
		r.done, r.rest = r.done+1, r.chunk
	case r.done < 2*r.times-1:
		r.done, r.rest = r.done+1, r.between
	case r.done == 2*r.times-1:
		r.done, r.rest = r.done+1, r.after
	default:
		return false
	}
	return true
}

// generated is an input made line by line; nil ends it.
type generated struct {
	next func(i int64) []byte
	i    int64
	rest []byte
}

func (g *generated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(g.rest) == 0 {
			if g.rest = g.next(g.i); g.rest == nil {
				return n, io.EOF
			}
			g.i++
		}
		copied := copy(p[n:], g.rest)
		g.rest = g.rest[copied:]
		n += copied
	}
	return n, nil
}
