package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lines that nginx writes by the formats of brokenPairs, or would.
const (
	combinedLine = `192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5"`
	commonLine   = `192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 512`
)

// brokenPair is a log_format, and a log that was not written by it.
type brokenPair struct {
	name   string
	format string // parameters of log_format after the name
	other  string // further statements of http
	log    string
	field  string // the variable that check has to name; "": none can be
	fits   string // what it has to offer; "": nothing
}

const combinedFormat = `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'`

var brokenPairs = []brokenPair{
	{name: "space_more_in_log", format: combinedFormat, field: "status", fits: "with one space more before $status",
		log: strings.Replace(combinedLine, `" 200`, `"  200`, 1)},
	{name: "space_more_in_format", field: "time_local", fits: "combined",
		format: strings.Replace(combinedFormat, `] "`, `]  "`, 1), log: combinedLine},
	{name: "missing_quote", format: combinedFormat, field: "http_referer", fits: "without the quote after $http_referer",
		log: strings.Replace(combinedLine, `"-"`, `"-`, 1)},
	{name: "quotes_missing_in_log", format: combinedFormat, field: "time_local", fits: "without quotes around $request",
		log: strings.Replace(combinedLine, `"GET /cart HTTP/1.1"`, `GET /cart HTTP/1.1`, 1)},
	{name: "host_in_front", format: combinedFormat, field: "remote_addr", fits: "log_format vhost",
		other: `log_format vhost '$host:$server_port ` + combinedFormat[1:] + `;`, log: `shop.example:443 ` + combinedLine},
	{name: "host_in_front_unknown", format: combinedFormat, field: "remote_addr", fits: "with a field in front, such as $host",
		log: `shop.example:443 ` + combinedLine},
	{name: "swapped_fields", field: "status", fits: "with $body_bytes_sent and $status the other way round",
		format: `'$remote_addr [$time_local] "$request" $body_bytes_sent $status $request_time'`,
		log:    `192.0.2.7 [25/Nov/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 51234 0.004`},
	{name: "missing_field", format: combinedFormat, field: "body_bytes_sent", fits: "without $body_bytes_sent",
		log: strings.Replace(combinedLine, ` 512`, ``, 1)},
	{name: "missing_end", format: combinedFormat, field: "body_bytes_sent", fits: "common", log: commonLine},
	{name: "more_at_end", format: combinedFormat, field: "http_user_agent", fits: "with a field in quotes at its end",
		log: combinedLine + ` "198.51.100.9"`},
	{name: "json_with_other_spaces", field: "status", fits: "json, told by its keys",
		format: `'{"status": $status, "request": "$request", "agent": "$http_user_agent"}'`,
		log:    `{"status":200,"request":"GET /\x22 HTTP/1.1","agent":"caf\xC3\xA9"}`},
	{name: "json_log_text_format", format: combinedFormat, field: "remote_addr", fits: "json, told by its keys",
		log: `{"time":"2026-11-25T10:00:00+00:00","status":200,"request":"GET / HTTP/1.1","request_time":0.004}`},
	{name: "wrong_escape", format: combinedFormat, field: "request", fits: "with escape=none",
		log: strings.Replace(combinedLine, `/cart`, `/cart?q="red"`, 1)},
	{name: "tabs_for_spaces", format: combinedFormat, field: "remote_addr", fits: "with tabs for spaces",
		log: "192.0.2.7\t-\t-\t[25/Nov/2026:10:00:00 +0000]\t\"GET /cart HTTP/1.1\"\t200\t512\t\"-\"\t\"curl/8.5\""},
	{name: "pipe_in_value", field: "status", fits: "",
		format: `escape=none '$time_iso8601|$status|$http_user_agent|$request_time'`,
		log:    `2026-11-25T10:00:00+00:00|curl|200|0.004`},
	{name: "time_of_another_kind", format: combinedFormat, field: "time_local", fits: "with $time_iso8601 for $time_local",
		log: strings.Replace(combinedLine, `25/Nov/2026:10:00:00 +0000`, `2026-11-25T10:00:00+00:00`, 1)},
	{name: "upstream_list_in_the_wrong_place", field: "upstream_response_time", fits: "the other way round",
		format: `'$remote_addr [$time_iso8601] $status $upstream_response_time $upstream_addr "$request"'`,
		log:    `192.0.2.7 [2026-11-25T10:00:00+00:00] 200 10.0.0.1:8080, 10.0.0.2:8080 0.001, 0.004 "GET /cart HTTP/1.1"`},
	{name: "format_of_another_log", field: "remote_addr", fits: "log_format timed", format: combinedFormat,
		other: `log_format timed '$msec $status $request_time "$request"';`, log: `1764036000.123 200 0.004 "GET /cart HTTP/1.1"`},
	{name: "carriage_returns", format: combinedFormat, field: "body_bytes_sent", fits: "common", log: commonLine + "\r"},
	{name: "control_characters", format: combinedFormat, field: "time_local", fits: "",
		log: "192.0.2.7 - \x1b]0;owned\x07\u202e [25/Nov/2026:10:00:00 +0000] \x1b[2Jnonsense 200"},
	{name: "narrow_spot_far_into_the_line", format: combinedFormat, field: "body_bytes_sent", fits: "without $body_bytes_sent",
		log: strings.Replace(strings.Replace(combinedLine, ` 512`, ``, 1), "/cart", "/"+strings.Repeat("a/", 300), 1)},
}

// TestCheckBrokenPairs holds check to naming the right field, and the format
// that fits where there is one.
func TestCheckBrokenPairs(t *testing.T) {
	for _, pair := range brokenPairs {
		t.Run(pair.name, func(t *testing.T) {
			golden, err := filepath.Abs("testdata/check/" + pair.name + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			conf := "events {}\nhttp {\n    log_format mine " + pair.format + ";\n    " + pair.other + "\n    access_log access.log mine;\n}\n"
			writeFile(t, ".", "nginx.conf", []byte(conf))
			writeFile(t, ".", "access.log", []byte(pair.log+"\n"))
			r := run(t, nil, "check", "--nginx-conf", "nginx.conf")
			r.check(t, exitUnparsed, "1 of 1 lines read could not be parsed fully")
			_, lines, found := strings.Cut(r.out, "LINES OF")
			if !found {
				t.Fatalf("no lines in:\n%s", r.out)
			}
			if field := "$" + pair.field + ": want "; !strings.Contains(lines, field) {
				t.Errorf("want %q", field)
			}
			switch {
			case pair.fits == "" && strings.Contains(lines, "This fits"):
				t.Error("want no format that fits")
			case pair.fits != "" && !strings.Contains(strings.Join(strings.Fields(lines), " "), pair.fits):
				t.Errorf("want %q", pair.fits)
			}
			compareGolden(t, golden, "LINES OF"+lines)
		})
	}
}

// compareGolden compares with a file, which -update writes.
func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant, by %s (go test -run %s -update, if that is right):\n%s", got, filepath.Base(path), t.Name(), want)
	}
}
