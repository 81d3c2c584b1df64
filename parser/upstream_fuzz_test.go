package parser

import (
	"fmt"
	"strings"
	"testing"
)

// wroteUpstream is what nginx did with a request, and the lists that it logs
// about it.
type wroteUpstream struct {
	attempts []Attempt
	flags    Upstream
	lists    upstreamLists
}

// element adds one element to the lists.
func (w *wroteUpstream) element(separator, server, status string, times [3]string) {
	for i, text := range [...]string{server, status, times[0], times[1], times[2]} {
		w.lists[i] += separator + text
	}
}

// writeUpstream makes attempts of random bytes as nginx's upstream module would.
// Where words is set, every element is a word, as lists without quotes need.
func writeUpstream(random []byte, words bool) (w wroteUpstream) {
	next := func(n int) int {
		if len(random) == 0 {
			return 0
		}
		c := int(random[0])
		random = random[1:]
		return c % n
	}
	servers := [...]string{"10.0.0.1:80", "[::1]:80", "unix:/run/a.sock", "backend-1:8080", "[2001:db8::a]:443", "unix:/b:c", "a:1"}
	groups := 1 + next(3)
	for group := range groups {
		separator := ""
		if group > 0 {
			separator = " : "
			w.flags.Redirected = true
		}
		inGroup := 0
		for range 1 + next(4) {
			switch kind := next(8); {
			case kind == 0:
				w.element(separator, "thin", "502", [3]string{"-", "-", "0.000"})
				w.flags.NoLiveUpstream = true
			case kind == 1 && !words:
				w.element(separator, "", "-", [3]string{"-", "-", "0.000"})
			default:
				a := newAttempt([]byte(servers[next(len(servers))]))
				status := "-"
				if code := next(5); code > 0 {
					a.Status = [...]int{0, 200, 502, 9, 0}[code]
					status = fmt.Sprintf("%03d", a.Status)
				}
				var times [3]string
				for i, field := range [...]*int64{&a.ConnectTime, &a.HeaderTime, &a.ResponseTime} {
					if times[i] = "-"; next(3) > 0 {
						*field = int64(next(256) * next(256))
						times[i] = fmt.Sprintf("%d.%03d", *field/1000, *field%1000)
					}
				}
				w.attempts = append(w.attempts, a)
				w.element(separator, string(a.Server), status, times)
				if inGroup++; inGroup > 1 {
					w.flags.Retried = true
				}
			}
			separator = ", "
		}
	}
	if !words && next(6) == 0 { // a redirect to a name that does not resolve
		w.flags.Redirected = true
		w.element(" : ", "", "", [3]string{})
	}
	return w
}

// FuzzUpstreamRoundTrip writes lists about random attempts and reads them back.
func FuzzUpstreamRoundTrip(f *testing.F) {
	quotedText := mustCompile(f, `"$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time" $status`, Options{})
	bareText := mustCompile(f, `$upstream_addr $upstream_status $upstream_connect_time $upstream_header_time $upstream_response_time $status`, Options{})
	object := mustJSON(f, Options{})
	parsers := map[string]*Parser{"quoted": quotedText.NewParser(), "bare": bareText.NewParser(), "json": object.NewParser(), "repaired": object.NewParser()}
	f.Add([]byte{0, 0, 2, 0, 1, 1, 5, 5})
	f.Fuzz(func(t *testing.T, random []byte) {
		for _, words := range []bool{false, true} {
			w := writeUpstream(random, words)
			if w.lists[0] == "" { // one element without an address: absent
				w.flags.NoUpstream = true
			}
			want := Entry{Time: NoTime, Status: 200, BytesSent: Absent, RequestTime: Absent, Upstream: w.flags}
			want.Attempts = w.attempts
			lists := strings.Join(w.lists[:], "\x00")
			lines := map[string]string{
				"quoted":   `"` + strings.ReplaceAll(lists, "\x00", `" "`) + `" 200`,
				"json":     fmt.Sprintf(`{"status":200,"upstream_addr":"%s","us":"%s","uct":"%s","uht":"%s","urt":"%s"}`, w.lists[0], w.lists[1], w.lists[2], w.lists[3], w.lists[4]),
				"repaired": fmt.Sprintf(`{"status":200,"upstream_addr":"%s","us":%s,"uct":%s,"uht":%s,"urt":%s}`, w.lists[0], w.lists[1], w.lists[2], w.lists[3], w.lists[4]),
			}
			if words {
				lines["bare"] = strings.ReplaceAll(lists, "\x00", " ") + " 200"
			} else {
				// A bare value loses the space at its ends, and so the last separator.
				delete(lines, "repaired")
			}
			for name, line := range lines {
				if got, want := parse(parsers[name], line), parsed(describe(&want)); got != want {
					t.Errorf("%s: Parse(%q)\n got %v\nwant %v", name, line, got, want)
				}
			}
		}
	})
}
