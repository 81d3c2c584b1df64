package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

func TestReplayCSV(t *testing.T) {
	log := goodLog + "odd\n"
	got := run(t, strings.NewReader(log), "replay", "-o", "csv", "--max-unparsed", "25%", "--split", `split_clients $remote_addr $v { * "=all"; }`, "-")
	got.check(t, 0)
	rows, err := csv.NewReader(strings.NewReader(got.out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]string)
	for _, row := range rows {
		key := strings.Join(row[:3], ",")
		if _, ok := values[key]; ok {
			t.Errorf("row %q comes twice", key)
		}
		values[key] = row[3]
	}
	for key, want := range map[string]string{
		"section,name,field":                         "value",
		"report,,schema":                             "splitgauge.report/1",
		"lines,,total":                               "4",
		"reasons,format,lines":                       "1",
		"time,,first":                                "2026-11-25T10:00:00.000Z",
		"requests,,bytes_sent":                       "60",
		"requests,,clients":                          "3",
		"status,404,requests":                        "1",
		"variants,'=all,requests":                    "3", // safe in a spreadsheet
		"variants,'=all,status_classes.5xx":          "1",
		"paths,/c,bytes_sent":                        "30",
		"timeline,,step_seconds":                     "60",
		"timeline,2026-11-25T10:00:00.000Z,requests": "3",
	} {
		if values[key] != want {
			t.Errorf("%s is %q, want %q", key, values[key], want)
		}
	}
}

// TestReplayFlags makes sure that every flag gets where it counts.
func TestReplayFlags(t *testing.T) {
	const format = "$remote_addr $host [$time_local] \"$request\" $status $exp"
	const log = `10.0.0.1 a.example [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 x
10.0.0.2 b.example [25/Nov/2026:10:30:00 +0000] "GET /b HTTP/1.1" 200 y
10.0.0.2 b.example [25/Nov/2026:11:00:00 +0000] "GET /b HTTP/1.1" 404 y
`
	for _, test := range []struct {
		name      string
		arguments []string
		says      []string
		not       string
	}{
		{"nothing", nil, []string{`"total": 3`, `"hosts": []`, `"variants": []`}, "a.example"},
		{"host", []string{"--host"}, []string{`"host": "a.example"`, `"host": "b.example"`}, ""},
		{"top", []string{"--host", "--top", "1"}, []string{`"host": "b.example"`, `"path": "/b"`}, `"path": "/a"`},
		{"variant", []string{"--variant", "exp"}, []string{`"variant": "x"`, `"variant": "y"`}, ""},
		{"variant as nginx writes it", []string{"--variant", "$exp"}, []string{`"variant": "x"`, `"variant": "y"`}, ""},
		{"since, a date", []string{"--since", "2026-11-25"}, []string{`"total": 3`}, ""},
		{"since, of another zone", []string{"--since", "2026-11-25T12:30:00+02:00"}, []string{`"first": "2026-11-25T10:30:00.000Z"`}, `"path": "/a"`},
		{"until", []string{"--until", "2026-11-25 10:30:00"}, []string{`"path": "/a"`, `"last": "2026-11-25T10:00:00.000Z"`}, `"path": "/b"`},
		{"since and until", []string{"--since", "2026-11-25T10:30", "--until", "2026-11-25T11:00:00"}, []string{`"last": "2026-11-25T10:30:00.000Z"`}, `"404"`},
		{"workers", []string{"--workers", "3"}, []string{`"total": 3`}, ""},
		{"split", []string{"--split", `split_clients $remote_addr $any { * all; }`}, []string{`"variant": "all"`}, ""},
		{"split of a variable that is logged", []string{"--split", `split_clients $remote_addr $exp { * all; }`}, []string{`"variant": "x"`, `"variant": "y"`}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			arguments := append([]string{"replay", "-o", "json", "--format", format}, test.arguments...)
			got := run(t, strings.NewReader(log), append(arguments, "-")...)
			got.check(t, 0)
			got.shows(t, test.says...)
			if test.not != "" && strings.Contains(got.out, test.not) {
				t.Errorf("stdout has %q:\n%s", test.not, got.out)
			}
		})
	}
}

