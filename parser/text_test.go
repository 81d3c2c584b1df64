package parser

import (
	"fmt"
	"strings"
	"testing"
)

const combinedStart = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] `

func TestCombined(t *testing.T) {
	const when = "time=2026-11-25T10:00:00.000 "
	usual := parsed(when + `status=200 method=GET target="/" client="10.0.0.1" bytes=12`)
	checkLines(t, mustCompile(t, CombinedText, Options{}), []lineTest{
		{"usual", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"IPv6 client", `2001:db8::1 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`,
			parsed(when + `status=200 method=GET target="/" client="2001:db8::1" bytes=12`)},
		{"unix client", `unix: - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`,
			parsed(when + `status=200 method=GET target="/" client="unix:" bytes=12`)},
		{"time zone", `10.0.0.1 - - [25/Nov/2026:10:00:00 -0330] "GET / HTTP/1.1" 200 12 "-" "agent"`,
			parsed(`time=2026-11-25T13:30:00.000 status=200 method=GET target="/" client="10.0.0.1" bytes=12`)},

		// Request lines that are none, and odd ones.
		{"no TLS", combinedStart + `"-" 400 0 "-" "-"`, parsed(when + `status=400 method=- client="10.0.0.1" bytes=0`)},
		{"only line ends", combinedStart + `"" 400 0 "-" "-"`, parsed(when + `status=400 method=- client="10.0.0.1" bytes=0`)},
		{"client hello", combinedStart + `"\x16\x03\x01\x02\x00\x01\x00\x01\xFC" 400 157 "-" "-"`, parsed(when + `status=400 method=- client="10.0.0.1" bytes=157`)},
		{"binary", combinedStart + `"]&\xDF\xBDV\xE7\xBB<\x10;\xA2b}\xDFM\x1D" 400 150 "-" "-"`, parsed(when + `status=400 method=- client="10.0.0.1" bytes=150`)},
		{"raw bytes", combinedStart + "\"\x16\x03\x01\x00\xff\" 400 150 \"-\" \"-\"", parsed(when + `status=400 method=- client="10.0.0.1" bytes=150`)},
		{"HTTP/2 preface", combinedStart + `"PRI * HTTP/2.0" 400 157 "-" "-"`, parsed(when + `status=400 method=other target="*" client="10.0.0.1" bytes=157`)},
		{"HTTP/0.9", combinedStart + `"GET /" 200 12 "-" "-"`, parsed(when + `status=200 method=GET target="/" client="10.0.0.1" bytes=12`)},
		{"spaces in the target", combinedStart + `"GET /a b  c HTTP/1.1" 400 157 "-" "-"`, parsed(when + `status=400 method=GET target="/a b  c" client="10.0.0.1" bytes=157`)},
		{"absolute target", combinedStart + `"GET http://example.org/a?b HTTP/1.1" 200 12 "-" "-"`, parsed(when + `status=200 method=GET target="http://example.org/a?b" client="10.0.0.1" bytes=12`)},
		{"CONNECT", combinedStart + `"CONNECT example.org:443 HTTP/1.1" 405 12 "-" "-"`, parsed(when + `status=405 method=CONNECT target="example.org:443" client="10.0.0.1" bytes=12`)},
		{"PROPFIND", combinedStart + `"PROPFIND /dav HTTP/1.1" 207 12 "-" "-"`, parsed(when + `status=207 method=other target="/dav" client="10.0.0.1" bytes=12`)},
		{"escapes are left alone", combinedStart + `"GET /\x22\xC3\xA9\x5C HTTP/1.1" 200 12 "-" "-"`, parsed(when + `status=200 method=GET target="/\\x22\\xC3\\xA9\\x5C" client="10.0.0.1" bytes=12`)},
		{"a line inside the request", combinedStart + `"GET /] \x22x\x22 200 1 HTTP/1.1" 404 12 "-" "-"`, parsed(when + `status=404 method=GET target="/] \\x22x\\x22 200 1" client="10.0.0.1" bytes=12`)},

		// Statuses.
		{"status 000", combinedStart + `"GET / HTTP/1.1" 000 0 "-" "-"`, parsed(when + `status=000 method=GET target="/" client="10.0.0.1" bytes=0`)},
		{"status 009", combinedStart + `"GET /" 009 0 "-" "-"`, parsed(when + `status=009 method=GET target="/" client="10.0.0.1" bytes=0`)},
		{"status 999", combinedStart + `"GET /" 999 0 "-" "-"`, parsed(when + `status=999 method=GET target="/" client="10.0.0.1" bytes=0`)},
		{"status absent", combinedStart + `"GET /" - 0 "-" "-"`, parsed(when + `method=GET target="/" client="10.0.0.1" bytes=0`)},
		{"status empty", combinedStart + `"GET /"  0 "-" "-"`, parsed(when + `method=GET target="/" client="10.0.0.1" bytes=0`)},
		{"status of two digits", combinedStart + `"GET /" 20 0 "-" "-"`, unparsed("format")},
		{"status of four digits", combinedStart + `"GET /" 2000 0 "-" "-"`, unparsed("format")},
		{"status in words", combinedStart + `"GET /" OK 0 "-" "-"`, unparsed("format")},
		{"line ends in the status", combinedStart + `"GET /" 200`, partial("trailing", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"line ends after the status", combinedStart + `"GET /" 200 `, partial("trailing", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"line ends in half a status", combinedStart + `"GET /" 20`, unparsed("format")},

		// User names.
		{"user", `10.0.0.1 - joe [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with a space", `10.0.0.1 - joe doe [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with a bracket", `10.0.0.1 - joe [x] [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with an open bracket", `10.0.0.1 - joe [ [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with dashes", `10.0.0.1 - a - b [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with a time", `10.0.0.1 - [24/Nov/2026:10:00:00 +0000] [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user that is empty", `10.0.0.1 -  [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},
		{"user with a quote", `10.0.0.1 - jo"e [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, usual},

		// What follows the request.
		{"last quote missing", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent`, partial("trailing", usual.entry)},
		{"last quote missing, user with a bracket", `10.0.0.1 - joe [x] [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent`, partial("trailing", usual.entry)},
		{"referer cut", combinedStart + `"GET / HTTP/1.1" 200 12 "http://exam`, partial("trailing", usual.entry)},
		{"more fields", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent" "more"`, partial("trailing", usual.entry)},
		{"a space more", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent" `, partial("trailing", usual.entry)},
		{"carriage return", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent"` + "\r", partial("trailing", usual.entry)},
		{"fields missing", combinedStart + `"GET / HTTP/1.1" 200 12`, partial("trailing", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"size absent", combinedStart + `"GET / HTTP/1.1" 200 - "-" "agent"`, parsed(when + `status=200 method=GET target="/" client="10.0.0.1"`)},
		{"size in words", combinedStart + `"GET / HTTP/1.1" 200 many "-" "agent"`, partial("body_bytes_sent", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"size negative", combinedStart + `"GET / HTTP/1.1" 200 -12 "-" "agent"`, partial("body_bytes_sent", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"size too large", combinedStart + `"GET / HTTP/1.1" 200 123456789012345678 "-" "agent"`, partial("body_bytes_sent", when+`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"size odd and last quote missing", combinedStart + `"GET / HTTP/1.1" 200 many "-" "agent`, partial("trailing", when+`status=200 method=GET target="/" client="10.0.0.1"`)},

		// A time that is none.
		{"time absent", `10.0.0.1 - - [-] "GET / HTTP/1.1" 200 12 "-" "agent"`, parsed(`status=200 method=GET target="/" client="10.0.0.1" bytes=12`)},
		{"30 February", `10.0.0.1 - - [30/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, partial("time_local", `status=200 method=GET target="/" client="10.0.0.1" bytes=12`)},
		{"client with a space", `10.0.0.1, 10.0.0.2 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`,
			partial("remote_addr", when+`status=200 method=GET target="/" bytes=12`)},
		{"client absent", `- - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, parsed(when + `status=200 method=GET target="/" bytes=12`)},
		{"client empty", ` - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`, parsed(when + `status=200 method=GET target="/" bytes=12`)},

		// Values with quotes, which nginx does not write, but others do.
		{"backslash before a quote", combinedStart + `"GET /\" HTTP/1.1" 200 12 "-" "a \"quoted\" agent"`, parsed(when + `status=200 method=GET target="/\\\"" client="10.0.0.1" bytes=12`)},
		{"bare quote in the request", combinedStart + `"GET /" HTTP/1.1" 200 12 "-" "agent"`, unparsed("format")},
		{"bare quote in the agent", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "an "agent"`, partial("trailing", usual.entry)},

		// No line of the format at all.
		{"empty", ``, unparsed("empty")},
		{"space", ` `, unparsed("format")},
		{"words", `hello world`, unparsed("format")},
		{"JSON", `{"status":200}`, unparsed("format")},
		{"NUL", "\x00\x00\x00", unparsed("format")},
		{"cut in the time", `10.0.0.1 - - [25/Nov/2026:10`, unparsed("format")},
		{"cut in the request", combinedStart + `"GET /aaaaaaa`, unparsed("format")},
		{"two lines in one", combinedStart + `"GET /a` + combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent"`, usual}, // the first is in the user's name
	})
}

func TestCommon(t *testing.T) {
	const entry = `time=2026-11-25T10:00:00.000 status=200 method=GET target="/" client="10.0.0.1" bytes=12`
	checkLines(t, mustCompile(t, CommonText, Options{}), []lineTest{
		{"usual", combinedStart + `"GET / HTTP/1.1" 200 12`, parsed(entry)},
		{"combined", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent"`, partial("trailing", entry)},
		{"size absent", combinedStart + `"GET / HTTP/1.1" 200 -`, parsed(strings.TrimSuffix(entry, " bytes=12"))},
		{"size missing", combinedStart + `"GET / HTTP/1.1" 200`, partial("trailing", strings.TrimSuffix(entry, " bytes=12"))},
	})
}

// TestOtherFormats reads shapes that public configurations have.
func TestOtherFormats(t *testing.T) {
	const attempts = `attempt(10.0.0.1:80 502 - - 0) attempt(10.0.0.2:80 200 - - 3) retried`
	tests := []struct {
		name, format string
		escape       Escape
		line         string
		want         outcome
	}{
		{"unquoted lists", `$remote_addr $upstream_addr $upstream_status $upstream_response_time $status`, EscapeDefault,
			`10.9.9.9 10.0.0.1:80, 10.0.0.2:80 502, 200 0.000, 0.003 200`, parsed(`status=200 client="10.9.9.9" ` + attempts)},
		{"unquoted lists after the status", `$status $upstream_addr $upstream_status $upstream_response_time $variant`, EscapeDefault,
			`200 10.0.0.1:80, 10.0.0.2:80 502, 200 0.000, 0.003 .one`, parsed(`status=200 variant=".one" ` + attempts)},
		{"unquoted lists at the end", `$status $upstream_addr $upstream_status $upstream_response_time`, EscapeDefault,
			`200 10.0.0.1:80, 10.0.0.2:80 502, 200 0.000, 0.003`, parsed(`status=200 ` + attempts)},
		{"unquoted lists, redirect", `$status $upstream_addr $upstream_status`, EscapeDefault,
			`200 a:1 : b:2 404 : 200`, parsed(`status=200 attempt(a:1 404 - - -) attempt(b:2 200 - - -) redirected`)},
		{"unquoted lists, absent", `$status $upstream_addr $upstream_status $upstream_response_time $variant`, EscapeDefault,
			`200 - - - .one`, parsed(`status=200 variant=".one" no-upstream`)},
		{"unquoted lists in brackets", `$status [$upstream_addr] [$upstream_status] $upstream_response_time: $variant`, EscapeDefault,
			`200 [10.0.0.1:80, 10.0.0.2:80] [502, 200] 0.000, 0.003: .one`, parsed(`status=200 variant=".one" ` + attempts)},
		{"lists before a colon and a semicolon", `$status $upstream_addr:$upstream_status;$upstream_response_time;`, EscapeDefault,
			`200 10.0.0.1:80, 10.0.0.2:80:502, 200;0.000, 0.003;`, parsed(`status=200 ` + attempts)},
		{"no space after a quote", `"$request" $status "$http_user_agent"rt="$request_time""$variant"`, EscapeDefault,
			`"GET / HTTP/1.1" 200 "agent"rt="0.004"".one"`, parsed(`status=200 method=GET target="/" took=4 variant=".one"`)},
		{"tabs", "$remote_addr\t$request\t$status\t$request_time", EscapeNone,
			"10.0.0.1\tGET /a b HTTP/1.1\t200\t0.004", parsed(`status=200 method=GET target="/a b" client="10.0.0.1" took=4`)},
		{"tab in a value", "$remote_addr\t$request\t$status\t$request_time", EscapeNone,
			"10.0.0.1\tGET /a\tb HTTP/1.1\t200\t0.004", parsed(`status=200 method=GET target="/a\tb" client="10.0.0.1" took=4`)},
		{"request between spaces", `$remote_addr $request $status $request_time`, EscapeDefault,
			`10.0.0.1 GET /a HTTP/1.1 200 0.004`, parsed(`status=200 method=GET target="/a" client="10.0.0.1" took=4`)},
		{"request between spaces, a status in it", `$remote_addr $request $status $request_time`, EscapeDefault,
			`10.0.0.1 GET /a 404 x HTTP/1.1 200 0.004`, parsed(`status=200 method=GET target="/a 404 x" client="10.0.0.1" took=4`)},
		{"pipes", `$remote_addr|$http_referer|$request|$status|$request_time`, EscapeNone,
			`10.0.0.1||GET / HTTP/1.1|200|0.004`, parsed(`status=200 method=GET target="/" client="10.0.0.1" took=4`)},
		{"pipes in values", `$remote_addr|$request|$status|$request_time|$http_user_agent`, EscapeNone,
			`10.0.0.1|GET /a|b|404|c HTTP/1.1|200|0.004|an|agent|`, parsed(`status=200 method=GET target="/a|b|404|c" client="10.0.0.1" took=4`)},
		{"pipes that leave two ways: the shorter first value", `$http_referer|$http_user_agent|$status`, EscapeNone,
			`a|b|c|200`, parsed(`status=200`)},
		{"quote in a referer", `"$http_referer" "$request" $status`, EscapeNone,
			`"http://a/" b" "GET / HTTP/1.1" 200`, parsed(`status=200 method=GET target="/"`)},
		{"quote and space in a referer: the shortest way", `"$http_referer" "$variant" $status`, EscapeNone,
			`"a" "b" "c" 200`, parsed(`status=200 variant="b\" \"c"`)},
		{"quote before the end of a value", `"$http_referer" "$variant" $status`, EscapeNone,
			`"a" "b"" 200`, parsed(`status=200 variant="b\""`)},
		{"escaped quote before a space", `"$http_referer" $status`, EscapeDefault,
			`"a\" 2" 200`, parsed(`status=200`)},
		{"escaped quote in front of a status", `"$http_referer" $status`, EscapeDefault,
			`"a\" 404 \" 405" 200`, parsed(`status=200`)},
		{"two spaces", `$http_referer $remote_addr $status`, EscapeDefault,
			`a  b 200`, parsed(`status=200 client="b"`)},
		{"cache", `$status $upstream_cache_status $upstream_addr`, EscapeDefault,
			`200 HIT -`, parsed(`status=200 cache="HIT" no-upstream`)},
		{"server name empty", `$server_name $remote_addr $status`, EscapeDefault,
			` 10.0.0.1 200`, parsed(`status=200 client="10.0.0.1"`)},
		{"forwarded list before the client", `$http_x_forwarded_for $remote_addr $status`, EscapeDefault,
			`10.1.1.1, 10.2.2.2 10.0.0.1 200`, parsed(`status=200 client="10.0.0.1"`)}, // no address has a space
		{"client behind a label", `client: $remote_addr – “$request” $status`, EscapeDefault,
			`client: 10.0.0.1 – “GET / HTTP/1.1” 200`, parsed(`status=200 method=GET target="/" client="10.0.0.1"`)},
		{"label missing", `client: $remote_addr $status`, EscapeDefault,
			`10.0.0.1 200`, unparsed("format")},
		{"request time of 41 years", `$status $request_time $remote_addr`, EscapeDefault,
			`200 1293926400.000 10.0.0.1`, partial("request_time", `status=200 client="10.0.0.1"`)},
		{"request time absent", `$status $request_time $remote_addr`, EscapeDefault,
			`200 - 10.0.0.1`, parsed(`status=200 client="10.0.0.1"`)},
		{"$host with a port", `$host:$server_port $status`, EscapeDefault,
			`example.org:8080:70 200`, parsed(`status=200 host="example.org"`)},
		{"no status, all there", `$remote_addr "$request"`, EscapeDefault,
			`10.0.0.1 "GET / HTTP/1.1"`, parsed(`method=GET target="/" client="10.0.0.1"`)},
		{"no status, more behind", `$remote_addr "$request"`, EscapeDefault,
			`10.0.0.1 "GET / HTTP/1.1" 200`, partial("trailing", `method=GET target="/" client="10.0.0.1"`)},
		{"no status, last literal missing", `$remote_addr "$request"`, EscapeDefault,
			`10.0.0.1 "GET / HTTP/1.1`, unparsed("format")},
		{"no status, no literal at the end", `$remote_addr $request`, EscapeDefault,
			`10.0.0.1 GET / HTTP/1.1`, parsed(`method=GET target="/" client="10.0.0.1"`)},
		{"no status, odd time", `$remote_addr $msec $request`, EscapeDefault,
			`10.0.0.1 now GET / HTTP/1.1`, partial("msec", `method=GET target="/" client="10.0.0.1"`)},
		{"one variable that Lua made", `$log_line`, EscapeNone,
			`anything at all`, parsed(``)},
		{"newline at the end of the format", `$remote_addr $status` + "\n", EscapeDefault,
			`10.0.0.1 200`, parsed(`status=200 client="10.0.0.1"`)},
		{"msec in milliseconds", `$msec $status`, EscapeDefault,
			`1764036000123 200`, parsed(`time=2025-11-25T02:00:00.123 status=200`)},
		{"curly braces", `{$remote_addr}{${status}}`, EscapeDefault,
			`{10.0.0.1}{200}`, parsed(`status=200 client="10.0.0.1"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustCompile(t, tt.format, Options{Escape: tt.escape, Host: true, Variants: []string{"variant"}})
			got := parse(f.NewParser(), tt.line)
			if got != tt.want {
				t.Errorf("format %s: Parse(%q)\n got %v\nwant %v", tt.format, tt.line, got, tt.want)
			}
		})
	}
}

// TestLongLines cuts and fills lines around the sizes of blocks and words in
// which they are searched.
func TestLongLines(t *testing.T) {
	p := mustCompile(t, CombinedText, Options{}).NewParser()
	for size := range 300 {
		target := "/" + strings.Repeat("a", size)
		line := combinedStart + fmt.Sprintf(`"GET %s HTTP/1.1" 200 12 "%s" "agent"`, target, strings.Repeat("r", 300-size))
		want := parsed(fmt.Sprintf(`time=2026-11-25T10:00:00.000 status=200 method=GET target=%q client="10.0.0.1" bytes=12`, target))
		if got := parse(p, line); got != want {
			t.Fatalf("Parse(%q)\n got %v\nwant %v", line, got, want)
		}
		want = partial("trailing", want.entry)
		if got := parse(p, line[:len(line)-1]); got != want {
			t.Fatalf("Parse(%q)\n got %v\nwant %v", line[:len(line)-1], got, want)
		}
	}
}

// TestHostileLines bounds what the search for a way through a line may cost.
// Without bounds these would take longer than the test may.
func TestHostileLines(t *testing.T) {
	const size = 16 << 10
	tests := []struct {
		name, format, line string
		escape             Escape
	}{
		{"spaces", `$http_a $http_b $http_c $http_d $http_e $status|`, strings.Repeat(" ", size), EscapeNone},
		{"quotes", CombinedText, combinedStart + `"GET / HTTP/1.1" 200 12 ` + strings.Repeat(`" "`, size/3), EscapeNone},
		{"escaped quotes", CombinedText, combinedStart + strings.Repeat(`\"`, size/2), EscapeDefault},
		{"brackets", CombinedText, "10.0.0.1 - " + strings.Repeat(" [", size/2), EscapeDefault},
		{"pipes", `$http_a|$http_b|$http_c|$remote_addr|$status|$request_time|x`, strings.Repeat("|", size), EscapeNone},
		{"statuses", `$http_a $status $http_b $msec $http_c $request_time x`, strings.Repeat(" 200", size/4), EscapeNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e Entry
			mustCompile(t, tt.format, Options{Escape: tt.escape}).NewParser().Parse([]byte(tt.line), &e)
		})
	}
}
