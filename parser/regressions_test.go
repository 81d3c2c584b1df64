package parser

import "testing"

// TestRegressions reads lines that were once read wrongly.
func TestRegressions(t *testing.T) {
	variant := Options{Variants: []string{"variant"}}
	values := Options{Values: []string{"time_local", "bytes_sent"}}
	tests := []struct {
		name, format string // the format is empty for JSON
		options      Options
		line         string
		want         outcome
	}{
		{"list of times without addresses", `"$request" $status $upstream_response_time $variant`, variant,
			`"GET / HTTP/1.1" 200 0.001, 0.002 .one`, parsed(`status=200 method=GET target="/" variant=".one"`)},
		{"odd status of no attempt", `$status "$upstream_addr" "$upstream_status"`, Options{},
			`200 "-" "garbage"`, partial("upstream_status", `status=200 no-upstream`)},
		{"odd status of a name", `$status "$upstream_addr" "$upstream_status"`, Options{},
			`200 "thin" "garbage"`, partial("upstream_status", `status=200 no-live-upstream`)},
		{"odd status of an empty address", `$status "$upstream_addr" "$upstream_status"`, Options{},
			`200 "a:1 : " "200 : x"`, partial("upstream_status", `status=200 attempt(a:1 200 - - -) redirected`)},
		{"wanted time beside the one that is measured", `$msec [$time_local] $remote_user $status`, values,
			`1764036000.123 [x] a b 200`, parsed(`time=2025-11-25T02:00:00.123 status=200 value0="x"`)},
		{"wanted size beside the one that is measured", `$body_bytes_sent $bytes_sent $remote_user $status`, values,
			`12 many a b 200`, parsed(`status=200 bytes=12 value1="many"`)},
		{"words for a status at the end", `$remote_addr "$request" $status`, Options{},
			`10.0.0.1 "GET / HTTP/1.1" abc`, unparsed("format")},
		{"dash and words for a status at the end", `$remote_addr "$request" $status`, Options{},
			`10.0.0.1 "GET / HTTP/1.1" -abc`, unparsed("format")},
		{"status absent at the end", `$remote_addr "$request" $status`, Options{},
			`10.0.0.1 "GET / HTTP/1.1" -`, parsed(`method=GET target="/" client="10.0.0.1"`)},
		{"line cut before its status", CombinedText, Options{},
			combinedStart + `"GET /" `, unparsed("format")},
		{"addresses with commas alone", "", Options{},
			`{"status":200,"upstream_addr":"10.0.0.1:80,10.0.0.2:80"}`, partial("upstream_addr", `status=200`)},
		{"alias behind the name", "", Options{}, `{"status":200,"code":"E42"}`, parsed(`status=200`)},
		{"alias behind the name, with space", "", Options{}, `{"status": 200, "code": "E42"}`, parsed(`status=200`)},
		{"alias before the name", "", Options{}, `{"code":"E42","status":200}`, parsed(`status=200`)},
		{"alias before the name, repaired", "", Options{}, `{"code":"E42","status":009}`, parsed(`status=009`)},
		{"alias behind the name, repaired", "", Options{}, `{"status":009,"code":"E42"}`, parsed(`status=009`)},
		{"aliases in the order of the table", "", Options{}, `{"response_code":1,"status_code":200,"code":2}`, parsed(`status=200`)},
		{"null is absent, not missing", "", variant, `{"status":200,"upstream_addr":null,"variant":null}`, parsed(`status=200 variant="" no-upstream`)},
		{"status of null", "", Options{}, `{"status":null}`, parsed(``)},
		{"objects for names", "", Options{Host: true}, `{"status":200,"host":{"name":"a b"},"client":{"ip":"10.0.0.1"}}`, parsed(`status=200`)},
		{"last of nested duplicates", "", Options{Keys: map[string]string{"status": "nginx.access.status"}},
			`{"nginx":{"access":{"status":404,"status":200}}}`, parsed(`status=200`)},
		{"protocol with a space", `"$request" $status`, Options{}, `"GET /x HTTP/ .1" 200`, parsed(`status=200 method=GET target="/x HTTP/ .1"`)},
		{"two objects on a line", "", Options{}, `{"status":200}{"status":200}`, unparsed("json")},
		{"brackets that do not match", "", Options{}, `{"a":[{]},"status":"200"}`, unparsed("json")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f *Format
			var err error
			if tt.format == "" {
				if f, err = JSON(tt.options); err != nil {
					t.Fatal(err)
				}
			} else {
				f = mustCompile(t, tt.format, tt.options)
			}
			if got := parse(f.NewParser(), tt.line); got != tt.want {
				t.Errorf("format %q: Parse(%q)\n got %v\nwant %v", tt.format, tt.line, got, tt.want)
			}
		})
	}
}

// TestCacheStatusBehindAList: a list without quotes ends where the one word of
// $upstream_cache_status leaves room for all of it.
func TestCacheStatusBehindAList(t *testing.T) {
	f, err := Compile(`$status $upstream_addr $upstream_status $upstream_response_time $upstream_cache_status`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var e Entry
	line := `200 127.0.0.1:1 : 127.0.0.1:2 502 : 200 0.000 : 0.002 HIT`
	if result := f.NewParser().Parse([]byte(line), &e); result != Parsed {
		t.Fatalf("result %v; want Parsed", result)
	}
	if len(e.Attempts) != 2 || e.Attempts[1].ResponseTime != 2 || string(e.CacheStatus) != "HIT" {
		t.Errorf("attempts %v, cache status %q; want the second of 2 ms, HIT", e.Attempts, e.CacheStatus)
	}
}

// TestWordBehindAList is the same for a variable that nobody needs.
func TestWordBehindAList(t *testing.T) {
	f, err := Compile(`$status $upstream_addr $upstream_status $upstream_response_time $request_id`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := f.NewParser()
	for _, line := range []string{
		`200 127.0.0.1:1 : 127.0.0.1:2 502 : 200 0.000 : 0.002 abc`,
		`200 127.0.0.1:1, 127.0.0.1:2 502, 200 0.000, 0.002 abc`,
	} {
		var e Entry
		if result := p.Parse([]byte(line), &e); result != Parsed || len(e.Attempts) != 2 || e.Attempts[1].ResponseTime != 2 {
			t.Errorf("%q: result %v, attempts %v; want Parsed, the second of 2 ms", line, result, e.Attempts)
		}
	}
}
