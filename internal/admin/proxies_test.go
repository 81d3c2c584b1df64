package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeProxies is a pool "app" with the servers "app1" and "unix:/run/a.sock",
// and what was done to it.
type fakeProxies struct {
	mu   sync.Mutex
	done []string
}

func (f *fakeProxies) note(format string, arguments ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, fmt.Sprintf(format, arguments...))
}

// taken returns what was done since it was asked last.
func (f *fakeProxies) taken() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := strings.Join(f.done, "; ")
	f.done = nil
	return text
}

func (f *fakeProxies) known(pool, server string) error {
	switch servers := []string{"app1", "unix:/run/a.sock"}; {
	case pool != "app":
		return fmt.Errorf("%w: there is no pool %q, want one of %q", ErrUnknown, pool, []string{"app"})
	case !slices.Contains(servers, server):
		return fmt.Errorf("%w: the pool %q has no server %q, want one of %q", ErrUnknown, pool, server, servers)
	}
	return nil
}

func (f *fakeProxies) proxies() *Proxies {
	return &Proxies{
		States: func() any { return []map[string]any{{"pool": "app", "servers": []string{"app1"}}} },
		Explain: func(pool, source, marked string) (any, error) {
			if pool != "app" {
				return nil, f.known(pool, "")
			}
			return map[string]string{"source": source, "marked": marked}, nil
		},
		Change: func(pool, server string, weight *int, state *string) error {
			if err := f.known(pool, server); err != nil {
				return err
			}
			if weight != nil && *weight > 10 {
				return errors.New("want 0 to 10")
			}
			f.note("change %s %v %v", server, valueOf(weight), valueOf(state))
			return nil
		},
		Eject: func(pool, server string, length time.Duration) error {
			if err := f.known(pool, server); err != nil {
				return err
			}
			f.note("eject %s %v", server, length)
			return nil
		},
		Snippet: func(w io.Writer, pool string) error {
			io.WriteString(w, "upstream app {\n") // what comes before an error is not sent
			return f.known(pool, "app1")
		},
	}
}

func valueOf[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// ask sends a request to what answers on a TCP listener.
func ask(handler http.Handler, method, target, body string, headers ...string) (int, string, http.Header) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "localhost:9918"
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Result().Header
}

func proxiesHandler(f *fakeProxies) http.Handler {
	return sameHost(newHandler(nil, f.proxies()), "localhost")
}

