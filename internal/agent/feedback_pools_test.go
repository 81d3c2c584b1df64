package agent

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/config"
)

// newPools runs the proxies of a configuration until the test ends.
func newPools(t *testing.T, text string, arguments ...any) *proxying {
	t.Helper()
	conf, err := config.Parse("test", fmt.Appendf(nil, text, arguments...))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProxying(conf.Proxies, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	t.Cleanup(p.close)
	return p
}

// TestFeedbackReachesPools has lines of a real file change what the pool of a
// real proxy reckons with, and no other's.
func TestFeedbackReachesPools(t *testing.T) {
	f := newFedFiles(t)
	f.follow(nil)
	p := newPools(t, `
proxies:
  drain_time: 0s
  listeners: [{address: "127.0.0.1:0", pool: app}]
  pools:
    - {name: app, servers: [{name: app1, address: "10.0.0.1:80"}, "10.0.0.2:80", "10.0.0.3:80"]}
    - {name: deaf, feedback: false, servers: ["10.0.0.2:80"]}
`)
	now := time.Now()
	f.live.now = func() time.Time { return now }
	second := func() {
		now = now.Add(time.Second)
		f.live.feedback.feed(f.live, p)
	}
	second()
	f.counted(1000)
	second()
	lines := int64(1000)
	for range 15 { // until averages have settled
		f.write("127.0.0.1:8080", "app1", 200, "0.050", 4)
		f.write("10.0.0.3:80", "-", 200, "0.100", 4)
		f.write("10.0.0.2:80", "-", 200, "0.400", 3)
		f.write("10.0.0.2:80", "-", 503, "-", 1)
		lines += 12
		f.counted(lines)
		second()
	}
	stats := p.proxy.Pool("app").Stats(now)
	for i, want := range []struct{ latency, errors float64 }{{0.5, 0}, {4, 0.25}, {1, 0}} {
		got := stats.Servers[i].Terms
		if math.Abs(got.Log-want.latency) > 0.05*want.latency || math.Abs(got.LogErrors-want.errors) > 0.01 {
			t.Errorf("%s: %v times the median, %v errors, want %v, %v", stats.Servers[i].Server.Name(), got.Log, got.LogErrors, want.latency, want.errors)
		}
	}
	if stats := p.proxy.Pool("deaf").Stats(now); stats.LogAge >= 0 || stats.Servers[0].LogErrors != 0 {
		t.Errorf("a pool without feedback was told: %+v", stats)
	}
	if names := fedNames(&config.Config{Proxies: p.settings()}); !slices.Equal(names, []string{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "app1"}) {
		t.Errorf("names that hold their slots: %q", names)
	}
}

// TestProxiesPublished wants series of what there is from the start, and counts
// in the right ones.
func TestProxiesPublished(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p := newPools(t, `
proxies:
  drain_time: 0s
  listeners: [{name: web, address: "127.0.0.1:0", pool: app}]
  pools: [{name: app, servers: [{name: app1, address: %q}]}]
  egress: [{address: "127.0.0.1:0"}]
`, server.Addr().String())
	published := p.published()
	if l := published.Listeners; len(l) != 1 || len(l[0].Connections) != 2 || len(l[0].Denied) != 5 {
		t.Fatalf("listeners %+v", l)
	}
	if len(published.Egress) != 3 || len(published.Servers) != 1 || published.Pools[0].Listeners[0] != "web" {
		t.Errorf("published %+v", published)
	}
	client, err := net.Dial("tcp", p.proxy.Stats().Listeners[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	client.Write([]byte("hello"))
	client.(*net.TCPConn).CloseWrite()
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	io.ReadAll(conn)
	conn.Close()
	io.ReadAll(client)
	client.Close()
	eventually(t, "the connection is counted", func() bool {
		for _, c := range p.published().Listeners[0].Connections {
			if c.Upstream == "app1" && c.Ended["client_fin"] == 1 && c.Ended["idle"] == 0 && c.Active == 0 {
				return true
			}
		}
		return false
	})
	if n := p.published().Servers[0].Dialed; len(n.Counts) != len(n.Bounds)+1 || n.Sum == 0 {
		t.Errorf("dialled %+v", n)
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for !so() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}
