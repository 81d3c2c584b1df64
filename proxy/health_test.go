package proxy_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// TestHealthChecks asks two servers for a path, one of which answers with
// changing statuses: it leaves and comes back, and the other one stays.
func TestHealthChecks(t *testing.T) {
	checkLeaks(t)
	var status atomic.Int64
	status.Store(200)
	answering := func(status func() int64) string {
		return serve(t, func(conn *net.TCPConn) {
			request, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				if request.URL.Path != "/healthz" || request.Host != "check.example" {
					t.Errorf("asked for %q of %q", request.URL.Path, request.Host)
				}
				fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", status())
			}
		})
	}
	config := one(answering(status.Load), answering(func() int64 { return 302 })) // which is not followed
	config.Health = []proxy.HealthConfig{{Pool: "pool", Path: "/healthz", Host: "check.example", Interval: short / 10, Timeout: patience}}
	p := start(t, config, proxy.Events{})
	is := func(server int, health balance.Condition) func() bool {
		return func() bool { return p.Stats().Pools[0].Servers[server].Health == health }
	}
	eventually(t, "the first is up", is(0, balance.Up))
	status.Store(500)
	eventually(t, "the first is down", is(0, balance.Down))
	if !is(1, balance.Up)() {
		t.Error("the second is not up")
	}
	status.Store(204)
	eventually(t, "the first is up again", is(0, balance.Up))

	config.Health[0].Status = 204 // which only the first one answers
	if err := p.Reload(config); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second is down", is(1, balance.Down))
	if !is(0, balance.Up)() {
		t.Error("the first is not up")
	}
}

// TestHealthChecksOfConnecting connects to a server that is there, one that is
// not and one that does not answer.
func TestHealthChecksOfConnecting(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo), closedPort(t), blackHole(t))
	config.Health = []proxy.HealthConfig{{Pool: "pool", Interval: short / 10, Timeout: short}}
	type result struct {
		server string
		passed bool
	}
	results := make(chan result, 1000)
	p := start(t, config, proxy.Events{Probed: func(pool, server string, err error) {
		select {
		case results <- result{server, err == nil}:
		default:
		}
	}})
	seen := map[string]int{}
	for len(seen) < 3 {
		r := receive(t, "a result", results)
		seen[r.server]++
		if want := r.server == config.Pools[0].Servers[0].Address; r.passed != want {
			t.Errorf("%s has passed: %v, want %v", r.server, r.passed, want)
		}
	}
	began := time.Now()
	p.end() // which waits for no check
	if took := time.Since(began); took > atMost {
		t.Errorf("took %v to end", took)
	}
}
