package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// checkConf is a configuration with something of everything that check tells.
const checkConf = `events {}
http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" "$http_user_agent"';
    log_format timed escape=json '{"time":"$time_iso8601","status":"$status","request":"$request","rt":"$request_time"}';
    log_format shaped '{"status":"$status","request":"$request","agent":"$http_user_agent"}';
    log_format text escape=json '$remote_addr $status "$request';
    log_format open escape=none '$status|$request|$request_id';
    split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }
    split_clients $cookie_uid $theme { 50% a; 50% b; }
    split_clients $request_id $dice { 1% x; * y; }
    split_clients "$time_local" $hour { 10% early; * late; }
    upstream backend { least_conn; server 10.0.0.1:8080 weight=3; server 10.0.0.2:8080 max_fails=0 backup; }
    access_log access.log main buffer=32k flush=5s;
    server {
        listen 127.0.0.1:8081;
        location / { proxy_pass http://backend; access_log timed.log timed if=$variant; }
        location /shaped { access_log shaped.log shaped gzip; access_log main.log text; }
        location /open { access_log open.log open; access_log main.log main; }
        location /far { access_log syslog:server=127.0.0.1 main; access_log logs/$host.log main; }
        location /own { access_log own.log; }
    }
}
`

// TestCheckConfiguration compares what check says of a configuration.
func TestCheckConfiguration(t *testing.T) {
	for _, output := range []string{"text", "json"} {
		t.Run(output, func(t *testing.T) {
			golden := goldenPath(t, "configuration."+output)
			t.Chdir(t.TempDir())
			writeFile(t, ".", "nginx.conf", []byte(checkConf))
			writeFile(t, ".", "access.log", []byte(combinedLine+"\n"))
			r := run(t, nil, "check", "--nginx-conf", "nginx.conf", "-o", output)
			r.check(t, 0)
			compareGolden(t, golden, r.out)
		})
	}
}

// TestCheckExitCodes runs check into every end it can come to.
func TestCheckExitCodes(t *testing.T) {
	good := "events {}\nhttp { access_log access.log; }\n"
	for _, test := range []struct {
		name, conf, log string
		arguments       []string
		in              string
		code            int
		stderr          string
	}{
		{name: "fine", conf: good, log: combinedLine + "\n"},
		{name: "no log is there", conf: good},
		{name: "empty log", conf: good, log: "\n"[:0]},
		{name: "from standard input", arguments: []string{"--nginx-conf", "-", "other.log"}, in: "# configuration file nginx.conf:\n" + good, conf: good},
		{name: "no lines of nginx", arguments: []string{"-"}, in: "nonsense\n", code: exitUnparsed, stderr: "1 of 1 lines read could not"},
		{name: "some lines", conf: good, log: combinedLine + "\n" + commonLine + "\n", code: exitUnparsed, stderr: "1 of 2 lines read could not"},
		{name: "syntax", conf: "events {}\nhttp { access_log access.log nowhere; }\n", code: exitUsage,
			stderr: "nginx.conf:2:30: in `access_log access.log nowhere`: log format \"nowhere\" is not known"},
		{name: "unreadable format", conf: "events {}\nhttp { log_format x '$remote_addr$status'; access_log access.log x; }\n", code: exitUsage,
			stderr: "log_format x at nginx.conf:2:8: cannot tell $remote_addr from $status"},
		{name: "no such configuration", arguments: []string{"--nginx-conf", "missing.conf"}, code: exitUsage, stderr: "missing.conf"},
		{name: "no such log", conf: good, arguments: []string{"--nginx-conf", "nginx.conf", "missing.log"}, code: exitFailed, stderr: "missing.log"},
		{name: "both from standard input", arguments: []string{"--nginx-conf", "-", "-"}, code: exitUsage, stderr: "cannot read both"},
		{name: "no such output", arguments: []string{"-o", "csv"}, code: exitUsage, stderr: "csv"},
		{name: "no such flag", arguments: []string{"--nginx"}, code: exitUsage, stderr: "unknown flag"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.conf != "" {
				writeFile(t, ".", "nginx.conf", []byte(test.conf))
			}
			if test.log != "" {
				writeFile(t, ".", "access.log", []byte(test.log))
			}
			writeFile(t, ".", "other.log", []byte(combinedLine+"\n"))
			arguments := test.arguments
			if arguments == nil {
				arguments = []string{"--nginx-conf", "nginx.conf"}
			}
			r := run(t, strings.NewReader(test.in), append([]string{"check"}, arguments...)...)
			if test.stderr == "" {
				r.check(t, test.code)
			} else {
				r.check(t, test.code, test.stderr)
			}
		})
	}
}