// TestProxies does everything once, and what is wrong in every way that the
// handlers tell apart.
func TestProxies(t *testing.T) {
	f := &fakeProxies{}
	handler := proxiesHandler(f)
	for _, test := range []struct {
		method, target, body string
		status               int
		answer               string // a part of it
		done                 string
	}{
		{"GET", "/", "", 200, "/proxies/POOL/explain", ""},
		{"GET", "/proxies", "", 200, `"pool": "app"`, ""},
		{"GET", "/proxies/app/explain", "", 200, `"source": ""`, ""},
		{"GET", "/proxies/app/explain?source=192.0.2.1&marked=app1", "", 200, `"marked": "app1",` + "\n" + `  "source": "192.0.2.1"`, ""},
		{"GET", "/proxies/app/explain?source=%3Cscript%3E%00", "", 200, `\u003cscript\u003e\u0000`, ""},
		{"GET", "/proxies/none/explain", "", 404, `no pool "none", want one of ["app"]`, ""},
		{"GET", "/proxies/%22%0a/explain", "", 404, `no pool "\"\n"`, ""},
		{"GET", "/proxies/app/nginx", "", 200, "upstream app {", ""},
		{"GET", "/proxies/none/nginx", "", 404, "no pool", ""},

		{"PUT", "/proxies/app/servers/app1", `{"weight": 3}`, 200, `"pool"`, "change app1 3 <nil>"},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 0, "state": "drain"}` + "\n", 200, `"pool"`, "change app1 0 drain"},
		{"PUT", "/proxies/app/servers/unix:/run/a.sock", `{"state": "maint"}`, 200, `"pool"`, "change unix:/run/a.sock <nil> maint"},
		{"PUT", "/proxies/app/servers/unix:%2Frun%2Fa.sock", `{"state": "ready"}`, 200, `"pool"`, "change unix:/run/a.sock <nil> ready"},
		{"PUT", "/proxies/app/servers/app2", `{"weight": 3}`, 404, `no server "app2", want one of ["app1" "unix:/run/a.sock"]`, ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 11}`, 400, "want 0 to 10", ""},
		{"PUT", "/proxies/app/servers/app1", ``, 400, "want JSON such as", ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 2.5}`, 400, "cannot read the change", ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": "2"}`, 400, "cannot read the change", ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 99999999999999999999}`, 400, "cannot read the change", ""},
		{"PUT", "/proxies/app/servers/app1", `{"wait": 2}`, 400, `unknown field "wait"`, ""},
		{"PUT", "/proxies/app/servers/app1", `[1]`, 400, "cannot read the change", ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 2}{"weight": 3}`, 400, "something follows it", ""},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 2}x`, 400, "something follows it", ""},
		{"PUT", "/proxies/app/servers/app1", `{"state": "` + strings.Repeat("x", maxChange) + `"}`, 413, "too large", ""},
		{"PUT", "/proxies/app/servers/app1", strings.Repeat("[", maxChange), 400, "cannot read the change", ""},

		{"POST", "/proxies/app/servers/app1/eject?for=30s", "", 200, `"pool"`, "eject app1 30s"},
		{"POST", "/proxies/app/servers/app1/restore", "", 200, `"pool"`, "eject app1 0s"},
		{"POST", "/proxies/app/servers/unix:/run/a.sock/eject?for=1h", "", 200, `"pool"`, "eject unix:/run/a.sock 1h0m0s"},
		{"POST", "/proxies/app/servers/unix:%2Frun%2Fa.sock/restore", "", 200, `"pool"`, "eject unix:/run/a.sock 0s"},
		{"POST", "/proxies/app/servers/app2/eject?for=30s", "", 404, `no server "app2"`, ""},
		{"POST", "/proxies/none/servers/app1/restore", "", 404, `no pool "none"`, ""},
		{"POST", "/proxies/app/servers/app1/eject", "", 400, `cannot eject for ""`, ""},
		{"POST", "/proxies/app/servers/app1/eject?for=0s", "", 400, "want a time up to 24h", ""},
		{"POST", "/proxies/app/servers/app1/eject?for=-5s", "", 400, "want a time", ""},
		{"POST", "/proxies/app/servers/app1/eject?for=25h", "", 400, "want a time", ""},
		{"POST", "/proxies/app/servers/app1/eject?for=%0a", "", 400, `cannot eject for "\n"`, ""},
		{"POST", "/proxies/app/servers/app1", "", 404, `nothing can be done to "app1"`, ""},
		{"POST", "/proxies/app/servers/app1/kill", "", 404, "want a server with", ""},
		{"GET", "/proxies/app/servers/app1/eject?for=30s", "", 405, "", ""}, // no link does anything
		{"DELETE", "/proxies/app/servers/app1", "", 405, "", ""},
		{"GET", "/proxies/app", "", 404, "", ""},
	} {
		name := test.method + " " + test.target + " " + test.body[:min(len(test.body), 40)]
		status, answer, header := ask(handler, test.method, test.target, test.body)
		if status != test.status || !strings.Contains(answer, test.answer) {
			t.Errorf("%s: %d %s, want %d %s", name, status, answer, test.status, test.answer)
		}
		if done := f.taken(); done != test.done {
			t.Errorf("%s: did %q, want %q", name, done, test.done)
		}
		if status == 200 && test.method != "GET" && !json.Valid([]byte(answer)) {
			t.Errorf("%s: no JSON: %s", name, answer)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, header)
		}
	}
}

// TestProxiesForeignPages tries to change something from a page in the
// operator's browser.
func TestProxiesForeignPages(t *testing.T) {
	f := &fakeProxies{}
	handler := proxiesHandler(f)
	for _, headers := range [][]string{
		{"Origin: https://evil.example"},
		{"Origin: null"},
		{"Origin: http://localhost:8080"},
		{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: empty"},
		{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, // a form that is sent
		{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"},
	} {
		for method, target := range map[string]string{
			"PUT": "/proxies/app/servers/app1", "POST": "/proxies/app/servers/app1/eject?for=24h",
		} {
			if status, answer, _ := ask(handler, method, target, `{"weight": 0}`, headers...); status != http.StatusForbidden {
				t.Errorf("%s with %q: %d %s, want 403", method, headers, status, answer)
			}
		}
	}
	r := httptest.NewRequest("PUT", "/proxies/app/servers/app1", strings.NewReader(`{"weight": 0}`))
	r.Host = "evil.example" // a name that was made to point here
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another name: %d, want 403", w.Code)
	}
	if done := f.taken(); done != "" {
		t.Errorf("did %q", done)
	}
}

// TestNoProxies says so where there are none, and what cannot be JSON.
func TestNoProxies(t *testing.T) {
	for _, method := range []string{"GET", "PUT", "POST"} {
		status, answer, _ := ask(newHandler(nil, nil), method, "/proxies/app/servers/app1", "")
		if status != http.StatusNotFound || !strings.Contains(answer, "no proxies.listeners") {
			t.Errorf("%s: %d %s", method, status, answer)
		}
	}
	broken := &Proxies{States: func() any { return math.Inf(1) }}
	if status, answer, _ := ask(newHandler(nil, broken), "GET", "/proxies", ""); status != http.StatusInternalServerError {
		t.Errorf("what is no JSON: %d %s", status, answer)
	}
}
