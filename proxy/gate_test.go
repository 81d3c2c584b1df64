package proxy_test

import (
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

func from(t testing.TB, source, address string) (*net.TCPConn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}, Timeout: patience}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn), nil
}

// served says whether a connection from a source is answered.
func served(t testing.TB, source, address string) bool {
	conn, err := from(t, source, address)
	if err != nil {
		return false
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "x"); err != nil {
		return false
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err == nil
}

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestGatePrefixes(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Listeners[0].Gate = proxy.GateConfig{
		Allow: prefixes("127.0.0.0/28", "127.0.0.33/32"), Deny: prefixes("127.0.0.4/30", "127.0.0.32/27"),
	}
	p := start(t, config, proxy.Events{})
	for source, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.4": false, "127.0.0.7": false, "127.0.0.8": true, // the longer one decides
		"127.0.0.33": true, "127.0.0.34": false, "127.0.0.99": false,
	} {
		if got := served(t, source, p.address(0)); got != want {
			t.Errorf("%s is served: %v, want %v", source, got, want)
		}
	}
	if n := p.Stats().Listeners[0].Denied[proxy.RulePrefix]; n != 4 {
		t.Errorf("%d denied, want 4", n)
	}
}

// TestGateFlood has many connections denied: no server hears of any, and nothing
// is kept of them.
func TestGateFlood(t *testing.T) {
	checkLeaks(t)
	var dialled atomic.Int64
	config := one(serve(t, func(conn *net.TCPConn) { dialled.Add(1); echo(conn) }))
	config.Listeners[0].Gate = proxy.GateConfig{Deny: prefixes("127.0.0.2/32")}
	p := start(t, config, proxy.Events{})
	connects := 5_000
	if volume() > 8<<20 {
		connects = 100_000
	}
	address := p.address(0)
	flood := func(n int) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}, Timeout: patience}
				for range n / 4 {
					if conn, err := d.Dial("tcp", address); err == nil {
						conn.(*net.TCPConn).SetLinger(0)
						conn.Close()
					}
				}
			})
		}
		all.Wait()
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	flood(connects / 10)
	before := heap()
	flood(connects)
	eventually(t, "all are denied", func() bool {
		return p.Stats().Listeners[0].Denied[proxy.RulePrefix] >= int64(connects)
	})
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d bytes more after %d denied connections", after-before, connects)
	}
	if n := dialled.Load(); n != 0 {
		t.Errorf("the server was connected to %d times", n)
	}
	if !served(t, "127.0.0.1", address) {
		t.Error("others are not served")
	}
}

func TestGateConnectionsOfASource(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Listeners[0].Gate.Connections = 2
	p := start(t, config, proxy.Events{})
	open := func(source string) *net.TCPConn {
		conn, err := from(t, source, p.address(0))
		if err != nil { // reset that soon
			return nil
		}
		io.WriteString(conn, "x")
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			return nil
		}
		return conn
	}
	first, second := open("127.0.0.1"), open("127.0.0.1")
	if first == nil || second == nil || open("127.0.0.1") != nil || open("127.0.0.2") == nil {
		t.Fatal("want two of one source, and one of another")
	}
	first.Close()
	p.next()
	eventually(t, "the place is free again", func() bool { return open("127.0.0.1") != nil })
	if n := p.Stats().Listeners[0].Denied[proxy.RuleSourceConnections]; n == 0 {
		t.Error("none was counted as denied")
	}
}

func TestGateRate(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Listeners[0].Gate = proxy.GateConfig{Rate: 0.001, Burst: 3}
	p := start(t, config, proxy.Events{})
	for i := range 5 {
		if got := served(t, "127.0.0.1", p.address(0)); got != (i < 3) {
			t.Errorf("connection %d is served: %v", i, got)
		}
	}
	if !served(t, "127.0.0.2", p.address(0)) {
		t.Error("another source is not served")
	}
}

func TestConnectionsInAll(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Connections = 2
	p := start(t, config, proxy.Events{})
	a, b := p.dial(), p.dial()
	eventually(t, "two are open", func() bool { return p.Stats().Open == 2 })
	if served(t, "127.0.0.1", p.address(0)) {
		t.Error("a third one is served")
	}
	a.Close()
	b.Close()
	p.next()
	if !served(t, "127.0.0.1", p.address(0)) {
		t.Error("none is served once there is room")
	}
}

