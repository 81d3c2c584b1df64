package parser

import (
	"fmt"
	"strings"
	"testing"
)

func TestCompileErrors(t *testing.T) {
	tests := []struct {
		name string
		text string
		want string
	}{
		{"empty", ``, `cannot use log_format "": it has no variable`},
		{"only a newline", "\n", `cannot use log_format "": it has no variable`},
		{"no variable", `hello world`, `cannot use log_format "hello world": it has no variable`},
		{"no variable in a long text", strings.Repeat("ü", 70), `cannot use log_format "` + strings.Repeat("ü", 60) + `": it has no variable`},
		{"dollar alone", `$status $ $request`, `cannot read log_format at column 9: "$ $request" is no variable: want $name or ${name}`},
		{"dollar at the end", `$status $`, `cannot read log_format at column 9: "$" is no variable: want $name or ${name}`},
		{"brace not closed", `${status $request`, `cannot read log_format at column 1: "${status $" is no variable: want $name or ${name}`},
		{"brace at the end", `${status`, `cannot read log_format at column 1: "${status" is no variable: want $name or ${name}`},
		{"nothing in braces", `$status ${} x`, `cannot read log_format at column 9: "${} x" is no variable: want $name or ${name}`},
		{"name in other letters", `$é`, `cannot read log_format at column 1: "$é" is no variable: want $name or ${name}`},
		{"line break", "$status\n$request", `cannot use log_format: it has a line break at column 8, and a record of several lines cannot be read`},
		{"line break in quotes", `log_format main '$status\n$request';`, `cannot use log_format: it has a line break at column 8, and a record of several lines cannot be read`},
		{"adjacent", `$remote_addr$status`, `cannot tell $remote_addr from $status in log_format at column 13: nothing stands between them; put a space or a quote there`},
		{"adjacent, first measured", `"$request" $status$pipe`, `cannot tell $status from $pipe in log_format at column 19: nothing stands between them; put a space or a quote there`},
		{"adjacent, second measured", `"$request" $pipe$status`, `cannot tell $pipe from $status in log_format at column 17: nothing stands between them; put a space or a quote there`},
		{"adjacent, in braces", `${pipe}${status}`, `cannot tell $pipe from $status in log_format at column 8: nothing stands between them; put a space or a quote there`},
		{"adjacent, third measured", `$a$b$status`, `cannot tell $b from $status in log_format at column 5: nothing stands between them; put a space or a quote there`},
		{"adjacent, a variant", `$status $pipe$variant`, `cannot tell $pipe from $variant in log_format at column 14: nothing stands between them; put a space or a quote there`},
		{"adjacent, a value", `$status $wanted$pipe`, `cannot tell $wanted from $pipe in log_format at column 16: nothing stands between them; put a space or a quote there`},
		{"directive without text", `log_format main`, `cannot read log_format "main": want a name and a text`},
		{"directive without anything", `log_format ;`, `cannot read log_format "": want a name and a text`},
		{"directive, unknown escape", `log_format main escape=xml '$status';`, `cannot read log_format: cannot use escape "xml": want default, json or none`},
		{"directive, quote not closed", `log_format main '$status $request;`, `cannot read log_format: the quote before "$status $request" is never closed`},
		{"directive, only an escape", `log_format main escape=json;`, `cannot use log_format "": it has no variable`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.text, Options{Variants: []string{"variant"}, Values: []string{"wanted"}})
			if err == nil {
				t.Fatalf("Compile(%q) = %q, want the error %q", tt.text, f.Text(), tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("Compile(%q)\n got %s\nwant %s", tt.text, err, tt.want)
			}
		})
	}
}

