package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// threeLines are requests a minute apart.
const threeLines = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "curl/8"
10.0.0.2 - - [25/Nov/2026:10:01:00 +0000] "GET /b HTTP/1.1" 404 20 "-" "curl/8"
10.0.0.3 - - [25/Nov/2026:10:02:00 +0000] "POST /c HTTP/1.1" 500 40 "-" "curl/8"
`

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse("15:04:05.000", text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 25, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}

func TestSinceUntil(t *testing.T) {
	for _, test := range []struct{ since, until, want string }{
		{"", "", `{"total":3,"bytes_sent":70}`},
		{"10:01:00.000", "", `{"total":2,"bytes_sent":60}`},
		{"10:01:00.001", "", `{"total":1,"bytes_sent":40}`},
		{"", "10:01:00.000", `{"total":1,"bytes_sent":10}`},
		{"", "10:01:00.001", `{"total":2,"bytes_sent":30}`},
		{"10:01:00.000", "10:02:00.000", `{"total":1,"bytes_sent":20,"status":{"404":1},"methods":{"GET":1}}`},
		{"10:01:00.000", "10:01:00.000", `{"total":0,"bytes_sent":0,"status":{},"methods":{},"request_time":{"count":0}}`},
		{"11:00:00.000", "", `{"total":0,"bytes_sent":0}`},
	} {
		r := replayText(t, threeLines+"odd\n", ReplayConfig{Since: clock(t, test.since), Until: clock(t, test.until), Reading: Reading{Format: "combined"}})
		// What was read is not what passed.
		compareParts(t, r, `{"lines":{"total":4,"parsed":3,"unparsed":1,"bytes":245,"reasons":{"format":1}},"requests":`+test.want+`}`)
	}
	// A request without a time is in no range; without a range it counts.
	untimed := `{"status":200}` + "\n"
	compareParts(t, replayText(t, untimed, ReplayConfig{}), `{"time":null,"requests":{"total":1},"timeline":{"slots":[]}}`)
	for _, config := range []ReplayConfig{{Since: clock(t, "00:00:00.000")}, {Until: clock(t, "23:00:00.000")}} {
		compareParts(t, replayText(t, untimed, config), `{"lines":{"total":1,"parsed":1},"requests":{"total":0}}`)
	}
	// All that is told of requests is told of those that passed.
	r := replayText(t, threeLines, ReplayConfig{Until: clock(t, "10:01:00.000"), Reading: Reading{Hosts: true, Split: parseSplit(t, `split_clients $remote_addr $v { * all; }`)}})
	compareParts(t, r, `{"time":{"first":"2026-11-25T10:00:00.000Z","last":"2026-11-25T10:00:00.000Z"},"clients":1,
		"variants":[{"variant":"all","requests":1,"clients":1}],"paths":[{"path":"/a","requests":1}],"timeline":{"step_seconds":60,"slots":[{"requests":1}]}}`)
}

// TestLineEnds counts a line whatever ends it.
func TestLineEnds(t *testing.T) {
	one := strings.SplitAfter(threeLines, "\n")[0]
	for _, test := range []struct{ name, log, want string }{
		{"newline", one, `{"total":1,"parsed":1,"bytes":80,"nul_bytes":0}`},
		{"none", strings.TrimSpace(one), `{"total":1,"parsed":1,"bytes":79,"nul_bytes":0}`},
		{"carriage return", strings.Replace(one, "\n", "\r\n", 1), `{"total":1,"parsed":1,"bytes":81}`},
		{"carriage return alone at the end", strings.Replace(one, "\n", "\r", 1), `{"total":1,"parsed":1,"bytes":80}`},
		{"empty lines", "\n" + one + "\r\n\n", `{"total":4,"parsed":1,"unparsed":3,"reasons":{"empty":3},"bytes":84}`},
		{"spaces", " \n" + one, `{"total":2,"parsed":1,"unparsed":1,"reasons":{"format":1},"bytes":82}`},
		{"hole before", "\x00\x00\x00" + one, `{"total":1,"parsed":1,"bytes":83,"nul_bytes":3}`},
		{"hole between", one + "\x00\x00" + one, `{"total":2,"parsed":2,"bytes":162,"nul_bytes":2}`},
		{"hole at the end", one + "\x00\x00", `{"total":1,"parsed":1,"bytes":82,"nul_bytes":2}`},
		{"hole alone on a line", one + "\x00\x00\n" + one, `{"total":2,"parsed":2,"bytes":163,"nul_bytes":2}`},
		{"nothing", "", `{"total":0,"bytes":0,"reasons":{}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			compareParts(t, replayText(t, test.log, ReplayConfig{}), `{"lines":`+test.want+`}`)
			config := ReplayConfig{Workers: 2, Reading: Reading{Reader: tailer.Config{BlockSize: 7}}}
			compareParts(t, replayText(t, test.log, config), `{"lines":`+test.want+`}`)
		})
	}
}