// queueing is a proxy that serves one at a time, and a server that keeps who
// it has got until told.
func queueing(t *testing.T, queue proxy.QueueConfig) (p *running, got chan byte, let chan struct{}) {
	got, let = make(chan byte, 100), make(chan struct{})
	config := one(serve(t, func(conn *net.TCPConn) {
		var who [1]byte
		if _, err := io.ReadFull(conn, who[:]); err == nil {
			got <- who[0]
			<-let
		}
	}))
	t.Cleanup(func() { close(let) })
	config.DrainTime = short
	config.Listeners[0].Queue = queue
	config.Listeners[0].ClientFirst = true
	return start(t, config, proxy.Events{}), got, let
}

func (r *running) join(who byte, waiting int) *net.TCPConn {
	r.t.Helper()
	conn := r.dial()
	conn.Write([]byte{who})
	eventually(r.t, "it waits", func() bool { return r.Stats().Listeners[0].Waiting == waiting })
	return conn
}

func TestQueueIsFirstComeFirstServed(t *testing.T) {
	checkLeaks(t)
	p, got, let := queueing(t, proxy.QueueConfig{Connections: 1, Length: 4, Timeout: time.Hour})
	var conns []*net.TCPConn
	for i := range 5 {
		conns = append(conns, p.join('a'+byte(i), i))
	}
	if newest, err := from(t, "127.0.0.1", p.address(0)); err == nil { // else it was reset that soon
		if _, err := readAll(newest); !isReset(err) {
			t.Errorf("one too many: %v, want a reset", err)
		}
	}
	for i := range 5 {
		if who := receive(t, "one that is served", got); who != 'a'+byte(i) {
			t.Errorf("number %d served is %c", i, who)
		}
		let <- struct{}{}
		readAll(conns[i])
		conns[i].Close()
		if c := p.next(); c.Reason != proxy.UpstreamFIN || (c.Queued > 0) != (i > 0) {
			t.Errorf("ended for %v, queued %v", c.Reason, c.Queued)
		}
	}
	if n := p.Stats().Listeners[0].Denied[proxy.RuleQueueFull]; n != 1 {
		t.Errorf("%d denied, want 1", n)
	}
}

func TestQueueTimeout(t *testing.T) {
	checkLeaks(t)
	p, _, _ := queueing(t, proxy.QueueConfig{Connections: 1, Length: 4, Timeout: short})
	p.join('a', 0)
	began := time.Now()
	late := p.join('b', 1)
	io.WriteString(late, "\n")
	if b, err := readAll(late); len(b) != 0 || err != nil {
		t.Errorf("got %q, %v; want an end in order", b, err)
	}
	if took := time.Since(began); took < short || took > atMost {
		t.Errorf("sent away after %v", took)
	}
	if c := p.next(); c.Reason != proxy.QueueTimeout || c.Queued < short || c.Reason.Status() != 503 {
		t.Errorf("ended for %v, queued %v", c.Reason, c.Queued)
	}
	web := p.dial()
	io.WriteString(web, "GET / HTTP/1.1\r\n\r\n")
	if b, err := readAll(web); err != nil || len(b) < 20 || string(b[:12]) != "HTTP/1.1 503" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestQueueForgetsWhoLeft(t *testing.T) {
	checkLeaks(t)
	p, got, let := queueing(t, proxy.QueueConfig{Connections: 1, Length: 4, Timeout: time.Hour})
	first := p.join('a', 0)
	left := p.dial()
	eventually(t, "it waits", func() bool { return p.Stats().Listeners[0].Waiting == 1 })
	reset := p.dial()
	eventually(t, "it waits", func() bool { return p.Stats().Listeners[0].Waiting == 2 })
	p.join('d', 3)
	left.Close()
	reset.SetLinger(0)
	reset.Close()
	receive(t, "the first", got)
	let <- struct{}{}
	readAll(first)
	first.Close()
	if who := receive(t, "the one that stayed", got); who != 'd' {
		t.Errorf("served %c", who)
	}
	abandoned := 0
	for range 3 {
		if c := p.next(); c.Reason == proxy.QueueAbandon {
			abandoned++
			if len(c.Attempts) != 0 {
				t.Errorf("a server was dialled for one that had left: %+v", c.Attempts)
			}
		}
	}
	if abandoned != 2 {
		t.Errorf("%d abandoned, want 2", abandoned)
	}
}

// TestQueueIsLetInByReload raises the limit while some wait.
func TestQueueIsLetInByReload(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Listeners[0].Queue = proxy.QueueConfig{Connections: 1, Length: 10, Timeout: time.Hour}
	p := start(t, config, proxy.Events{})
	var conns []*net.TCPConn
	for n := range 5 {
		conns = append(conns, p.join('a', n))
	}
	config.Listeners[0].Queue = proxy.QueueConfig{}
	if err := p.Reload(config); err != nil {
		t.Fatal(err)
	}
	for _, conn := range conns {
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Error(err)
		}
	}
}
