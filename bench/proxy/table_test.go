package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	table := &table{columns: []column{
		{title: "requests/s", format: "%.0f", ratio: true, spread: true},
		{title: "p99 ms", format: "%.1f", ratio: true},
		{title: "failed", format: "%.0f"},
	}}
	for _, requests := range []float64{900, 1000, 5000} {
		table.add(ownName, requests, 3, 0)
	}
	table.add(baseline, 1000, 2, 0)
	table.add(baseline, 3000, 4, 7)
	var out strings.Builder
	table.write(&out)
	want := `| proxy | requests/s | min–max | × HAProxy | p99 ms | × HAProxy | failed |
|---|--:|--:|--:|--:|--:|--:|
| splitgauge | 1000 | 900–5000 | 0.50 | 3.0 | 1.00 | 0 |
| HAProxy | 2000 | 1000–3000 | 1.00 | 3.0 | 1.00 | 4 |

`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &out, want)
	}
	if got := table.median("nobody", 0); got != 0 {
		t.Errorf("the median of a row that is not there is %v", got)
	}
}

func TestParseWrk(t *testing.T) {
	const head = `Running 1s test @ http://127.0.0.1:8080/small
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   599.00us  282.00us   6.70ms   81.00%
    Req/Sec   105.10k     2.10k  107.00k    80.00%
  Latency Distribution
     50%  571.00us
     75%  700.00us
     90%    0.90ms
`
	tests := []struct {
		name, text string
		want       wrkResult
	}{
		{"milliseconds", head + "     99%    1.01ms\n  115931 requests in 1.10s, 131.00MB read\nRequests/sec: 105422.10\nTransfer/sec:    119.10MB\n",
			wrkResult{perSecond: 105422.10, p99: 1.01}},
		{"microseconds", head + "     99%  870.00us\n  115931 requests in 1.10s, 131.00MB read\nRequests/sec:      7.50\nTransfer/sec:    119.10MB\n",
			wrkResult{perSecond: 7.5, p99: 0.87}},
		{"seconds and failures", head + "     99%    1.20s \n  11 requests in 1.10s, 131.00MB read\n" +
			"  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\nRequests/sec:     10.00\nTransfer/sec:    119.10MB\n",
			wrkResult{perSecond: 10, p99: 1200, failed: 54321}},
	}
	for _, test := range tests {
		got, err := parseWrk(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, error %v; want %+v", test.name, got, err, test.want)
		}
	}
	if _, err := parseWrk("unable to connect"); err == nil {
		t.Error("what wrk never prints is understood")
	}
}

func TestReplaceBetween(t *testing.T) {
	name := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(name, []byte("a\n<b>\nold\n<e>\nz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := replaceBetween(name, "<b>\n", "<e>", "new\n\n"); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "a\n<b>\nnew\n<e>\nz\n" {
		t.Errorf("document %q, error %v", text, err)
	}
	for _, marks := range [][2]string{{"<x>\n", "<e>"}, {"<b>\n", "<x>"}, {"<e>", "<b>"}} {
		if err := replaceBetween(name, marks[0], marks[1], ""); err == nil || !strings.Contains(err.Error(), "benchmarks.md") {
			t.Errorf("marks %q: error %v, want one that names the document", marks, err)
		}
	}
}

// TestDocumentHasItsMarks looks for the place of each part.
func TestDocumentHasItsMarks(t *testing.T) {
	text, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts() {
		begin, end := "<!-- proxy-"+p.name+":begin -->\n", "<!-- proxy-"+p.name+":end -->\n"
		if at := strings.Index(string(text), begin); at < 0 || !strings.Contains(string(text[at:]), end) {
			t.Errorf("docs/benchmarks.md has no %q followed by %q", begin, end)
		}
	}
}
