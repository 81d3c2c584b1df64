package parser

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

// richText has every field that is measured.
const richText = `$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time "$host" "$variant" ` +
	`"$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time" "$upstream_cache_status" "$x"`

// richOptions ask for all that an entry can hold.
var richOptions = Options{Host: true, Variants: []string{"variant"}, Values: []string{"x", "y"}}

// textHistory are lines of richText that leave as much as possible behind.
var textHistory = []string{
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" 200 12 0.004 "example.org" ".one" "10.0.0.2:80, 10.0.0.3:80 : thin" "502, 200 : 502" "-, 0.001 : -" "-, 0.002 : -" "0.000, 0.003 : 0.000" "MISS" "x"`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" 200 12 0.004 "example.org" ".one" "10.0.0.2:80" "200" "0.001" "0.002" "0.003" "HIT" "x"`,
	`- [-] "-" - - - "-" "-" "-" "-" "-" "-" "-" "-" "-"`,
	` [] ""    "" "" "" "" "" "" "" "" ""`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "\x16\x03" 400 0 0.000 "" "" "-" "-" "-" "-" "-" "-" "-"`,
	`10.0.0.1 [2026-11-25T10:00:01+00:00] "GET /b HTTP/1.1" 404 1 0.001 "" "" "thin" "502" "-" "-" "0.000" "" ""`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" 200`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" 200 12 0.004 "example.org" ".one`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" 200 many fast "example.org" ".one" "10.0.0.2:80, 10.0.0.3:80" "502" "x, y" "-" "-" "" ""`,
	`10.0.0.1 10.0.0.9 [yesterday] "GET /a HTTP/1.1" 200 12 0.004 "a" "b" "a:1 : " "404 : " "-" "-" "-" "-" "-"`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /a HTTP/1.1" two 12 0.004`,
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /\" HTTP/1.1" 200 12 0.004 "\"" "\" \"" "a:1" "200" "0.001" "0.002" "0.003" "\"" "\""`,
	`hello`,
	``,
	`"`,
	strings.Repeat(`" `, 100),
	`10.0.0.1 [2026-11-25T10:00:00+00:00] "GET /` + strings.Repeat("a", 500) + ` HTTP/1.1" 200 12 0.004 "example.org" ".one" "a:1, b:2, c:3, d:4, e:5, f:6" "500, 501, 502, 503, 504, 200" "-" "-" "-" "-" "-"`,
}

// jsonHistory are JSON lines of as many kinds: each has to forget the layout, the
// repairs and the values of those before.
var jsonHistory = []string{
	`{"remote_addr":"10.0.0.1","msec":1764036000.123,"request":"GET /a HTTP/1.1","status":200,"body_bytes_sent":12,"request_time":0.004,"host":"example.org","variant":".one","upstream_addr":"10.0.0.2:80, thin","upstream_status":"502, 502","upstream_response_time":"0.000, 0.000","upstream_cache_status":"MISS","x":"x","y":1}`,
	`{"remote_addr":"10.0.0.3","msec":1764036000.124,"request":"GET /b HTTP/1.1","status":404,"body_bytes_sent":13,"request_time":0.005,"host":"example.com","variant":"","upstream_addr":"","upstream_status":"","upstream_response_time":"","upstream_cache_status":"","x":"","y":2}`,
	`{"remote_addr":"10.0.0.3","msec":1764036000.124,"request":"GET /b HTTP/1.1","status":404,"body_bytes_sent":13,"request_time":0.005,"host":"example.com","variant":"","upstream_addr":"","upstream_status":"","upstream_response_time":"","upstream_cache_status":"","x":"","y":2`,
	`{"remote_addr":"10.0.0.3","msec":1764036000.124,"request":"GET /b HTTP/1.1","status":"404","body_bytes_sent":13}`,
	`{"status":200}`,
	`{"status":"200"}`,
	`{"status": 200}`,
	`{"status":200,"status":404}`,
	`{"status":200,"x":null}`,
	`{"status":null,"request":null,"request_method":"GET"}`,
	`{"status":009}`,
	`{"status":200,"urt":}`,
	`{"status":200,"urt":,"x":"x","variant":}`,
	`{"status":200,"us":503 : 502, 200,"upstream_addr":a:1 : b:2, c:3}`,
	`{"sta\u0074us":200,"x":"\u0022","y":1}`,
	`{"x":"1","status":200}`,
	`{"status":200,"x":"1"}`,
	"{\n\"request\": \"GET / HTTP/1.1\",\n\"status\": 200\n}",
	"{\"request\":\"GET / HTTP/1.1\",\"status\":200\n}",
	"{\"status\":200\n,\"x\":\"1\"}",
	`{"status":200,"nested":{"x":"2"},"x":"1"}`,
	`{"status":200,"nested":{"y":"deep","z":{"y":3}}}`,
	`{"status":200,"nested.y":"flat"}`,
	`{"status":009,"nested":{"y":"deep"}}`,
	`{"code":404,"status":200}`,
	`{"status":200,"code":404}`,
	`{"status":200, "code":404}`,
	`{"code":404,"urt":}`,
	`{"status":true,"x":false}`,
	`{"status":[200],"x":{"a":1}}`,
	`{"host":{"name":"a b"},"status":200}`,
	`{"request_method":"PUT","request_uri":"/c","uri":"/d"}`,
	`{"request_uri":"/c"}`,
	`{"x":"\"","status":200}`,
	`{"x":"\x22","status":200}`,
	`{"x":"` + strings.Repeat(`\\`, 70) + `","status":200}`,
	`{"x":"` + strings.Repeat(`long`, 70) + `","status":200,"y":"` + strings.Repeat(`"`, 3) + `"}`,
	`{"status":2e2}`,
	`{}`,
	`[]`,
	``,
	`{`,
	`{"`,
	`"status":200`,
	"\ufeff{\"status\":201}",
	` {"status":202} `,
	`{"status":200}x`,
}