// TestNginxVersion puts a client at the upper end of a range, which 1.31.2
// moved by one.
func TestNginxVersion(t *testing.T) {
	var reports []string
	generator, err := loggen.New(loggen.Config{Seed: 1, Lines: 20_000, Clients: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"", "1.31.2", "1.22.1"} {
		got := run(t, strings.NewReader(log.String()), "replay", "-o", "json", "--nginx-version", version,
			"--split", `split_clients $remote_addr $v { 50% a; 50% b; }`, "-")
		got.check(t, 0)
		reports = append(reports, got.out)
	}
	if reports[0] != reports[1] {
		t.Error("without a version it is not the newest rule")
	}
}

func TestEscapeFlag(t *testing.T) {
	const log = `10.0.0.1 "GET /\"a\u0041 HTTP/1.1" 200`
	got := run(t, strings.NewReader(log), "replay", "-o", "json", "--escape", "json", "--format", `$remote_addr "$request" $status`, "-")
	got.check(t, 0)
	got.shows(t, `"path": "/\"aA"`)
}

func TestJSONMapFlag(t *testing.T) {
	const log = `{"ts":"2026-11-25T10:00:00Z","http":{"code":"404"},"client":{"address":"10.0.0.1"},"who":"x"}`
	got := run(t, strings.NewReader(log), "replay", "-o", "json", "--json-map", "status=http.code,remote_addr=client.address", "--json-map", "variant=who", "-")
	got.check(t, 0)
	got.shows(t, `"404": 1`, `"clients": 1`, `"variant": "x"`, `"first": "2026-11-25T10:00:00.000Z"`)
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in := &generated{next: func(i int64) []byte {
		if i == 100_000 {
			cancel()
		}
		return []byte(`{"status":"200"}` + "\n")
	}}
	got := runContext(t, ctx, in, "replay", "-")
	got.check(t, exitFailed, "splitgauge: interrupted\n")
	if got.out != "" {
		t.Errorf("stdout %q, want nothing", got.out)
	}
	ctx, cancel = context.WithCancel(context.Background())
	cancel()
	runContext(t, ctx, nil, "demo", "--lines", "10").check(t, exitFailed, "splitgauge: interrupted\n")
}

// TestFullDisk says that the report could not be written.
func TestFullDisk(t *testing.T) {
	for _, output := range []string{"text", "json", "csv"} {
		var stderr strings.Builder
		command := newRootCommand(terminal{in: strings.NewReader(goodLog), out: full{}, err: &stderr})
		command.SetArgs([]string{"replay", "-o", output, "-"})
		code := exitCode(command.ExecuteContext(context.Background()), &stderr)
		result{code: code, err: stderr.String()}.check(t, exitFailed, "cannot write the report: no space left on device")
	}
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestBrokenInput(t *testing.T) {
	in := io.MultiReader(strings.NewReader(goodLog), broken{})
	got := run(t, in, "replay", "-o", "json", "-")
	got.check(t, exitUnparsed, `cannot read "-" beyond byte 241 (uncompressed): input/output error`)
	if n := got.numbers(t); n.Requests.Total != goodLines {
		t.Errorf("%d requests, want %d", n.Requests.Total, goodLines)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

// TestDemo is the same for a seed, and another for another.
func TestDemo(t *testing.T) {
	demo := func(arguments ...string) string {
		got := run(t, nil, append([]string{"demo", "--lines", "5000"}, arguments...)...)
		got.check(t, 0, "5000 generated lines replayed in ")
		checkPrintable(t, "demo", got.out)
		// A temporary name is as long as chance has it, and lines end elsewhere then.
		named := regexp.MustCompile(`\S*splitgauge-demo-\d+\S*`)
		return strings.Join(strings.Fields(named.ReplaceAllString(got.out, "")), " ")
	}
	first := demo()
	for _, heading := range []string{"VARIANTS", "UPSTREAMS", "PATHS", "STATUS", "OVER TIME", ".blue", ".green", "10.0.0.1:8080", "CHECKS"} {
		if !strings.Contains(first, heading) {
			t.Errorf("the demo has no %q:\n%s", heading, first)
		}
	}
	if strings.Contains(first, "NOT FULLY PARSED") {
		t.Errorf("the demo has bad lines:\n%s", first)
	}
	if demo("--seed", "1") != first {
		t.Error("the same seed gives another report")
	}
	if demo("--seed", "2") == first {
		t.Error("another seed gives the same report")
	}
	if usual := run(t, nil, "demo"); !strings.Contains(usual.out, "\n$variant: WORSE\n") || !strings.Contains(usual.out, "\n  \".green\" is worse") {
		t.Errorf("the worse variant is not found:\n%s", usual.out)
	}
}

func TestVersion(t *testing.T) {
	got := run(t, nil, "version")
	got.check(t, 0)
	if fields := strings.Fields(got.out); len(fields) != 4 || fields[0] != "splitgauge" || !strings.HasPrefix(fields[2], "go1.") || !strings.Contains(fields[3], "/") {
		t.Errorf("version says %q", got.out)
	}
}