// TestAdjacentVariables compiles formats with variables side by side that
// nobody needs, and reads a line of each.
func TestAdjacentVariables(t *testing.T) {
	tests := []struct {
		name, format, line, want string
	}{
		{"neither measured", `$connection$pipe $status`, `12p 200`, `status=200`},
		{"three of them", `$connection$pipe$tls_version|$status|`, `12pTLS|200|`, `status=200`},
		{"measured elsewhere, second time", `$status $pipe$status`, `200 .404`, `status=200`},
		{"the target is in $request", `"$request" $scheme://$server_addr$request_uri $status`, `"GET /a HTTP/1.1" http://10.0.0.1/a 200`, `status=200 method=GET target="/a"`},
		{"the time is in $msec", `$msec $time_local$pipe $status`, `0.001 25/Nov/2026:10:00:00 +0000. 200`, `time=1970-01-01T00:00:00.001 status=200`},
		{"the target is in $request, $host is not wanted", `"$request" "$scheme://$hostname$request_uri" $status`, `"GET /a HTTP/1.1" "http://b/a" 200`, `status=200 method=GET target="/a"`},
		{"the name is in $host", `$host|$server_name$pipe $status`, `a.example|b.example. 200`, `status=200 host="a.example"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustCompile(t, tt.format, Options{Host: true})
			if got, want := parse(f.NewParser(), tt.line), parsed(tt.want); got != want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", tt.line, got, want)
			}
		})
	}
}

// TestWhichVariableCounts reads formats that say the same thing twice.
func TestWhichVariableCounts(t *testing.T) {
	tests := []struct {
		name, format, line, want string
	}{
		{"same variable twice", `$status $remote_addr $status`, `200 10.0.0.1 404`, `status=200 client="10.0.0.1"`},
		{"$request before its parts", `$request_method $request_uri "$request" $status`, `POST /b "GET /a HTTP/1.1" 200`, `status=200 method=GET target="/a"`},
		{"parts of the request", `$request_method $request_uri $status`, `POST /b?c=d 200`, `status=200 method=POST target="/b?c=d"`},
		{"$request_uri before $uri", `$uri $request_uri $status`, `/a /b 200`, `status=200 method=- target="/b"`},
		{"$uri alone", `$uri $status`, `/a 200`, `status=200 method=- target="/a"`},
		{"method alone", `$request_method $status`, `PURGE 200`, `status=200 method=other`},
		{"no part of the request", `$remote_addr $status`, `10.0.0.1 200`, `status=200 client="10.0.0.1"`},
		{"$body_bytes_sent before $bytes_sent", `$bytes_sent $body_bytes_sent $status`, `300 200 200`, `status=200 bytes=200`},
		{"$body_bytes_sent absent", `$bytes_sent $body_bytes_sent $status`, `300 - 200`, `status=200`},
		{"$bytes_sent alone", `$bytes_sent $status`, `300 200`, `status=200 bytes=300`},
		{"$msec before the others", `$time_iso8601 $msec [$time_local] $status`, `2026-11-25T10:00:00Z 1.500 [25/Nov/2026:10:00:00 +0000] 200`, `time=1970-01-01T00:00:01.500 status=200`},
		{"$time_iso8601 before $time_local", `[$time_local] $time_iso8601 $status`, `[25/Nov/2026:10:00:00 +0000] 2026-11-25T11:00:00+00:00 200`, `time=2026-11-25T11:00:00.000 status=200`},
		{"$time_local alone", `[$time_local] $status`, `[25/Nov/2026:10:00:00 +0100] 200`, `time=2026-11-25T09:00:00.000 status=200`},
		{"$host before the others", `$server_name $http_host $host $status`, `a b c 200`, `status=200 host="c"`},
		{"$http_host before $server_name", `$server_name $http_host $status`, `a b 200`, `status=200 host="b"`},
		{"$server_name alone", `$server_name $status`, `a 200`, `status=200 host="a"`},
		{"first variant of those wanted", `$second $first $status`, `b a 200`, `status=200 variant="a" value1="b"`},
		{"second variant where the first is not in the format", `$second $status`, `b 200`, `status=200 variant="b" value1="b"`},
		{"variant that is absent", `$first $status`, `- 200`, `status=200 variant=""`},
		{"variant that is empty", `$first $status`, ` 200`, `status=200 variant=""`},
		{"value that is measured too", `$status $first`, `200 a`, `status=200 variant="a"`},
		{"value asked for twice", `$status $wanted`, `200 x`, `status=200 value0="x" value2="x"`},
	}
	options := Options{Host: true, Variants: []string{"first", "second"}, Values: []string{"wanted", "second", "wanted"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustCompile(t, tt.format, options)
			if got, want := parse(f.NewParser(), tt.line), parsed(tt.want); got != want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", tt.line, got, want)
			}
		})
	}
}

// TestMeasuredAndWanted wants a measured variable as a value and as a variant.
func TestMeasuredAndWanted(t *testing.T) {
	f := mustCompile(t, `$remote_addr $status $host`, Options{Host: true, Variants: []string{"host"}, Values: []string{"status", "remote_addr"}})
	line := "10.0.0.1 200 a.example"
	want := parsed(`status=200 client="10.0.0.1" host="a.example" variant="a.example" value0="200" value1="10.0.0.1"`)
	if got := parse(f.NewParser(), line); got != want {
		t.Errorf("Parse(%q)\n got %v\nwant %v", line, got, want)
	}
}

func TestFormatNames(t *testing.T) {
	named := mustCompile(t, CombinedText, Options{Name: "combined", Escape: EscapeNone})
	if named.Name() != "combined" || named.Text() != CombinedText || named.Escape() != EscapeNone {
		t.Errorf("named format: %q %q %v", named.Name(), named.Text(), named.Escape())
	}
	if nameless := mustCompile(t, `'$status'`, Options{}); nameless.Name() != "$status" {
		t.Errorf("format without a name is called %q, want its text", nameless.Name())
	}
	if object := mustJSON(t, Options{}); object.Name() != "json" || object.Text() != "" || object.Escape() != EscapeJSON {
		t.Errorf("JSON format: %q %q %v", object.Name(), object.Text(), object.Escape())
	}
	if object := mustJSON(t, Options{Name: "mine", Escape: EscapeDefault}); object.Name() != "mine" || object.Escape() != EscapeJSON {
		t.Errorf("named JSON format: %q %v", object.Name(), object.Escape())
	}
}

// TestHostOnlyWhereWanted tells $host from what stands beside it only for those
// who ask for it.
func TestHostOnlyWhereWanted(t *testing.T) {
	const format, line = `"$request" "$scheme://$host$request_uri" $status`, `"GET /a HTTP/1.1" "http://example.org/a" 200`
	if got, want := parse(mustCompile(t, format, Options{}).NewParser(), line), parsed(`status=200 method=GET target="/a"`); got != want {
		t.Errorf("Parse(%q)\n got %v\nwant %v", line, got, want)
	}
	const want = "cannot tell $host from $request_uri in log_format at column 28: nothing stands between them; put a space or a quote there"
	if _, err := Compile(format, Options{Host: true}); err == nil || err.Error() != want {
		t.Errorf("Compile(%q) with Host: %v, want the error %q", format, err, want)
	}
	for _, options := range []Options{{}, {Host: true}} {
		want := parsed("status=200")
		if options.Host {
			want.entry += ` host="example.org"`
		}
		if got := parse(mustCompile(t, `$host $status`, options).NewParser(), "example.org 200"); got != want {
			t.Errorf("text, Host %t: got %v, want %v", options.Host, got, want)
		}
	}
}

func TestTooManyVariables(t *testing.T) {
	room := maxFields - int(numFields)
	names := make([]string, room+1)
	for i := range names {
		names[i] = fmt.Sprintf("v%d", i)
	}
	want := fmt.Sprintf("cannot look for %d variables in a line: want at most %d", room+1, room)
	for _, options := range []Options{{Values: names}, {Variants: names}, {Variants: names[:1], Values: names[1:]}} {
		if _, err := Compile("$status", options); err == nil || err.Error() != want {
			t.Errorf("Compile: %v, want the error %q", err, want)
		}
		if _, err := JSON(options); err == nil || err.Error() != want {
			t.Errorf("JSON: %v, want the error %q", err, want)
		}
	}
	options := Options{Values: names[:room]}
	last := fmt.Sprintf("v%d", room-1)
	if got, want := parse(mustCompile(t, "$status $"+last, options).NewParser(), "200 x"), parsed(fmt.Sprintf(`status=200 value%d="x"`, room-1)); got != want {
		t.Errorf("text: got %v, want %v", got, want)
	}
	if got, want := parse(mustJSON(t, options).NewParser(), `{"status":200,"`+last+`":"x"}`), parsed(fmt.Sprintf(`status=200 value%d="x"`, room-1)); got != want {
		t.Errorf("JSON: got %v, want %v", got, want)
	}
}