// checked is the JSON of check, as far as tests look at it.
type checked struct {
	Schema  string
	Formats []struct {
		Name     string
		Findings []struct {
			About, Level, Text string
			Missing            []string
		}
		Fix *struct {
			Lines      []string
			Replaces   string
			AccessLogs []string `json:"access_logs"`
		}
	}
	Files []struct {
		Name                            string
		Whole, Unfinished               bool
		Read, Parsed, Partial, Unparsed int64
		Problems                        []struct {
			Reason  string
			Lines   int64
			Samples []struct {
				Line    int64
				FromEnd int64 `json:"from_end"`
				Column  int
				Field   string
			}
		}
	}
}

func (r result) checked(t *testing.T) (c checked) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), &c); err != nil {
		t.Fatalf("%v; exit code %d, stderr %q, stdout %.300q", err, r.code, r.err, r.out)
	}
	return c
}

// TestCheckEnds reads the head and the tail of long logs, whatever they are
// stored as.
func TestCheckEnds(t *testing.T) {
	lines := make([]string, 5000)
	for i := range lines {
		lines[i] = fmt.Sprintf(`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /%d HTTP/1.1" 200 512 "-" "curl/8.5"`, i)
	}
	for _, odd := range []int{999, 2500, 4000, 4990} { // from 0: the last of the head, one in between, the first of the tail, one in it
		lines[odd] = "nonsense"
	}
	text := []byte(strings.Join(lines, "\n") + "\n")
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	plain := writeFile(t, directory, "plain.log", text)
	zipped := writeFile(t, directory, "zipped.log.gz", compressed.Bytes())
	for _, test := range []struct {
		name   string
		file   string
		places [][2]int64 // line, from end
	}{
		{"plain", plain, [][2]int64{{1000, 0}, {0, 1000}, {0, 10}}},
		{"gzip", zipped, [][2]int64{{1000, 0}, {4001, 0}, {4991, 0}}},
		{"standard input", "-", [][2]int64{{1000, 0}, {4001, 0}, {4991, 0}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, bytes.NewReader(text), "check", "--format", "combined", "-o", "json", test.file)
			r.check(t, exitUnparsed, "3 of 2000 lines read could not")
			file := r.checked(t).Files[0]
			if file.Read != 2000 || file.Unparsed != 3 || file.Whole {
				t.Errorf("got %+v", file)
			}
			for i, sample := range file.Problems[0].Samples {
				if got := [2]int64{sample.Line, sample.FromEnd}; got != test.places[i] {
					t.Errorf("sample %d is at %v, want %v", i, got, test.places[i])
				}
			}
		})
	}
}

// TestCheckShortLogs reads logs whose head and tail meet.
func TestCheckShortLogs(t *testing.T) {
	for _, count := range []int{1, 2, 999, 1000, 1001, 1999, 2000, 2001} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			path := writeFile(t, t.TempDir(), "access.log", []byte(strings.Repeat(combinedLine+"\n", count)))
			r := run(t, nil, "check", "--format", "combined", "-o", "json", path)
			r.check(t, 0)
			file := r.checked(t).Files[0]
			if want := int64(min(count, 2000)); file.Read != want || file.Parsed != want || file.Whole != (count <= 2000) {
				t.Errorf("got %+v, want %d lines", file, want)
			}
		})
	}
}