func TestVariants(t *testing.T) {
	const split = `split_clients "${remote_addr}AAA" $v { 50% .one; * ""; }`
	const format = `$remote_addr $status v=$v w=$w variant=$variant`
	log := strings.Join([]string{
		"10.0.0.1 200 v=.one w=x variant=a",
		"10.0.0.2 200 v=.one w=- variant=b",
		"10.0.0.3 200 v= w= variant=-",
		"10.0.0.4 200 v=- w=y variant=",
		"10.0.0.5 200 v=.one w=\\x1Bz variant=a",
	}, "\n")
	for _, test := range []struct{ name, format, log, variable, split, want string }{
		{"of that name", format, log, "", "", `[{"variant":"","requests":2},{"variant":"a","requests":2},{"variant":"b","requests":1}]`},
		{"as asked", format, log, "w", "", `[{"variant":"","requests":2},{"variant":"\u001bz","requests":1},{"variant":"x","requests":1},{"variant":"y","requests":1}]`},
		{"of the split", format, log, "", split, `[{"variant":".one","requests":3},{"variant":"","requests":2}]`},
		{"as asked, beside a split", format, log, "w", split, `[{"variant":"","requests":2},{"variant":"\u001bz","requests":1},{"variant":"x","requests":1},{"variant":"y","requests":1}]`},
		{"as asked, but there is none", format, log, "nowhere", "", `[{"variant":"","requests":2},{"variant":"a","requests":2},{"variant":"b","requests":1}]`},
		{"none", `$remote_addr $status`, "10.0.0.1 200\n10.0.0.2 200\n", "", "", `[]`},
		{"none in JSON", "json", `{"status":"200"}` + "\n" + `{"status":"200"}`, "", "", `[]`},
		{"one line in JSON has it", "json", `{"status":"200"}` + "\n" + `{"status":"200","variant":"a"}`, "", "", `[{"variant":"","requests":1},{"variant":"a","requests":1}]`},
		{"null", "json", `{"status":"200","variant":null}` + "\n" + `{"status":"200","variant":"a"}`, "", "", `[{"variant":"","requests":1},{"variant":"a","requests":1}]`},
		{"dash and empty", "json", `{"status":"200","variant":"-"}` + "\n" + `{"status":"200","variant":""}`, "", "", `[{"variant":"","requests":2}]`},
		{"number", "json", `{"status":"200","variant":2}`, "", "", `[{"variant":"2","requests":1}]`},
		{"escaped", "json", `{"status":"200","variant":"\u00e9\n"}`, "", "", `[{"variant":"é\n","requests":1}]`},
		{"computed", `$remote_addr $status`, "10.0.0.1 200\n10.0.0.2 200\n10.0.0.3 200\n", "", `split_clients $remote_addr $v { * all; }`, `[{"variant":"all","requests":3,"clients":3}]`},
		{"computed where it is not logged", "json", `{"status":"200","v":"a"}` + "\n" + `{"status":"200","remote_addr":""}` + "\n" + `{"status":"200","v":""}`, "",
			`split_clients $remote_addr $v { * all; }`, `[{"variant":"","requests":1},{"variant":"a","requests":1},{"variant":"all","requests":1}]`},
		{"of a key that is not logged", "json", `{"status":"200"}`, "", `split_clients $remote_addr $v { * all; }`, `[]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := ReplayConfig{Reading: Reading{Format: test.format, Variant: test.variable}}
			if test.split != "" {
				config.Split = parseSplit(t, test.split)
			}
			compareParts(t, replayText(t, test.log, config), `{"lines":{"unparsed":0,"partial":0},"variants":`+test.want+`}`)
		})
	}
}

// TestComputedVariantKeys gives the key what nginx would: values as they were
// before they were escaped, and nothing for what is not there.
func TestComputedVariantKeys(t *testing.T) {
	const split = `split_clients "$remote_addr/$http_user_agent" $v { 10% a; 20% b; 30% c; * d; }`
	s := parseSplit(t, split)
	for _, test := range []struct{ logged, key string }{
		{`10.0.0.1 200 "curl"`, "10.0.0.1/curl"},
		{`10.0.0.1 200 "-"`, "10.0.0.1/"},
		{`10.0.0.1 200 ""`, "10.0.0.1/"},
		{`- 200 "-"`, "/"},
		{`10.0.0.1 200 "a\x22b\x5Cx41"`, `10.0.0.1/a"b\x41`},
		{`10.0.0.1 200 "\xC3\xA9"`, "10.0.0.1/é"},
	} {
		want := s.Table.Variant([]byte(test.key))
		r := replayText(t, test.logged, ReplayConfig{Reading: Reading{Split: s, Format: `$remote_addr $status "$http_user_agent"`}})
		compareParts(t, r, `{"lines":{"parsed":1},"variants":[{"variant":"`+want+`","requests":1}]}`)
	}
	r := replayText(t, `{"status":200,"client":"10.0.0.1","http_user_agent":"a\"\u00e9\\x41"}`, ReplayConfig{Reading: Reading{Split: s}})
	compareParts(t, r, `{"variants":[{"variant":"`+s.Table.Variant([]byte(`10.0.0.1/a"é\x41`))+`","requests":1}]}`)
}

func TestJSONKeys(t *testing.T) {
	keys := map[string]string{
		"time": "event.created", "status": "http.response.code", "remote_addr": "source.address", "request": "line",
		"host": "url.domain", "variant": "labels.ab", "request_time": "took", "upstream_addr": "up.0",
	}
	nested := `{"event":{"created":"2026-11-25T10:00:00.5Z"},"http":{"response":{"code":201,"size":5}},"source":{"address":"10.0.0.1"},` +
		`"line":"GET /x HTTP/1.1","url":{"domain":"h"},"labels":{"ab":"b"},"took":"0.25","bytes_sent":7}`
	flat := `{"event.created":"2026-11-25T10:00:00.5Z","http.response.code":201,"source.address":"10.0.0.1","line":"GET /x HTTP/1.1",` +
		`"url.domain":"h","labels.ab":"b","took":0.25,"bytes_sent":7}`
	const want = `{"lines":{"parsed":1},"time":{"first":"2026-11-25T10:00:00.500Z"},"requests":{"total":1,"status":{"201":1},"methods":{"GET":1},"bytes_sent":7,
		"request_time":{"count":1,"sum_ms":250}},"clients":1,"hosts":[{"host":"h"}],"variants":[{"variant":"b"}],"paths":[{"path":"/x"}],"upstreams":[]}`
	for _, log := range []string{nested, flat, "[" + nested + "]", " " + nested} {
		compareParts(t, replayText(t, log, ReplayConfig{Reading: Reading{Keys: keys, Hosts: true}}), want)
	}
	// A key that is mapped is looked for nowhere else.
	r := replayText(t, `{"status":"200","http":5,"request":"GET / HTTP/1.1"}`, ReplayConfig{Reading: Reading{Keys: map[string]string{"status": "http.response.code"}}})
	compareParts(t, r, `{"lines":{"parsed":1},"requests":{"status":{"-":1}}}`)
	// The last of equal keys counts.
	compareParts(t, replayText(t, `{"status":"200","status":"404"}`, ReplayConfig{}), `{"requests":{"status":{"404":1}}}`)
}

func TestFormatTexts(t *testing.T) {
	const line = `10.0.0.1 "GET /a HTTP/1.1" 200 it's	0.5`
	for _, text := range []string{
		`$remote_addr "$request" $status it's	$request_time`,
		`${remote_addr} "${request}" ${status} it's	${request_time}`,
		`'$remote_addr "$request" $status it\'s\t$request_time'`,
		`'$remote_addr "$request" ' '$status it\'s\t$request_time'`,
		"'$remote_addr \"$request\" '\n    '$status it\\'s\\t$request_time'\n",
		`'$remote_addr "$request" $status it\'s\t$request_time';`,
		`log_format main '$remote_addr "$request" $status it\'s\t$request_time';`,
		`log_format main "$remote_addr \"$request\" $status it's\t$request_time";`,
		"log_format main escape=default\n  '$remote_addr \"$request\" $status'\n  ' it\\'s\\t$request_time';",
		`log_format  main  '$remote_addr "$request" $status it\'s' '	$request_time' `,
	} {
		r := replayText(t, line, ReplayConfig{Reading: Reading{Format: text}})
		compareParts(t, r, `{"lines":{"parsed":1},"clients":1,"paths":[{"path":"/a"}],"requests":{"total":1,"status":{"200":1},"request_time":{"count":1,"sum_ms":500}}}`)
	}
}

func TestEscapes(t *testing.T) {
	for _, test := range []struct {
		escape parser.Escape
		format string
		line   string
		path   string
	}{
		{parser.EscapeDefault, `"$request" $status`, `"GET /a\x22\xC3\xA9\x5Cn HTTP/1.1" 200`, `/a"é\\n`},
		{parser.EscapeJSON, `"$request" $status`, `"GET /a\"é\\n\u0041\/ HTTP/1.1" 200`, `/a"é\\nA/`},
		{parser.EscapeNone, `"$request" $status`, `"GET /a\"é\x22 HTTP/1.1" 200`, `/a\\"é\\x22`},
		{parser.EscapeDefault, `log_format x escape=none '"$request" $status';`, `"GET /a\"é\x22 HTTP/1.1" 200`, `/a\\"é\\x22`},
	} {
		r := replayText(t, test.line, ReplayConfig{Reading: Reading{Format: test.format, Escape: test.escape}})
		path := strings.ReplaceAll(test.path, `"`, `\"`)
		compareParts(t, r, `{"lines":{"parsed":1},"paths":[{"path":"`+path+`"}]}`)
	}
}

// TestFields is one line for each thing that the report says about a field.
func TestFields(t *testing.T) {
	const format = `$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time ` +
		`ua="$upstream_addr" us="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time"`
	const start = `10.0.0.1 [25/Nov/2026:10:00:00 +0000] `
	line := func(request, addr, status, connect, header, response string) string {
		return start + request + ` ua="` + addr + `" us="` + status + `" uct="` + connect + `" uht="` + header + `" urt="` + response + `"`
	}
	for _, test := range []struct{ name, line, want string }{
		{"switching protocols", line(`"GET /ws HTTP/1.1" 101 5 60.000`, "a:1", "101", "0.001", "0.002", "60.000"),
			`{"requests":{"total":1,"status":{"101":1},"bytes_sent":5,"request_time":{"count":0}},"paths":[{"requests":1,"request_time":{"count":0}}],
			"upstreams":[{"server":"a:1","response_time":{"count":1,"sum_ms":60000}}]}`},
		{"rounded half up", line(`"GET / HTTP/1.1" 200 5 0.0005`, "a:1", "200", "0.0004", "0.0014999", "0.1115"),
			`{"requests":{"request_time":{"sum_ms":1}},"upstreams":[{"connect_time":{"sum_ms":0},"header_time":{"sum_ms":1},"response_time":{"sum_ms":112}}]}`},
		{"bytes and times absent", line(`"GET / HTTP/1.1" 200 - -`, "-", "-", "-", "-", "-"),
			`{"lines":{"parsed":1},"requests":{"bytes_sent":0,"request_time":{"count":0}},"no_upstream_requests":1,"upstreams":[]}`},
		{"status 000", line(`"GET / HTTP/1.1" 000 0 0.000`, "-", "-", "-", "-", "-"), `{"requests":{"status":{"000":1}},"paths":[{"status_classes":{"0xx":1}}]}`},
		{"status 009", line(`"GET /" 009 0 0.000`, "-", "-", "-", "-", "-"), `{"requests":{"status":{"009":1},"methods":{"GET":1}},"paths":[{"path":"/"}]}`},
		{"status absent", line(`"GET / HTTP/1.1" - 0 0.000`, "-", "-", "-", "-", "-"), `{"requests":{"status":{"-":1}},"paths":[{"status_classes":{"-":1}}]}`},
		{"empty request", line(`"" 400 0 0.000`, "-", "-", "-", "-", "-"), `{"lines":{"parsed":1},"requests":{"methods":{"-":1}},"paths":[{"path":"-"}]}`},
		{"absent request", line(`"-" 408 0 0.000`, "-", "-", "-", "-", "-"), `{"lines":{"parsed":1},"requests":{"methods":{"-":1}},"paths":[{"path":"-"}]}`},
		{"binary request", line(`"\x16\x03\x01" 400 0 0.000`, "-", "-", "-", "-", "-"), `{"lines":{"parsed":1},"requests":{"methods":{"-":1}},"paths":[{"path":"-"}]}`},
		{"odd method", line(`"BREW /pot HTTP/1.1" 418 0 0.000`, "-", "-", "-", "-", "-"),
			`{"requests":{"methods":{"other":1}},"overflow":{"method":1},"paths":[{"path":"/pot"}]}`},
		{"retried", line(`"GET / HTTP/1.1" 200 0 0.000`, "a:1, b:1", "502, 200", "-, 0.001", "-, 0.002", "0.000, 0.003"),
			`{"retried_requests":1,"redirected_requests":0,"upstreams":[{"server":"a:1","attempts":1,"status":{"502":1},"connect_time":{"count":0},"response_time":{"count":1}},
			{"server":"b:1","attempts":1,"status":{"200":1},"connect_time":{"count":1,"sum_ms":1},"response_time":{"count":1,"sum_ms":3}}]}`},
		{"redirected", line(`"GET / HTTP/1.1" 200 0 0.000`, "a:1 : b:1", "200 : 200", "0.001 : 0.001", "0.001 : 0.001", "0.001 : 0.001"),
			`{"retried_requests":0,"redirected_requests":1,"upstreams":[{"server":"a:1"},{"server":"b:1"}]}`},
		{"no live server", line(`"GET / HTTP/1.1" 502 0 0.000`, "backend", "502", "-", "-", "0.000"),
			`{"lines":{"parsed":1},"no_live_upstream_requests":1,"no_upstream_requests":0,"upstreams":[]}`},
		{"IPv6 and sockets", line(`"GET / HTTP/1.1" 200 0 0.000`, "[2001:db8::1]:80, unix:/run/a.sock", "502, 200", "-, -", "-, -", "-, -"),
			`{"retried_requests":1,"upstreams":[{"server":"[2001:db8::1]:80"},{"server":"unix:/run/a.sock"}]}`},
		{"lists of different lengths", line(`"GET / HTTP/1.1" 200 0 0.000`, "a:1, b:1", "200", "0.001, 0.001", "-, -", "-, -"),
			`{"lines":{"partial":1,"reasons":{"lists":1}},"upstreams":[{"server":"a:1","status":{"-":1},"connect_time":{"count":1}},{"server":"b:1","status":{"-":1}}]}`},
		{"aborted", line(`"GET / HTTP/1.1" 499 0 1.500`, "a:1", "-", "0.001", "-", "1.500"),
			`{"requests":{"status":{"499":1}},"upstreams":[{"status":{"-":1},"header_time":{"count":0},"response_time":{"count":1,"sum_ms":1500}}]}`},
		{"odd number", line(`"GET / HTTP/1.1" 200 0x1f 0.010`, "-", "-", "-", "-", "-"),
			`{"lines":{"partial":1,"reasons":{"body_bytes_sent":1}},"requests":{"total":1,"bytes_sent":0,"request_time":{"sum_ms":10}}}`},
		{"time of 41 years", line(`"GET / HTTP/1.1" 200 0 1293840000.000`, "-", "-", "-", "-", "-"),
			`{"lines":{"partial":1,"reasons":{"request_time":1}},"requests":{"total":1,"request_time":{"count":0}}}`},
		{"cut behind the status", start + `"GET / HTTP/1.1" 200`, `{"lines":{"partial":1,"reasons":{"trailing":1}},"requests":{"total":1,"status":{"200":1}}}`},
		{"cut before the status", start + `"GET / HTTP/1.1" `, `{"lines":{"unparsed":1,"reasons":{"format":1}},"requests":{"total":0}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			compareParts(t, replayText(t, test.line, ReplayConfig{Reading: Reading{Format: format}}), test.want)
		})
	}
}

// TestTimes takes the most exact time that a line has.
func TestTimes(t *testing.T) {
	for _, test := range []struct{ line, first string }{
		{`{"status":1,"status":"200","msec":"1764064800.123","time_iso8601":"2026-11-25T10:00:00+00:00","time_local":"25/Nov/2026:09:00:00 +0000"}`, "2025-11-25T10:00:00.123Z"},
		{`{"status":"200","msec":"-","time_iso8601":"2026-11-25T10:00:00+02:00","time_local":"25/Nov/2026:09:00:00 +0000"}`, "2026-11-25T08:00:00.000Z"},
		{`{"status":"200","time_local":"25/Nov/2026:09:00:00 -0130"}`, "2026-11-25T10:30:00.000Z"},
		{`{"status":"200","@timestamp":"2026-11-25T10:00:00.987654Z"}`, "2026-11-25T10:00:00.988Z"},
		{`{"status":"200","ts":"2024-02-29T23:59:60Z"}`, "2024-03-01T00:00:00.000Z"},
	} {
		compareParts(t, replayText(t, test.line, ReplayConfig{}), `{"lines":{"parsed":1},"time":{"first":"`+test.first+`","last":"`+test.first+`"}}`)
	}
}

// TestBytesSent sums the bodies, and headers too only where nothing else is
// logged.
func TestBytesSent(t *testing.T) {
	for line, want := range map[string]string{
		`{"status":"200","bytes_sent":"150","body_bytes_sent":"100"}`: "100",
		`{"status":"200","bytes_sent":150}`:                           "150",
		`{"status":"200","bytes_sent":150,"body_bytes_sent":"-"}`:     "0",
	} {
		compareParts(t, replayText(t, line, ReplayConfig{}), `{"lines":{"parsed":1},"requests":{"bytes_sent":`+want+`}}`)
	}
}

// TestDocuments counts records as lines, and says where a document breaks.
func TestDocuments(t *testing.T) {
	const record = `{"status":"200","request":"GET /a HTTP/1.1"}`
	long := `{"status":"200","x":"` + strings.Repeat("x", 200) + `"}`
	for _, test := range []struct{ name, document, want, says string }{
		{"array", "[" + record + ", " + record + "]", `{"total":2,"parsed":2,"bytes":92}`, ""},
		{"wrapped", `{"took":1,"hits":[` + record + "],\"x\":[1]}\n", `{"total":1,"parsed":1,"bytes":73}`, ""},
		{"one after the other", record + record + "\n\n" + record, `{"total":3,"parsed":3}`, ""},
		{"spread over lines", "{\n \"status\": \"200\"\n}\n{\n \"status\": \"404\"\n}\n", `{"total":2,"parsed":2}`, ""},
		{"byte order mark", "\ufeff[" + record + "]", `{"total":1,"parsed":1,"bytes":49}`, ""},
		{"other elements", `[` + record + `,5,null,"x",[],{}]`, `{"total":6,"parsed":1,"unparsed":5,"reasons":{"json":5}}`, "-:2:1 json: cannot read \"5\": want a JSON object"},
		{"too long", "[" + record + "," + long + "," + record + "]", `{"total":3,"parsed":2,"unparsed":1,"reasons":{"too_long":1}}`, `-:2:1 too_long: cannot read "{\"status\":\"200\"`},
		{"broken in a record", "[" + record + `,{"status":}` + "," + record + "]", `{"total":2,"parsed":1,"unparsed":1,"reasons":{"json":1}}`,
			"want the JSON document to go on at byte 46"},
		{"broken between records", "[" + record + " " + record + "]", `{"total":2,"parsed":1,"unparsed":1,"reasons":{"json":1},"bytes":91}`,
			"want the JSON document to go on at byte 46"},
		{"cut", "[" + record + "," + record[:20], `{"total":2,"parsed":1,"unparsed":1,"reasons":{"json":1},"bytes":66}`,
			"want the JSON document to go on at byte 46"},
		{"not closed", "[" + record, `{"total":2,"parsed":1,"unparsed":1,"reasons":{"json":1},"bytes":45}`, "want the JSON document to go on at byte 45"},
		{"text behind", "[" + record + "] and so on", `{"total":2,"parsed":1,"unparsed":1,"reasons":{"json":1}}`, `cannot read "and so on": want the JSON document to go on at byte 47`},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := ReplayConfig{Reading: Reading{Reader: tailer.Config{MaxRecord: 100}}}
			r := replayText(t, test.document, config)
			compareParts(t, r, `{"lines":`+test.want+`}`)
			if text := strings.Join(strings.Fields(textOf(t, r)), " "); !strings.Contains(text, test.says) {
				t.Errorf("no %q in %s", test.says, text)
			}
		})
	}
}

// TestHandMadeJSON reads what log_formats that look like JSON really produce.
func TestHandMadeJSON(t *testing.T) {
	for line, want := range map[string]string{
		`{"status":200,"urt":,"us":-}`:      `{"lines":{"parsed":1},"no_upstream_requests":1}`,
		`{"status":009,"request_time":0.5}`: `{"lines":{"parsed":1},"requests":{"status":{"009":1},"request_time":{"sum_ms":500}}}`,
		`{"status":200,"upstream":"a:1, b:1 : c:1","us":503, 200 : 200,"urt":0.1, 0.2 : 0.3}`: `{"lines":{"parsed":1},"retried_requests":1,"redirected_requests":1,"upstreams":[{"server":"a:1","status":{"503":1}},{"server":"b:1"},{"server":"c:1","response_time":{"sum_ms":300}}]}`,
		`{"status":"200","request":"GET /a\x22b HTTP/1.1"}`:                                   `{"lines":{"parsed":1},"paths":[{"path":"/a\"b"}]}`,
	} {
		compareParts(t, replayText(t, line+"\n"+line+"\n", ReplayConfig{}), strings.NewReplacer(`"parsed":1`, `"parsed":2`).Replace(doubled(want)))
	}
}

// doubled is the report on two of the same lines, for the counts of
// TestHandMadeJSON.
func doubled(want string) string {
	return strings.NewReplacer(`:1}`, `:2}`, `requests":1`, `requests":2`, `sum_ms":500`, `sum_ms":1000`, `sum_ms":300`, `sum_ms":600`).Replace(want)
}

// TestSamples shows the first lines of each reason, by file and line, whichever
// worker met them.
func TestSamples(t *testing.T) {
	var log strings.Builder
	for range 2000 {
		log.WriteString("odd one\n" + threeLines + "\n")
	}
	inputs := append(plainFile(t, []byte(threeLines+log.String())), plainFile(t, []byte(log.String()))...)
	var first string
	for _, workers := range []int{1, 2, 4, 7} {
		config := ReplayConfig{Inputs: inputs, Workers: workers, Reading: Reading{Reader: tailer.Config{BlockSize: 256}}}
		r := mustReplay(t, config)
		if len(r.Samples) != 2*samplesPerReason {
			t.Fatalf("%d samples, want %d", len(r.Samples), 2*samplesPerReason)
		}
		for i, line := range []int64{4, 8, 9, 13, 14, 18} {
			sample, reason := r.Samples[i], []string{"format", "empty"}[i%2]
			if sample.Source != inputs[0] || sample.Line != line || sample.Reason != reason {
				t.Errorf("%d workers: sample %d is %s:%d %s, want line %d, %s", workers, i, sample.Source, sample.Line, sample.Reason, line, reason)
			}
		}
		for i, lines := range []int64{10_003, 10_000} {
			if r.Sources[i].Lines != lines {
				t.Errorf("%d workers: %d lines in input %d, want %d", workers, r.Sources[i].Lines, i, lines)
			}
		}
		text := textOf(t, r)
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%d workers: the text is another one:\n%s\nwant\n%s", workers, text, first)
		}
	}
}

// TestOrderOfFiles puts files in the order of their times, whatever their names
// and the order that they are given in.
func TestOrderOfFiles(t *testing.T) {
	lines := strings.SplitAfter(threeLines, "\n")
	var inputs []string
	for _, line := range []string{lines[2], "what is this?\n", lines[0], lines[1]} {
		inputs = append(inputs, plainFile(t, []byte(line))...)
	}
	r := mustReplay(t, ReplayConfig{Inputs: inputs})
	for i, want := range []int{2, 3, 0, 1} {
		if r.Sources[i].Name != inputs[want] {
			t.Errorf("input %d is %q, want %q", i, r.Sources[i].Name, inputs[want])
		}
	}
}
