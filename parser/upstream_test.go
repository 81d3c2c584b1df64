package parser

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCutElement(t *testing.T) {
	tests := []struct {
		list string
		want string // elements in brackets, with what stands between them
	}{
		{"", "[]"},
		{"-", "[-]"},
		{"a", "[a]"},
		{"a, b", "[a],[b]"},
		{"a : b", "[a]:[b]"},
		{"a, b : c, d", "[a],[b]:[c],[d]"},
		{"a : ", "[a]:[]"},
		{"a, ", "[a],[]"},
		{", b", "[],[b]"},
		{" : b", "[]:[b]"},
		{"a : , b", "[a]:[],[b]"},
		{" : ", "[]:[]"},
		{", ", "[],[]"},
		{", , ", "[],[],[]"},
		// What only looks like a separator.
		{"a,b", "[a,b]"},
		{"a,", "[a,]"},
		{"a :", "[a :]"},
		{"a :b", "[a :b]"},
		{"a: b", "[a: b]"},
		{"a ", "[a ]"},
		{" a", "[ a]"},
		{"[::1]:80", "[[::1]:80]"},
		{"unix:/a:b", "[unix:/a:b]"},
		{"a,, b", "[a,],[b]"},
		{"a : : b", "[a]:[: b]"},
		{"a  : b", "[a ]:[b]"},
	}
	for _, tt := range tests {
		var got strings.Builder
		elements := 0
		list := []byte(tt.list)
		for after := nextAttempt; after != endOfList; elements++ {
			var element []byte
			element, list, after = cutElement(list[:len(list):len(list)])
			fmt.Fprintf(&got, "[%s]%s", element, [...]string{endOfList: "", nextAttempt: ",", nextGroup: ":"}[after])
		}
		if got.String() != tt.want {
			t.Errorf("elements of %q: got %s, want %s", tt.list, &got, tt.want)
		}
		if count := countElements([]byte(tt.list)); count != elements {
			t.Errorf("countElements(%q) = %d, want %d", tt.list, count, elements)
		}
	}
}

func TestIsServer(t *testing.T) {
	for _, element := range []string{"10.0.0.1:80", "[::1]:80", "[2001:db8::1]:8080", "backend:8080", "a:1", "unix:/run/app.sock", "unix:", "unix:/a b:c"} {
		if !isServer([]byte(element)) {
			t.Errorf("isServer(%q) = false, want true", element)
		}
	}
	for _, element := range []string{"", "-", "backend", "thin", "10.0.0.1", ":80", "80", "a:", "a:b", "a:80x", "unix", "[::1]", "web-1.example.org"} {
		if isServer([]byte(element)) {
			t.Errorf("isServer(%q) = true, want false", element)
		}
	}
}

// upstreamLists are the $upstream_ lists of a line: addr, status, connect,
// header and response time.
type upstreamLists [5]string