// TestCheckUnfinished leaves out a last line that nginx is still writing, and
// not one that is merely without its line end.
func TestCheckUnfinished(t *testing.T) {
	for _, test := range []struct {
		last       string
		read       int64
		unfinished bool
	}{{combinedLine[:40], 1, true}, {combinedLine, 2, false}} {
		path := writeFile(t, t.TempDir(), "access.log", []byte(combinedLine+"\n"+test.last))
		r := run(t, nil, "check", "--format", "combined", "-o", "json", path)
		r.check(t, 0)
		if file := r.checked(t).Files[0]; file.Read != test.read || file.Unfinished != test.unfinished {
			t.Errorf("got %+v, want %+v", file, test)
		}
	}
}

// TestCheckJSON points at where a line stops being JSON.
func TestCheckJSON(t *testing.T) {
	line := `{"status":200,"request":"GET / HTTP/1.1","agent":"x" y}`
	path := writeFile(t, t.TempDir(), "access.log", []byte(line+"\n"))
	r := run(t, nil, "check", "--format", "json", "-o", "json", path)
	r.check(t, exitUnparsed, "1 of 1 lines")
	sample := r.checked(t).Files[0].Problems[0].Samples[0]
	if sample.Field != "agent" || sample.Column != strings.Index(line, "y}")+1 {
		t.Errorf("got %+v", sample)
	}
}

// TestCheckSafe shows a hostile log and a hostile configuration.
func TestCheckSafe(t *testing.T) {
	t.Chdir(t.TempDir())
	hostile := "\x1b]0;owned\x07\u202e\x9b2J"
	conf := "events {}\nhttp { log_format '" + hostile + "' '$status " + hostile + " $request'; access_log '" + hostile + ".log' '" + hostile + "';\n" +
		"split_clients '$arg_a" + hostile + "' $v { 1% '" + hostile + "'; * ''; } upstream '" + hostile + "' { server '" + hostile + "'; } }\n"
	writeFile(t, ".", "nginx.conf", []byte(conf))
	writeFile(t, ".", hostile+".log", []byte("200 "+hostile+"\n\xff"+hostile+"\n"))
	for _, output := range []string{"text", "json"} {
		r := run(t, nil, "check", "--nginx-conf", "nginx.conf", "-o", output)
		if r.code != exitUnparsed {
			t.Errorf("exit code %d, stderr %q", r.code, r.err)
		}
		if text := r.out + r.err; strings.ContainsAny(text, "\x1b\x07\u202e\u009b") || strings.Contains(text, "\x9b") || !strings.Contains(text, "owned") {
			t.Errorf("%s is not safe: %q", output, text)
		}
	}
}

// TestCheckHostileLines bounds what hostile lines cost: long, and with places without
// number at which a value could end.
func TestCheckHostileLines(t *testing.T) {
	long := strings.Repeat("-, - : ", 1<<11)
	conf := "events {}\nhttp { log_format x '$upstream_response_time $upstream_addr $status'; access_log access.log x; }\n"
	t.Chdir(t.TempDir())
	writeFile(t, ".", "nginx.conf", []byte(conf))
	writeFile(t, ".", "access.log", []byte(strings.Repeat(long+"\n", 2)+strings.Repeat(strings.Repeat("- ", 500)+"\n", 50)))
	r := run(t, nil, "check", "--nginx-conf", "nginx.conf")
	if r.code != exitUnparsed {
		t.Errorf("exit code %d, stderr %q", r.code, r.err)
	}
	for _, line := range strings.Split(r.out, "\n") {
		if len(line) > 400 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func goldenPath(t *testing.T, name string) string {
	t.Helper()
	directory, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return directory + "/testdata/check/" + name + ".golden"
}
