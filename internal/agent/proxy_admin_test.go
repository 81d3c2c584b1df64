package agent

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/admin"
)

// newOperator runs a real server over real pools, and returns what asks it.
func newOperator(t *testing.T, p *proxying) func(method, target, body string) (int, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "admin.sock")
	server, err := admin.New(admin.Config{Listen: "unix:" + path, Logger: slog.New(slog.DiscardHandler), Proxies: p.operated()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Run(ctx) }()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) }}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return func(method, target, body string) (int, string) {
		request, err := http.NewRequest(method, "http://agent"+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(answer)
	}
}

// TestOperateProxies changes the servers of a running pool, and wants a change
// that is refused to change nothing.
func TestOperateProxies(t *testing.T) {
	p := newPools(t, `
proxies:
  drain_time: 0s
  listeners: [{address: "127.0.0.1:0", pool: app}]
  pools: [{name: app, servers: [{name: app1, address: "10.0.0.1:80", weight: 2}, "unix:/run/a.sock"]}]
`)
	ask := newOperator(t, p)
	now := func(server string) string {
		for _, s := range p.poolStates()[0].Servers {
			if s.Server == server {
				return s.State + " " + s.Health + strings.Repeat(" .", s.Weight)
			}
		}
		return "gone"
	}
	for _, test := range []struct {
		method, target, body string
		status               int
		answer               string // a part of it
		server, want         string // what it is then
	}{
		{"GET", "/proxies", "", 200, `"effective_weight": 2`, "app1", "ready up . ."},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 3, "state": "drain"}`, 200, `"state": "drain"`, "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 70000, "state": "ready"}`, 400, "want 0 to 65535", "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/app1", `{"weight": -1}`, 400, "want 0 to 65535", "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/app1", `{"weight": 1, "state": "READY"}`, 400, `no state "READY", want ready, drain or maint`, "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/app1", `{}`, 400, "nothing to change", "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/app9", `{"weight": 1}`, 404, `no server "app9", want one of ["app1" "unix:/run/a.sock"]`, "app1", "drain up . . ."},
		{"PUT", "/proxies/app/servers/unix:/run/a.sock", `{"state": "maint"}`, 200, `"pool"`, "unix:/run/a.sock", "maint up ."},
		{"PUT", "/proxies/app/servers/unix:/run/a.sock", `{"state": "ready"}`, 200, `"pool"`, "unix:/run/a.sock", "ready up ."},
		{"POST", "/proxies/app/servers/unix:/run/a.sock/eject?for=1h", "", 200, `"health": "ejected"`, "unix:/run/a.sock", "ready ejected ."},
		{"POST", "/proxies/app/servers/unix:/run/a.sock/restore", "", 200, `"pool"`, "unix:/run/a.sock", "ready up ."},
		{"GET", "/proxies/app/explain?source=192.0.2.1", "", 200, `"server": "unix:/run/a.sock"`, "app1", "drain up . . ."},
		{"GET", "/proxies/app/explain?marked=app1", "", 200, `"reason": "mark"`, "app1", "drain up . . ."},
		{"GET", "/proxies/app/explain?marked=%00none", "", 200, `"reason": "no_server"`, "app1", "drain up . . ."},
		{"GET", "/proxies/none/explain", "", 404, `no pool "none", want one of ["app"]`, "app1", "drain up . . ."},
	} {
		status, answer := ask(test.method, test.target, test.body)
		if status != test.status || !strings.Contains(answer, test.answer) {
			t.Errorf("%s %s %s: %d %s, want %d %s", test.method, test.target, test.body, status, answer, test.status, test.answer)
		}
		if got := now(test.server); got != test.want {
			t.Errorf("after %s %s %s: %s is %q, want %q", test.method, test.target, test.body, test.server, got, test.want)
		}
	}
}