func TestUpstream(t *testing.T) {
	tests := []struct {
		name  string
		lists upstreamLists
		want  outcome
	}{
		{"one", upstreamLists{"10.0.0.1:80", "200", "0.001", "0.002", "0.003"},
			parsed("attempt(10.0.0.1:80 200 1 2 3)")},
		{"none", upstreamLists{"-", "-", "-", "-", "-"},
			parsed("no-upstream")},
		{"empty", upstreamLists{"", "", "", "", ""},
			parsed("no-upstream")},
		{"failed connect, then another server", upstreamLists{"10.0.0.1:80, 10.0.0.2:80", "502, 200", "-, 0.000", "-, 0.001", "0.000, 0.001"},
			parsed("attempt(10.0.0.1:80 502 - - 0) attempt(10.0.0.2:80 200 0 1 1) retried")},
		{"all connects failed", upstreamLists{"10.0.0.1:80, 10.0.0.2:80", "502, 502", "-, -", "-, -", "0.000, 0.000"},
			parsed("attempt(10.0.0.1:80 502 - - 0) attempt(10.0.0.2:80 502 - - 0) retried")},
		{"stale keep-alive connection to the same server", upstreamLists{"10.0.0.1:80, 10.0.0.1:80", "502, 200", "0.000, 0.001", "-, 0.002", "0.000, 0.002"},
			parsed("attempt(10.0.0.1:80 502 0 - 0) attempt(10.0.0.1:80 200 1 2 2) retried")},
		{"timeout, then another server", upstreamLists{"10.0.0.1:80, 10.0.0.2:80", "504, 200", "0.000, 0.000", "-, 0.010", "60.001, 0.010"},
			parsed("attempt(10.0.0.1:80 504 0 - 60001) attempt(10.0.0.2:80 200 0 10 10) retried")},
		{"client left", upstreamLists{"10.0.0.1:80", "-", "0.000", "-", "2.001"},
			parsed("attempt(10.0.0.1:80 - 0 - 2001)")},
		{"internal redirect", upstreamLists{"10.0.0.1:80 : 10.0.1.1:80", "404 : 200", "0.000 : 0.001", "0.002 : 0.003", "0.002 : 0.003"},
			parsed("attempt(10.0.0.1:80 404 0 2 2) attempt(10.0.1.1:80 200 1 3 3) redirected")},
		{"redirect after a retry", upstreamLists{"a:1, b:2 : c:3", "502, 404 : 200", "-, 0.001 : 0.002", "-, 0.002 : 0.003", "0.000, 0.003 : 0.004"},
			parsed("attempt(a:1 502 - - 0) attempt(b:2 404 1 2 3) attempt(c:3 200 2 3 4) retried redirected")},
		{"retry after a redirect", upstreamLists{"a:1 : b:2, c:3", "404 : 502, 200", "-", "-", "-"},
			parsed("attempt(a:1 404 - - -) attempt(b:2 502 - - -) attempt(c:3 200 - - -) retried redirected")},
		{"name did not resolve after a redirect", upstreamLists{"10.0.0.1:80 : ", "404 : -", "0.000 : -", "0.001 : -", "0.001 : 0.000"},
			parsed("attempt(10.0.0.1:80 404 0 1 1) redirected")},
		{"all lists end in a separator", upstreamLists{"10.0.0.1:80 : ", "404 : ", "0.000 : ", "0.001 : ", "0.001 : "},
			parsed("attempt(10.0.0.1:80 404 0 1 1) redirected")},
		{"first element empty", upstreamLists{", 10.0.0.2:80", "-, 200", "-, 0.001", "-, 0.002", "0.000, 0.003"},
			parsed("attempt(10.0.0.2:80 200 1 2 3)")},
		{"middle element empty", upstreamLists{"a:1 : , b:2", "404 : -, 200", "0.001 : -, 0.002", "0.003 : -, 0.004", "0.005 : 0.000, 0.006"},
			parsed("attempt(a:1 404 1 3 5) attempt(b:2 200 2 4 6) redirected")},
		{"no server could be picked", upstreamLists{"thin", "502", "-", "-", "0.000"},
			parsed("no-live-upstream")},
		{"no server could be picked for the second try", upstreamLists{"127.0.0.1:1, thin", "502, 502", "-, -", "-, -", "0.000, 0.000"},
			parsed("attempt(127.0.0.1:1 502 - - 0) no-live-upstream")},
		{"no server could be picked after a redirect", upstreamLists{"a:1 : thin", "404 : 502", "0.001 : -", "0.002 : -", "0.003 : 0.000"},
			parsed("attempt(a:1 404 1 2 3) redirected no-live-upstream")},
		{"unix socket", upstreamLists{"unix:/run/app.sock", "200", "0.000", "0.001", "0.001"},
			parsed("attempt(unix:/run/app.sock 200 0 1 1)")},
		{"unix sockets", upstreamLists{"unix:/run/a.sock, unix:/run/b:c.sock : unix:/d", "502, 404 : 200", "-", "-", "0.000, 0.001 : 0.002"},
			parsed("attempt(unix:/run/a.sock 502 - - 0) attempt(unix:/run/b:c.sock 404 - - 1) attempt(unix:/d 200 - - 2) retried redirected")},
		{"IPv6", upstreamLists{"[::1]:80, [2001:db8::2]:8080 : [::]:1", "502, 404 : 200", "-, 0.001 : 0.002", "-, - : -", "0.000, 0.001 : 0.002"},
			parsed("attempt([::1]:80 502 - - 0) attempt([2001:db8::2]:8080 404 1 - 1) attempt([::]:1 200 2 - 2) retried redirected")},
		{"host name", upstreamLists{"backend-1.example.org:8080", "200", "0.000", "0.001", "0.001"},
			parsed("attempt(backend-1.example.org:8080 200 0 1 1)")},
		{"statuses 000 and 009", upstreamLists{"a:1, b:2", "000, 009", "-", "-", "-"},
			parsed("attempt(a:1 000 - - -) attempt(b:2 009 - - -) retried")},
		{"many", upstreamLists{strings.Repeat("a:1, ", 40) + "a:1", strings.Repeat("502, ", 40) + "200", "-", "-", "-"},
			parsed(strings.Repeat("attempt(a:1 502 - - -) ", 40) + "attempt(a:1 200 - - -) retried")},
		{"only addresses", upstreamLists{"a:1, b:2", "-", "-", "-", ""},
			parsed("attempt(a:1 - - - -) attempt(b:2 - - - -) retried")},

		{"status list too short", upstreamLists{"a:1, b:2", "200", "0.001, 0.002", "-, 0.002", "0.003, 0.004"},
			partial("lists", "attempt(a:1 - 1 - 3) attempt(b:2 - 2 2 4) retried")},
		{"status list too long", upstreamLists{"a:1", "502, 200", "0.001", "0.002", "0.003"},
			partial("lists", "attempt(a:1 - 1 2 3)")},
		{"connect list too short", upstreamLists{"a:1, b:2", "502, 200", "0.001", "-, 0.002", "0.003, 0.004"},
			partial("lists", "attempt(a:1 502 - - 3) attempt(b:2 200 - 2 4) retried")},
		{"header list too long", upstreamLists{"a:1", "200", "0.001", "0.002, 0.003", "0.004"},
			partial("lists", "attempt(a:1 200 1 - 4)")},
		{"response list too short", upstreamLists{"a:1, b:2 : c:3", "502, 200 : 200", "-, - : -", "-, - : -", "0.003, 0.004"},
			partial("lists", "attempt(a:1 502 - - -) attempt(b:2 200 - - -) attempt(c:3 200 - - -) retried redirected")},
		{"all lists too short", upstreamLists{"a:1, b:2", "200", "0.001", "0.002", "0.003"},
			partial("lists", "attempt(a:1 - - - -) attempt(b:2 - - - -) retried")},
		{"odd status", upstreamLists{"a:1, b:2", "502, 2xx", "-, 0.001", "-, 0.002", "0.000, 0.003"},
			partial("upstream_status", "attempt(a:1 502 - - 0) attempt(b:2 - 1 2 3) retried")},
		{"odd status of the one attempt", upstreamLists{"a:1", "2000", "0.001", "0.002", "0.003"},
			partial("upstream_status", "attempt(a:1 - 1 2 3)")},
		{"odd times", upstreamLists{"a:1", "200", "x", "0.002", "41.y"},
			partial("upstream_connect_time", "attempt(a:1 200 - 2 -)")},
		{"time of 41 years", upstreamLists{"a:1", "200", "0.001", "0.002", "1293926400.000"},
			partial("upstream_response_time", "attempt(a:1 200 1 2 -)")},
		{"commas without spaces", upstreamLists{"a:1", "200", "0.001", "0.002", "0.003,0.004"},
			partial("upstream_response_time", "attempt(a:1 200 1 2 -)")},
		{"lists before odd", upstreamLists{"a:1, b:2", "2xx, 200", "0.001", "-", "-"},
			partial("lists", "attempt(a:1 - - - -) attempt(b:2 200 - - -) retried")},
	}
	text := mustCompile(t, `"$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time" `, Options{})
	object := mustJSON(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var quoted []any
			for _, list := range tt.lists {
				quoted = append(quoted, list)
			}
			line := fmt.Sprintf(`"%s" "%s" "%s" "%s" "%s" `, quoted...)
			want := tt.want
			want.entry = "method=- " + want.entry
			got := parse(text.NewParser(), line)
			got.entry = "method=- " + got.entry // the format has no request
			if got != want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", line, got, want)
			}
			line = fmt.Sprintf(`{"request":"-","upstream_addr":"%s","upstream_status":"%s","upstream_connect_time":"%s","upstream_header_time":"%s","upstream_response_time":"%s"}`, quoted...)
			if got := parse(object.NewParser(), line); got != want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", line, got, want)
			}
		})
	}
}

