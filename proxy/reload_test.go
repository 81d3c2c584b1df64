package proxy_test

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// TestReloadDropsNothing reloads again and again while clients connect all the
// time: none of them may notice, nor a connection that is open all the while.
func TestReloadDropsNothing(t *testing.T) {
	checkLeaks(t)
	servers := []string{serve(t, echo), serve(t, echo), serve(t, echo)}
	base := one(servers...)
	base.DrainTime = time.Minute
	p := start(t, base, proxy.Events{})
	clients := callAgain(t, "tcp", p.address(0), 4)
	long := p.dial()
	word := make([]byte, 5)
	for n := range 50 {
		config := one(servers[n%3:]...) // servers come and go
		config.DrainTime = base.DrainTime
		config.Pools[0].Policy = []string{"round_robin", "measured", "least_connections"}[n%3]
		config.Connections = 1000 + n
		l := &config.Listeners[0]
		l.Timeouts.Idle = time.Duration(n+1) * time.Minute
		l.Queue = proxy.QueueConfig{Connections: 100 + n, Length: 100}
		l.Gate.Connections = 500 + n
		l.ClientFirst = n%2 == 0
		l.SpliceAfter = int64(n % 2)
		if n%5 == 4 {
			l.Name = "renamed"
		}
		if n%4 == 3 { // a listener that comes and goes
			config.Listeners = append(config.Listeners, proxy.ListenerConfig{Name: "other", Address: "127.0.0.1:0", Pool: "pool"})
		}
		if err := p.Reload(config); err != nil {
			t.Fatal(err)
		}
		if got := p.Stats().Listeners; len(got) != len(config.Listeners) || got[0].Name != l.Name {
			t.Errorf("reload %d: %d listeners, the first is %q", n, len(got), got[0].Name)
		}
		if _, err := io.WriteString(long, "still"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(long, word); err != nil || string(word) != "still" {
			t.Fatalf("the connection that stays: %q, %v", word, err)
		}
		clients.more(3)
	}
	clients.end()
	if n := clients.failed.Load(); n != 0 {
		t.Errorf("%d of %d calls failed", n, clients.served.Load())
	}
	eventually(t, "removed listeners are forgotten", func() bool { return len(p.Stats().Leaving) == 0 })
	for _, l := range p.Stats().Listeners {
		seen := map[string]bool{}
		for _, pair := range l.Pairs {
			if seen[pair.Server] {
				t.Errorf("the listener %q counts the server %q twice", l.Name, pair.Server)
			}
			seen[pair.Server] = true
		}
	}
}

// TestReloadTakesTheBacklog removes a listener to which clients have just
// connected: they are served.
func TestReloadTakesTheBacklog(t *testing.T) {
	checkLeaks(t)
	with := one(serve(t, echo))
	with.Listeners = append(with.Listeners, proxy.ListenerConfig{Name: "leaves", Address: "127.0.0.1:0", Pool: "pool"})
	without := with
	without.Listeners = with.Listeners[:1]
	p := start(t, with, proxy.Events{})
	for range 20 {
		address := p.address(1)
		var conns []*net.TCPConn
		for range 20 {
			conns = append(conns, dial(t, address))
		}
		if err := p.Reload(without); err != nil {
			t.Fatal(err)
		}
		for _, conn := range conns {
			talk(t, conn)
			conn.Close()
		}
		eventually(t, "it is forgotten", func() bool { return len(p.Stats().Leaving) == 0 })
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			conn.Close()
			t.Fatal("the removed listener still takes connections")
		}
		if err := p.Reload(with); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReloadCutsOffWhatStays removes a listener whose connections go on for
// longer than the time to drain.
func TestReloadCutsOffWhatStays(t *testing.T) {
	checkLeaks(t)
	with := one(serve(t, echo))
	with.DrainTime = short
	with.Listeners = append(with.Listeners, proxy.ListenerConfig{Name: "leaves", Address: "127.0.0.1:0", Pool: "pool"})
	p := start(t, with, proxy.Events{})
	stays, leaves := p.dial(), dial(t, p.address(1))
	for _, conn := range []*net.TCPConn{stays, leaves} {
		io.WriteString(conn, "x")
		io.ReadFull(conn, make([]byte, 1))
	}
	without := with
	without.Listeners = with.Listeners[:1]
	if err := p.Reload(without); err != nil {
		t.Fatal(err)
	}
	if c := p.next(); c.Reason != proxy.Drain || c.Listener != "leaves" || c.ClosedBy != "proxy" {
		t.Errorf("ended %v of %q, closed by %s", c.Reason, c.Listener, c.ClosedBy)
	}
	talk(t, stays)
}

// TestReloadOfWhatIsWrong leaves everything as it was.
func TestReloadOfWhatIsWrong(t *testing.T) {
	checkLeaks(t)
	good := one(serve(t, echo))
	p := start(t, good, proxy.Events{})
	taken := serve(t, echo)
	for name, change := range map[string]func(*proxy.Config){
		`the same address "127.0.0.1:9"`: func(c *proxy.Config) {
			c.Listeners = append(c.Listeners, proxy.ListenerConfig{Name: "a", Address: "127.0.0.1:9", Pool: "pool"}, proxy.ListenerConfig{Name: "b", Address: "127.0.0.1:9", Pool: "pool"})
		},
		`there are two listeners "in"`:        func(c *proxy.Config) { c.Listeners = append(c.Listeners, c.Listeners[0]) },
		`the pool "none", which there is not`: func(c *proxy.Config) { c.Listeners[0].Pool = "none" },
		fmt.Sprintf("cannot listen on %q", taken): func(c *proxy.Config) {
			c.Listeners = append(c.Listeners, proxy.ListenerConfig{Address: taken, Pool: "pool"})
		},
		`want host:port or unix:/path`:               func(c *proxy.Config) { c.Pools[0].Servers = []balance.ServerConfig{{Address: "nowhere"}} },
		`"99999" is no port from 1 to 65535`:         func(c *proxy.Config) { c.Pools[0].Servers = []balance.ServerConfig{{Address: "127.0.0.1:99999"}} },
		`the number of tries is negative`:            func(c *proxy.Config) { c.Listeners[0].Dial.Tries = -1 },
		`the PROXY protocol has no version 3`:        func(c *proxy.Config) { c.Listeners[0].SendProxy = 3 },
		`at most -1 connections`:                     func(c *proxy.Config) { c.Connections = -1 },
		`a queue of 3, with no limit of connections`: func(c *proxy.Config) { c.Listeners[0].Queue.Length = 3 },
	} {
		bad := good
		bad.Listeners = append([]proxy.ListenerConfig(nil), good.Listeners...)
		bad.Pools = append([]balance.Config(nil), good.Pools...)
		change(&bad)
		before := descriptors(t)
		if err := p.Reload(bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
		if after := descriptors(t); after > before {
			t.Errorf("%s: %d descriptors, %d before", name, after, before)
		}
		if err := call("tcp", p.address(0)); err != nil {
			t.Errorf("%s: and now %v", name, err)
		}
		p.next()
	}
}

// TestReloadKeepsUnixSocket reloads with the socket's file in its place.
func TestReloadKeepsUnixSocket(t *testing.T) {
	checkLeaks(t)
	path := filepath.Join(t.TempDir(), "in")
	config := one(serve(t, echo))
	config.Listeners[0].Address = "unix:" + path
	p := start(t, config, proxy.Events{})
	clients := callAgain(t, "unix", path, 2)
	for range 10 {
		if err := p.Reload(config); err != nil {
			t.Fatal(err)
		}
		clients.more(5)
	}
	clients.end()
}
