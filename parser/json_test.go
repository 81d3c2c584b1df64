package parser

import (
	"fmt"
	"strings"
	"testing"
)

// TestJSON reads objects of the usual keys.
func TestJSON(t *testing.T) {
	f := mustJSON(t, Options{Host: true, Variants: []string{"variant"}, Values: []string{"x", "http_user_agent"}})
	checkLines(t, f, []lineTest{
		{"nginx's names", `{"remote_addr":"10.0.0.1","time_iso8601":"2026-11-25T10:00:00+00:00","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"12","request_time":"0.004",` +
			`"host":"example.org","upstream_addr":"10.0.0.2:80","upstream_status":"200","upstream_connect_time":"0.001","upstream_header_time":"0.002","upstream_response_time":"0.003",` +
			`"upstream_cache_status":"MISS","variant":".one","x":"y","http_user_agent":"agent"}`,
			parsed(`time=2026-11-25T10:00:00.000 status=200 method=GET target="/a" client="10.0.0.1" host="example.org" bytes=12 took=4 variant=".one" value0="y" value1="agent" ` +
				`attempt(10.0.0.2:80 200 1 2 3) cache="MISS"`)},
		{"numbers as numbers", `{"msec":1764036000.123,"status":200,"bytes_sent":12,"request_time":0.004,"request_method":"POST","request_uri":"/b","upstream_addr":"10.0.0.2:80","upstream_status":502,"upstream_response_time":0.003}`,
			parsed(`time=2025-11-25T02:00:00.123 status=200 method=POST target="/b" bytes=12 took=4 attempt(10.0.0.2:80 502 - - 3)`)},
		{"numbers as strings", `{"msec":"1764036000.123","status":"200","bytes_sent":"12","request_time":"0.004"}`,
			parsed(`time=2025-11-25T02:00:00.123 status=200 bytes=12 took=4`)},
		{"times beside each other", `{"time_local":"25/Nov/2026:11:00:00 +0000","time_iso8601":"2026-11-25T10:00:00Z","msec":"0.5","status":200}`,
			parsed(`time=1970-01-01T00:00:00.500 status=200`)},
		{"time absent in one key", `{"time_local":"25/Nov/2026:11:00:00 +0000","msec":"","time_iso8601":"-","status":200}`,
			parsed(`time=2026-11-25T11:00:00.000 status=200`)},
		{"odd time beside a good one", `{"time_local":"25/Nov/2026:11:00:00 +0000","msec":"now","status":200}`,
			partial("msec", `time=2026-11-25T11:00:00.000 status=200`)},
		{"sizes beside each other", `{"bytes_sent":300,"body_bytes_sent":200,"status":200}`, parsed(`status=200 bytes=200`)},
		{"hosts beside each other", `{"server_name":"c","http_host":"b","host":"","status":200}`, parsed(`status=200 host="b"`)},
		{"request beside its parts", `{"request_method":"POST","request_uri":"/b","request":"GET /a HTTP/1.1"}`, parsed(`method=GET target="/a"`)},
		{"request uri beside uri", `{"uri":"/a","request_method":"GET","request_uri":"/b"}`, parsed(`method=GET target="/b"`)},

		{"absent: empty", `{"status":"","request":"","request_time":"","body_bytes_sent":"","remote_addr":"","host":"","msec":"","upstream_addr":"","upstream_status":"","variant":"","x":""}`,
			parsed(`method=- variant="" value0="" no-upstream`)},
		{"absent: dash", `{"status":"-","request":"-","request_time":"-","body_bytes_sent":"-","remote_addr":"-","host":"-","msec":"-","upstream_addr":"-","upstream_status":"-","variant":"-","x":"-"}`,
			parsed(`method=- variant="" value0="-" no-upstream`)},

		{"odd values", `{"status":"OK","request_time":"fast","body_bytes_sent":"many"}`, partial("status", ``)},
		{"odd time and size", `{"status":200,"request_time":"fast","body_bytes_sent":-12}`, partial("body_bytes_sent", `status=200`)},
		{"true", `{"status":true}`, partial("status", ``)},
		{"status with a fraction", `{"status":200.0}`, partial("status", ``)},
		{"time of 41 years", `{"status":200,"request_time":1293926400.000}`, partial("request_time", `status=200`)},
		{"exponent", `{"status":2e2,"request_time":4e-3}`, partial("status", ``)},

		{"duplicates: the last", `{"status":"404","request":"GET /a HTTP/1.1","status":"200","request":"GET /b HTTP/1.1"}`, parsed(`status=200 method=GET target="/b"`)},
		{"duplicates, with space", `{"status": "404", "request": "GET /a HTTP/1.1", "status": "200", "request": "GET /b HTTP/1.1"}`, parsed(`status=200 method=GET target="/b"`)},
		{"duplicates, repaired", `{"status":404,"urt":,"status":009}`, parsed(`status=009 no-upstream`)},

		{"other keys, of all kinds", `{"a":null,"b":[1,"}",{"status":1}],"c":{"status":404,"d":{}},"status":200,"e":true,"f":-1.5e+3,"g":{}}`, parsed(`status=200`)},
		{"keys in other letters", `{"Status":404,"STATUS":405,"status":200,"sTaTuS":406}`, parsed(`status=200`)},
		{"other letters alone", `{"Status":404}`, unparsed("json")},
		{"escaped key", `{"sta\u0074us":200}`, parsed(`status=200`)},
		{"no other key than the request", `{"request":""}`, parsed(`method=-`)},
		{"no other key than the method", `{"request_method":"GET"}`, parsed(`method=GET`)},

		{"white space", "{ \"status\" : 200 ,\t\"request\":\t\"GET / HTTP/1.1\" }", parsed(`status=200 method=GET target="/"`)},
		{"white space around", " \t{\"status\":200}\r", parsed(`status=200`)},
		{"white space within values", `{"status":"200","x":"  a  "}`, parsed(`status=200 value0="  a  "`)},
		{"lines within a record", "{\n  \"status\": 200,\r\n  \"request_time\": 0.004\n}\n", parsed(`status=200 took=4`)},
		{"byte order mark", "\ufeff{\"status\":200}", parsed(`status=200`)},

		{"escapes are left alone", `{"status":200,"x":"\"\\\/\u00e9\n"}`, parsed(`status=200 value0="\\\"\\\\\\/\\u00e9\\n"`)},
		{`\x22`, `{"status":200,"request":"GET /\x22 HTTP/1.1","x":"\x22\xC3\xA9"}`, parsed(`status=200 method=GET target="/\\x22" value0="\\x22\\xC3\\xA9"`)},
		{`\x22, with space`, `{"status": 200, "request": "GET /\x22 HTTP/1.1"}`, parsed(`status=200 method=GET target="/\\x22"`)},
		{"backslash before the last quote", `{"status":200,"x":"\\"}`, parsed(`status=200 value0="\\\\"`)},
		{"quote before the last quote", `{"status":200,"x":"\""}`, parsed(`status=200 value0="\\\""`)},
		{"brackets in strings", `{"x":"{\"status\":404}","status":200}`, parsed(`status=200 value0="{\\\"status\\\":404}"`)},
		{"invalid UTF-8", "{\"status\":200,\"x\":\"\xff\xc3\"}", parsed(`status=200 value0="\xff\xc3"`)},
		{"control characters", "{\"status\":200,\"x\":\"\x00\x1b[31m\t\"}", parsed(`status=200 value0="\x00\x1b[31m\t"`)},
		{"emoji", `{"status":200,"x":"😀"}`, parsed(`status=200 value0="😀"`)},

		{"empty", ``, unparsed("empty")},
		{"white space alone", `  `, unparsed("json")},
		{"byte order mark alone", "\ufeff", unparsed("json")},
		{"word", `hello`, unparsed("json")},
		{"array", `[{"status":200}]`, unparsed("json")},
		{"string", `"status"`, unparsed("json")},
		{"number", `200`, unparsed("json")},
		{"null", `null`, unparsed("json")},
		{"empty object", `{}`, unparsed("json")},
		{"no status, request or method", `{"remote_addr":"10.0.0.1","request_uri":"/a","request_time":0.004}`, unparsed("json")},
		{"trailing junk", `{"status":200}x`, unparsed("json")},
		{"trailing comma", `{"status":200},`, unparsed("json")},
		{"comma before the brace", `{"status":"200",}`, unparsed("json")},
		{"comma missing", `{"status":"200" "x":"y"}`, unparsed("json")},
		{"colon missing", `{"status" "200"}`, unparsed("json")},
		{"brace missing", `{"status":"200"`, unparsed("json")},
		{"quote missing", `{"status":"200}`, unparsed("json")},
		{"key without quotes", `{status:200}`, unparsed("json")},
		{"key alone", `{"status"}`, unparsed("json")},
		{"brace alone", `{`, unparsed("json")},
		{"NUL", "\x00", unparsed("json")},
		{"quote alone", `"`, unparsed("json")},
		{"backslash alone", `\`, unparsed("json")},
		{"cut in an escape", `{"status":"200\`, unparsed("json")},
		{"text line", combinedStart + `"GET / HTTP/1.1" 200 12 "-" "agent"`, unparsed("json")},
	})
}

// TestHandMadeJSON reads what formats that only look like JSON produce.
func TestHandMadeJSON(t *testing.T) {
	f := mustJSON(t, Options{Variants: []string{"variant"}, Values: []string{"x"}})
	const attempts = `attempt(10.0.0.1:80 503 - - -) attempt(10.0.0.2:80 502 - - -) attempt(10.0.0.3:80 200 - - -) retried redirected`
	checkLines(t, f, []lineTest{
		{"nothing for a number", `{"status":200,"urt":,"x":"y"}`, parsed(`status=200 value0="y" no-upstream`)},
		{"nothing for the last number", `{"status":200,"urt":}`, parsed(`status=200 no-upstream`)},
		{"nothing for the first number", `{"urt":,"status":200}`, parsed(`status=200 no-upstream`)},
		{"nothing but space", `{"status": 200, "urt": , "x": "y"}`, parsed(`status=200 value0="y" no-upstream`)},
		{"nothing for the status", `{"status":,"x":"y"}`, parsed(`value0="y"`)},
		{"nothing for everything", `{"status":,"upstream_addr":,"urt":,"request_time":,"body_bytes_sent":,"variant":,"x":}`, parsed(`variant="" value0="" no-upstream`)},
		{"dash for a number", `{"status":200,"urt":-,"x":"y"}`, parsed(`status=200 value0="y" no-upstream`)},
		{"dash for the last number", `{"status":200,"urt":-}`, parsed(`status=200 no-upstream`)},
		{"dash with space", `{"status":200, "urt": - , "x":"y"}`, parsed(`status=200 value0="y" no-upstream`)},
		{"status 009", `{"status":009,"x":"y"}`, parsed(`status=009 value0="y"`)},
		{"status 000 at the end", `{"x":"y","status":000}`, parsed(`status=000 value0="y"`)},
		{"lists", `{"status":200,"upstream":10.0.0.1:80 : 10.0.0.2:80, 10.0.0.3:80,"us":503 : 502, 200}`, parsed(`status=200 ` + attempts)},
		{"lists, then a key", `{"status":200,"upstream":10.0.0.1:80 : 10.0.0.2:80, 10.0.0.3:80,"us":503 : 502, 200,"x":"y"}`, parsed(`status=200 value0="y" ` + attempts)},
		{"lists with space", `{ "upstream": "10.0.0.1:80 : 10.0.0.2:80, 10.0.0.3:80", "us": 503 : 502, 200 , "status": 200 }`, parsed(`status=200 ` + attempts)},
		{"lists of times", `{"status":200,"upstream_addr":"10.0.0.1:80, 10.0.0.2:80","uct":-, 0.001,"uht":-, 0.002,"urt":0.000, 0.003}`,
			parsed(`status=200 attempt(10.0.0.1:80 - - - 0) attempt(10.0.0.2:80 - 1 2 3) retried`)},
		{"strings beside", `{"request":"GET /a,\"b\":1 HTTP/1.1","status":009}`, parsed(`status=009 method=GET target="/a,\\\"b\\\":1"`)},
		{`\x22 beside`, `{"request":"GET /\x22 HTTP/1.1","status":009}`, parsed(`status=009 method=GET target="/\\x22"`)},
		{"objects and arrays beside", `{"a":{"status":404,"b":["}"]},"c":[1,{"d":"]"}],"status":009}`, parsed(`status=009`)},
		{"bare words", `{"status":200,"x":hello world,"urt":}`, parsed(`status=200 value0="hello world" no-upstream`)},
		{"a brace in a bare value", `{"status":200,"x":a}b,"urt":}`, parsed(`status=200 value0="a}b" no-upstream`)},
		{"a comma in a bare value", `{"status":200,"x":a,b,"urt":}`, parsed(`status=200 value0="a,b" no-upstream`)},
		{"carriage return at the end", "{\"status\":009}\r", parsed(`status=009`)},
		{"byte order mark", "\ufeff{\"status\":009}", parsed(`status=009`)},
		{"no request", `{"urt":,"x":"y"}`, unparsed("json")},
		{"brace missing", `{"status":009,"urt":`, unparsed("json")},
		{"brace missing after a string", `{"status":009,"x":"y"`, unparsed("json")},
		{"junk behind the brace", `{"status":009,"x":"y"}z`, unparsed("json")},
		{"junk behind a string", `{"status":009,"x":"y"z}`, unparsed("json")},
		{"junk behind an object", `{"status":009,"x":{}z}`, unparsed("json")},
		{"key missing", `{"status":009,}`, partial("status", ``)},
		{"string that does not end", `{"status":009,"x":"y}`, unparsed("json")},
		{"bracket that does not end", `{"status":009,"x":[1}`, unparsed("json")},
	})
}

// TestJSONAliases reads each variable under each of its other names.
func TestJSONAliases(t *testing.T) {
	aliases := map[string]struct{ value, want string }{
		"client_ip clientip remote_ip client_addr client ip": {"10.0.0.1", `client="10.0.0.1"`},
		"request_line":            {"GET /a HTTP/1.1", `method=GET target="/a"`},
		"method verb http_method": {"PUT", `method=PUT`},
		"request_url url":         {"/a", `method=- target="/a"`},
		"path document_uri":       {"/a", `method=- target="/a"`},

		"body_bytes bytes size": {"12", `bytes=12`},
		"rt duration":           {"0.004", `took=4`},
		"vhost domain":          {"example.org", `host="example.org"`},
		"upstream":              {"10.0.0.2:80", `attempt(10.0.0.2:80 - - - -)`},
		"ucs cs":                {"HIT", `cache="HIT"`},
	}
	f := mustJSON(t, Options{Host: true})
	check := func(name, line, want string) {
		if got := parse(f.NewParser(), line); got != parsed(want) {
			t.Errorf("%s: Parse(%q)\n got %v\nwant %v", name, line, got, parsed(want))
		}
	}
	for names, alias := range aliases {
		for name := range strings.FieldsSeq(names) {
			want := "status=200 " + alias.want
			check(name, fmt.Sprintf(`{"status":"200","%s":"%s"}`, name, alias.value), want)
			check(name, fmt.Sprintf(`{"status": "200", "%s": "%s"}`, name, alias.value), want)
		}
	}
	for _, name := range []string{"status_code", "code", "response_code"} {
		check(name, fmt.Sprintf(`{"%s":200}`, name), "status=200")
	}
	for _, name := range []string{"time", "@timestamp", "timestamp", "ts", "datetime"} {
		for _, value := range []string{`"2026-11-25T10:00:00Z"`, `"2026-11-25T10:00:00+00:00"`, `"25/Nov/2026:10:00:00 +0000"`, `1795600800.000`, `"1795600800.000"`, `1795600800`, `1795600800000`} {
			check(name, fmt.Sprintf(`{"%s":%s,"status":200}`, name, value), "time=2026-11-25T10:00:00.000 status=200")
		}
	}
	for i, name := range []string{"us", "uct", "uht", "urt"} {
		numbers := [4]string{"-", "-", "-", "-"}
		value := "0.001"
		if numbers[i] = "1"; name == "us" {
			value, numbers[0] = "200", "200"
		}
		check(name, fmt.Sprintf(`{"status":200,"upstream_addr":"a:1","%s":"%s"}`, name, value), "status=200 attempt(a:1 "+strings.Join(numbers[:], " ")+")")
	}
}

// TestJSONKeys maps variables to keys.
func TestJSONKeys(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		line    string
		want    outcome
	}{
		{"key", Options{Keys: map[string]string{"status": "s"}}, `{"s":200,"status":404,"code":405}`, parsed(`status=200`)},
		{"key, with space", Options{Keys: map[string]string{"status": "s"}}, `{"s": 200, "status": 404}`, parsed(`status=200`)},
		{"by another name of the variable", Options{Keys: map[string]string{"time": "when"}}, `{"when":"2026-11-25T10:00:00Z","status":200}`, parsed(`time=2026-11-25T10:00:00.000 status=200`)},
		{"key of another script", Options{Keys: map[string]string{"status": "код"}}, `{"код":200}`, parsed(`status=200`)},
		{"key with spaces", Options{Keys: map[string]string{"status": "the status"}}, `{"the status":200}`, parsed(`status=200`)},
		{"one key for two variables", Options{Keys: map[string]string{"request_method": "m", "variant": "m"}, Variants: []string{"variant"}}, `{"m":"GET","status":200}`, parsed(`status=200 method=GET variant="GET"`)},
		{"variant", Options{Keys: map[string]string{"split": "ab"}, Variants: []string{"split"}}, `{"ab":".one","split":".two","status":200}`, parsed(`status=200 variant=".one"`)},
		{"value", Options{Keys: map[string]string{"x": "y"}, Values: []string{"x"}}, `{"y":"1","x":"2","status":200}`, parsed(`status=200 value0="1"`)},
		{"path", Options{Keys: map[string]string{"status": "nginx.access.status"}}, `{"nginx":{"access":{"status":200}}}`, parsed(`status=200`)},
		{"path, with space", Options{Keys: map[string]string{"status": "nginx.access.status"}}, `{ "nginx" : { "a" : 1 , "access" : { "status" : "200" } } }`, parsed(`status=200`)},
		{"path of two steps", Options{Keys: map[string]string{"status": "nginx.status"}}, `{"nginx":{"status":200}}`, parsed(`status=200`)},
		{"path as one key", Options{Keys: map[string]string{"status": "nginx.access.status"}}, `{"nginx.access.status":200}`, parsed(`status=200`)},
		{"path as one key, with space", Options{Keys: map[string]string{"status": "nginx.access.status"}}, `{"nginx.access.status": 200}`, parsed(`status=200`)},
		{"two paths in one object", Options{Keys: map[string]string{"status": "a.s", "remote_addr": "a.c.ip"}}, `{"a":{"c":{"ip":"10.0.0.1"},"s":200}}`, parsed(`status=200 client="10.0.0.1"`)},
		{"path and its first step", Options{Keys: map[string]string{"status": "a.s", "x": "a"}, Values: []string{"x"}}, `{"a":{"s":200}}`, parsed(`status=200`)},
		{"path that leads nowhere", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":{"t":200},"request":"-"}`, parsed(`method=-`)},
		{"path into a string", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":"s","request":"-"}`, parsed(`method=-`)},
		{"path into a number", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":1,"request":"-"}`, parsed(`method=-`)},
		{"path into null", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":null,"request":"-"}`, parsed(`method=-`)},
		{"path into an array", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":[{"s":200}],"request":"-"}`, parsed(`method=-`)},
		{"path to an odd value", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":{"s":"OK"}}`, partial("status", ``)},
		{"path, repaired", Options{Keys: map[string]string{"status": "a.s"}}, `{"a":{"s":"200"},"urt":}`, parsed(`status=200 no-upstream`)},
		{"value under an alias", Options{Values: []string{"remote_addr"}}, `{"client_ip":"10.0.0.1","status":200}`, parsed(`status=200 client="10.0.0.1" value0="10.0.0.1"`)},
		{"variant that is measured", Options{Host: true, Variants: []string{"host"}}, `{"host":"a","status":200}`, parsed(`status=200 host="a" variant="a"`)},
		{"first variant that is there", Options{Variants: []string{"a", "b"}}, `{"b":".two","status":200}`, parsed(`status=200 variant=".two"`)},
		{"first of two variants", Options{Variants: []string{"a", "b"}}, `{"b":".two","a":"","status":200}`, parsed(`status=200 variant=""`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustJSON(t, tt.options)
			if got := parse(f.NewParser(), tt.line); got != tt.want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", tt.line, got, tt.want)
			}
		})
	}
}

func TestJSONKeyErrors(t *testing.T) {
	for _, key := range []string{"-", "a,b", "a,string", `a"b`, `a\b`, "a.b,c"} {
		want := fmt.Sprintf("cannot use JSON key %q for \"status\": want one without quotes, commas and backslashes", key)
		if _, err := JSON(Options{Keys: map[string]string{"status": key}}); err == nil || err.Error() != want {
			t.Errorf("JSON with status=%q: %v, want the error %q", key, err, want)
		}
	}
	for _, path := range []string{"", ".", ".a", "a.", "a..b", ".."} {
		want := fmt.Sprintf("cannot use JSON key %q for \"status\": want a key, or keys with dots between them such as nginx.access.status", path)
		if _, err := JSON(Options{Keys: map[string]string{"status": path}}); err == nil || err.Error() != want {
			t.Errorf("JSON with status=%q: %v, want the error %q", path, err, want)
		}
	}
}

// TestJSONLayouts reads lines with the same keys in the same order and values of
// other lengths, among them keys that mean several things or the same thing.
func TestJSONLayouts(t *testing.T) {
	options := Options{Host: true, Variants: []string{"host"}, Values: []string{"status", "host", "x", "x"}}
	layouts := []func(a, b string) (line, entry string){
		func(a, b string) (line, entry string) {
			return fmt.Sprintf(`{"status":"%s","x":"%s"}`, a, b), fmt.Sprintf(`value0=%q value2=%q value3=%[2]q`, a, b)
		},
		func(a, b string) (line, entry string) {
			return fmt.Sprintf(`{"code":"%s","x":"%s","status":"-","host":"%[2]s"}`, a, b), fmt.Sprintf(`host=%[1]q variant=%[1]q value0="-" value1=%[1]q value2=%[1]q value3=%[1]q`, b)
		},
		func(a, b string) (line, entry string) {
			return fmt.Sprintf(`{"x":"%s","status":"-","x":"%s"}`, a, b), fmt.Sprintf(`value0="-" value2=%q value3=%[1]q`, b)
		},
		func(a, b string) (line, entry string) {
			return fmt.Sprintf(`{"host":"%s","vhost":"%s","other":"%[1]s","status":"-"}`, a, b), fmt.Sprintf(`host=%[1]q variant=%[1]q value0="-" value1=%[1]q`, a)
		},
		func(a, b string) (line, entry string) {
			return fmt.Sprintf(`{"vhost":"%s","host":"%s","status":"-"}`, a, b), fmt.Sprintf(`host=%[1]q variant=%[1]q value0="-" value1=%[1]q`, b)
		},
	}
	texts := []string{"aa", "b", "cccc", "d\\\"d", "long enough to cross a block or two of the sizes in which lines are searched for quotes"}
	for i, layout := range layouts {
		p := mustJSON(t, options).NewParser()
		for _, a := range texts {
			for _, b := range texts {
				line, entry := layout(a, b)
				want := parsed(entry)
				if !strings.Contains(line, `"status":"-"`) {
					want = partial("status", entry)
				}
				if got := parse(p, line); got != want {
					t.Fatalf("layout %d: Parse(%q)\n got %v\nwant %v", i, line, got, want)
				}
			}
		}
	}
}

// TestJSONLengths moves everything in a line across the sizes of blocks and
// words in which lines are searched.
func TestJSONLengths(t *testing.T) {
	p := mustJSON(t, Options{Values: []string{"x"}}).NewParser()
	for size := range 200 {
		for _, end := range []string{"", `\"`, `\\`, `\\\"`, `é`} {
			value := strings.Repeat("a", size) + end
			line := fmt.Sprintf(`{"x":"%s","status":200}`, value)
			if got, want := parse(p, line), parsed(fmt.Sprintf("status=200 value0=%q", value)); got != want {
				t.Fatalf("Parse(%q)\n got %v\nwant %v", line, got, want)
			}
			cut := line[:len(line)-1]
			if got := parse(p, cut); got != unparsed("json") {
				t.Fatalf("Parse(%q) = %v, want it unparsed", cut, got)
			}
		}
	}
}

// TestHostileJSON bounds what deep and long lines cost.
func TestHostileJSON(t *testing.T) {
	const size = 1 << 20
	for name, line := range map[string]string{
		"deep arrays":      `{"status":200,"a":` + strings.Repeat("[", size),
		"deep objects":     `{"status":200,"a":` + strings.Repeat(`{"a":`, size/5),
		"backslashes":      `{"status":200,"a":"` + strings.Repeat(`\`, size),
		"quotes":           `{"status":200,"a":` + strings.Repeat(`"`, size),
		"commas":           `{"status":200,"a":` + strings.Repeat(",", size),
		"commas and keys":  `{"status":200,"a":` + strings.Repeat(`,"`, size/2),
		"braces":           `{"status":200,"a":` + strings.Repeat(`}`, size),
		"braces and space": `{"status":200,"a":` + strings.Repeat(`} `, size/2),
		"spaces":           `{"status":200,"a":` + strings.Repeat(` `, size),
		"keys":             `{` + strings.Repeat(`"status":200,`, size/13),
	} {
		t.Run(name, func(t *testing.T) {
			p := mustJSON(t, Options{}).NewParser()
			if first, again := parse(p, line), parse(p, line); again != first {
				t.Errorf("got %v, and then %v", first, again)
			}
		})
	}
}