// TestNoUpstream asks which formats have upstream fields at all.
func TestNoUpstream(t *testing.T) {
	tests := []struct {
		format, line string
		want         bool
	}{
		{`$status`, `200`, false},
		{`$status $upstream_addr`, `200 -`, true},
		{`$status $upstream_addr`, `200 a:1`, false},
		{`$status $upstream_addr`, `200 thin`, false},
		{`$status $upstream_status`, `200 -`, true},
		{`$status $upstream_status`, `200 200`, false},
		{`$status $upstream_response_time`, `200 -`, true},
		{`$status $upstream_response_time`, `200 0.001`, false},
		{`$status $upstream_status $upstream_response_time`, `200 - 0.001`, false},
		{`$status $upstream_connect_time $upstream_header_time`, `200 - -`, true},
		{`$status "$upstream_addr" "$upstream_cache_status"`, `200 "-" "HIT"`, true},
	}
	for _, tt := range tests {
		p := mustCompile(t, tt.format, Options{}).NewParser()
		var e Entry
		result := p.Parse([]byte(tt.line), &e)
		if result != Parsed || e.NoUpstream != tt.want {
			t.Errorf("%s: Parse(%q) = %v and NoUpstream %t, want %v and %t", tt.format, tt.line, result, e.NoUpstream, Parsed, tt.want)
		}
	}
}

// TestAttemptsAreReused wants the slice of the last line back.
func TestAttemptsAreReused(t *testing.T) {
	p := mustCompile(t, `$status $upstream_addr`, Options{}).NewParser()
	var e Entry
	p.Parse([]byte("200 a:1, b:2, c:3"), &e)
	first := reflect.ValueOf(e.Attempts).Pointer()
	p.Parse([]byte("200 d:4"), &e)
	if len(e.Attempts) != 1 || reflect.ValueOf(e.Attempts).Pointer() != first {
		t.Errorf("Attempts is a new slice of %d, want the old one with 1", len(e.Attempts))
	}
}
