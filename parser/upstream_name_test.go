package parser

import (
	"fmt"
	"strings"
	"testing"
)

// serversOf returns the servers of the attempts of a line, as they were before
// they were escaped.
func serversOf(t *testing.T, f *Format, line string) string {
	t.Helper()
	var e Entry
	if result := f.NewParser().Parse([]byte(line), &e); result == Unparsed {
		t.Fatalf("%q is not a request", line)
	}
	var servers []string
	for _, a := range e.Attempts {
		servers = append(servers, fmt.Sprintf("%q", AppendUnescaped(nil, a.Server, e.Escape)))
	}
	return strings.Join(servers, " ")
}

// TestUpstreamName names the last attempt's server by what the answer said.
func TestUpstreamName(t *testing.T) {
	options := Options{UpstreamName: "upstream_http_x_backend", Variants: []string{"variant"}, Values: []string{"uid"}}
	text, err := Compile(`$status "$upstream_addr" "$upstream_http_x_backend" $variant $uid`, options)
	if err != nil {
		t.Fatal(err)
	}
	json, err := JSON(options)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 5000)
	for _, test := range []struct{ addr, name, want string }{
		{"127.0.0.1:8080", "app1", `"app1"`},
		{"127.0.0.1:8080", "-", `"127.0.0.1:8080"`}, // no answer, and so no name
		{"127.0.0.1:8080", "", `"127.0.0.1:8080"`},
		{"127.0.0.1:8080, 127.0.0.1:8080", "app2", `"127.0.0.1:8080" "app2"`},
		{"127.0.0.1:8080 : 127.0.0.1:8081", "app2", `"127.0.0.1:8080" "app2"`},
		{"-", "app1", ``},       // answered by nginx itself
		{"backend", "app1", ``}, // no server could be picked
		{"127.0.0.1:8080", "a, b : c", `"a, b : c"`},
		{"127.0.0.1:8080", long, `"` + long + `"`},
	} {
		if got := serversOf(t, text, fmt.Sprintf(`200 "%s" "%s" .one u1`, test.addr, test.name)); got != test.want {
			t.Errorf("%q named %q: got %s, want %s", test.addr, test.name, got, test.want)
		}
		line := fmt.Sprintf(`{"status":200,"upstream_addr":%q,"upstream_http_x_backend":%q}`, test.addr, test.name)
		if got := serversOf(t, json, line); got != test.want {
			t.Errorf("%s: got %s, want %s", line, got, test.want)
		}
	}
	if got := serversOf(t, text, `200 "127.0.0.1:80" "\x22\x00" .one u1`); got != `"\"\x00"` {
		t.Errorf("hostile name: %s", got)
	}
	if got := serversOf(t, json, `{"status":200,"upstream_addr":"127.0.0.1:80"}`); got != `"127.0.0.1:80"` {
		t.Errorf("no such key: %s", got)
	}
}

// TestUpstreamNameElsewhere reads formats that do not have the variable, or
// nothing else of upstreams, and maps it for JSON.
func TestUpstreamNameElsewhere(t *testing.T) {
	for format, want := range map[string]string{
		`$status $upstream_addr $upstream_http_other`:           `"127.0.0.1:80"`,
		`$status $upstream_http_x_backend $upstream_http_other`: ``,
		`$status $upstream_addr $upstream_addr`:                 `"127.0.0.1:80"`,
	} {
		f, err := Compile(format, Options{UpstreamName: "upstream_http_x_backend"})
		if err != nil {
			t.Fatal(err)
		}
		if got := serversOf(t, f, `200 127.0.0.1:80 app1`); got != want {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
	}
	f, err := JSON(Options{UpstreamName: "upstream_http_x_backend", Keys: map[string]string{"upstream_http_x_backend": "up.name"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := serversOf(t, f, `{"status":200,"upstream":"127.0.0.1:80","up":{"name":"app1"}}`); got != `"app1"` {
		t.Errorf("nested: %s", got)
	}
	many := Options{UpstreamName: "n"}
	for i := range maxFields - int(numFields) {
		many.Values = append(many.Values, fmt.Sprint("v", i))
	}
	if _, err := JSON(many); err == nil {
		t.Error("more variables than there is room for were taken")
	}
}