// historyTest is a format and lines of it.
type historyTest struct {
	name   string
	format *Format
	lines  []string
}

func historyTests(t testing.TB) []historyTest {
	options := richOptions
	options.Keys = map[string]string{"y": "nested.y"}
	unescaped := richOptions
	unescaped.Escape = EscapeNone
	return []historyTest{
		{"text", mustCompile(t, richText, richOptions), textHistory},
		{"text, escape=none", mustCompile(t, richText, unescaped), textHistory},
		{"combined", mustCompile(t, CombinedText, richOptions), textHistory},
		{"json", mustJSON(t, richOptions), jsonHistory},
		{"json with a path", mustJSON(t, options), jsonHistory},
	}
}

// fullOutcome is an outcome with its whole fault.
func fullOutcome(p *Parser, line string, e *Entry) (outcome, string) {
	o := parseInto(p, line, e)
	if o.result == Parsed {
		return o, ""
	}
	return o, p.Fault().String()
}

// TestNothingRemains parses every pair of lines with one parser and one entry:
// the second has to come out as from a parser of its own.
func TestNothingRemains(t *testing.T) {
	for _, tt := range historyTests(t) {
		t.Run(tt.name, func(t *testing.T) {
			for _, second := range tt.lines {
				var fresh Entry
				want, wantFault := fullOutcome(tt.format.NewParser(), second, &fresh)
				for _, first := range tt.lines {
					p := tt.format.NewParser()
					var e Entry
					parseInto(p, first, &e)
					if got, fault := fullOutcome(p, second, &e); got != want || fault != wantFault {
						t.Errorf("Parse(%q)\nafter %q\n got %v %s\nwant %v %s", second, first, got, fault, want, wantFault)
					}
				}
			}
		})
	}
}

// TestOrderOfLinesDoesNotMatter parses lines in long random orders.
func TestOrderOfLinesDoesNotMatter(t *testing.T) {
	for _, tt := range historyTests(t) {
		t.Run(tt.name, func(t *testing.T) {
			var want []outcome
			for _, line := range tt.lines {
				want = append(want, parse(tt.format.NewParser(), line))
			}
			random := rand.New(rand.NewPCG(1, 2))
			p := tt.format.NewParser()
			var e Entry
			for n := range 4000 {
				i := random.IntN(len(tt.lines))
				if got := parseInto(p, tt.lines[i], &e); got != want[i] {
					t.Fatalf("line %d, Parse(%q)\n got %v\nwant %v", n, tt.lines[i], got, want[i])
				}
			}
		})
	}
}

// byteFields are all byte fields of an entry by name.
func byteFields(e *Entry) map[string][]byte {
	fields := map[string][]byte{
		"Target": e.Target, "RemoteAddr": e.RemoteAddr, "Host": e.Host, "Variant": e.Variant, "CacheStatus": e.CacheStatus,
	}
	for i, value := range e.Values {
		fields["Values["+string(rune('0'+i))+"]"] = value
	}
	for i, a := range e.Attempts {
		fields["Attempts["+string(rune('0'+i))+"].Server"] = a.Server
	}
	return fields
}

// TestEntriesAliasTheLine looks where byte fields point to, and overwrites the
// line under them. Only what stands in a nested object may be a copy.
func TestEntriesAliasTheLine(t *testing.T) {
	for _, tt := range historyTests(t) {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.format.NewParser()
			var e Entry
			for _, text := range append(tt.lines, tt.lines...) {
				line := []byte(text)
				if p.Parse(line, &e) == Unparsed {
					continue
				}
				start := uintptr(unsafe.Pointer(unsafe.SliceData(line)))
				for name, value := range byteFields(&e) {
					if value == nil || strings.Contains(text, `"nested":{`) && name == "Values[1]" {
						continue
					}
					at := uintptr(unsafe.Pointer(unsafe.SliceData(value)))
					if at < start || at+uintptr(len(value)) > start+uintptr(len(line)) {
						t.Errorf("Parse(%q): %s = %q is a copy, want it to alias the line", text, name, value)
					}
				}
				for i := range line {
					line[i] = 0xCC
				}
				for name, value := range byteFields(&e) {
					if !strings.Contains(text, `"nested":{`) && len(bytes.Trim(value, "\xcc")) > 0 {
						t.Errorf("Parse(%q): %s is %q where the line is overwritten, want that too", text, name, value)
					}
				}
			}
		})
	}
}

// TestFaultsPointIntoTheLine finds the text of a fault at its offset.
func TestFaultsPointIntoTheLine(t *testing.T) {
	for _, tt := range historyTests(t) {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.format.NewParser()
			var e Entry
			for _, line := range tt.lines {
				result := p.Parse([]byte(line), &e)
				if result == Parsed {
					continue
				}
				fault := p.Fault()
				if fault.Reason == "" || fault.Want == "" || strings.Contains(fault.Want, "BUG") {
					t.Errorf("Parse(%q): fault %+v, want a reason and what would have been right", line, fault)
				}
				unparsed := fault.Reason == ReasonEmpty || fault.Reason == ReasonFormat || fault.Reason == ReasonJSON
				if unparsed != (result == Unparsed) {
					t.Errorf("Parse(%q) = %v with the reason %q", line, result, fault.Reason)
				}
				if fault.Offset < 0 || fault.Offset > len(line) || !strings.HasPrefix(line[fault.Offset:], string(fault.Text)) {
					if !strings.Contains(line, "nested") {
						t.Errorf("Parse(%q): fault at %d %q, which is not there", line, fault.Offset, fault.Text)
					}
				}
			}
		})
	}
}
