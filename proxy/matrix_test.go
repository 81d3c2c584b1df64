package proxy_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

// A scene is what a client and a server do with the connection that they
// believe to have with each other, and what the proxy says of it.
type scene struct {
	name     string
	timeouts proxy.Timeouts
	client   func(*stage)
	server   func(*stage)
	reason   proxy.Reason
	closedBy string
	within   [2]time.Duration // the connection's whole time; zero: any
}

// A stage is one end of the connection of a scene.
type stage struct {
	*net.TCPConn
	t     testing.TB
	proxy *running
	over  <-chan struct{} // closed when the proxy says that the connection has ended
	other <-chan struct{} // closed by the other end's mark
	mine  chan<- struct{}
}

// mark tells the other end that this one has got here.
func (s *stage) mark() { close(s.mine) }

// await waits for the other end's mark.
func (s *stage) await() { receive(s.t, "the other end", s.other) }

// awaitEnd waits until the proxy has given the connection up.
func (s *stage) awaitEnd() { receive(s.t, "the connection's end", s.over) }

// awaitSent waits until the proxy has sent the client so much.
func (s *stage) awaitSent(n int64) {
	eventually(s.t, "the client was sent all", func() bool { return s.proxy.Stats().Listeners[0].Sent >= n })
}

func (s *stage) send(b []byte) {
	s.t.Helper()
	if _, err := s.Write(b); err != nil {
		s.t.Errorf("cannot send: %v", err)
	}
}

// wants reads exactly what is to come, and leaves the connection open.
func (s *stage) wants(b []byte) {
	s.t.Helper()
	got := make([]byte, len(b))
	if _, err := io.ReadFull(s, got); err != nil {
		s.t.Errorf("cannot read: %v", err)
	}
	same(s.t, "read", got, b)
}

// wantsAll reads to the end, which must be in order.
func (s *stage) wantsAll(b []byte) {
	s.t.Helper()
	got, err := readAll(s)
	if err != nil {
		s.t.Errorf("cannot read to the end: %v", err)
	}
	same(s.t, "read", got, b)
}

// wantsReset reads what is to come and then a reset.
func (s *stage) wantsReset(b []byte) {
	s.t.Helper()
	got, err := readAll(s)
	if !isReset(err) {
		s.t.Errorf("read to the end: %v, want a reset", err)
	}
	same(s.t, "read", got, b)
}

// wantsResetSometime reads to a reset, which may come in the midst.
func (s *stage) wantsResetSometime() {
	s.t.Helper()
	if err := s.drop(); !isReset(err) {
		s.t.Errorf("read to the end: %v, want a reset", err)
	}
}

// drop reads to the end, and keeps nothing: of a flood that would be gigabytes.
func (s *stage) drop() error { return drop(s) }

func drop(from io.Reader) error {
	_, err := io.Copy(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{from})
	return err
}

func (s *stage) reset() {
	s.SetLinger(0)
	s.Close()
}

// trickle sends b in small pieces, one each time.
func (s *stage) trickle(b []byte, pieces int, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for i := range pieces {
		<-ticker.C
		s.send(b[i*len(b)/pieces : (i+1)*len(b)/pieces])
	}
}

// flood sends until it fails.
func (s *stage) flood() {
	b := make([]byte, 1<<20)
	for {
		if _, err := s.Write(b); err != nil {
			return
		}
	}
}

// floodFor sends for so long, and takes it that nobody reads.
func (s *stage) floodFor(long time.Duration) {
	b := make([]byte, 1<<20)
	for over := time.Now().Add(long); time.Now().Before(over); {
		s.SetWriteDeadline(over)
		s.Write(b)
	}
}

// awaitStall waits until the proxy cannot send this end anything more.
func (s *stage) awaitStall() {
	last, since := int64(-1), time.Now()
	eventually(s.t, "nothing more is sent", func() bool {
		sent := s.proxy.Stats().Listeners[0].Sent
		if sent != last {
			last, since = sent, time.Now()
		}
		return time.Since(since) > short/4
	})
}

// sendUntilLost sends until that fails or the connection has ended.
func (s *stage) sendUntilLost(b []byte) {
	for {
		s.SetWriteDeadline(time.Now().Add(short / 10))
		if _, err := s.Write(b[:1000]); err != nil {
			return
		}
		select {
		case <-s.over:
			return
		default:
		}
	}
}

// wantsWhileFlooding sends without end, and reads what is to come. How it ends
// is left open: with an end in order or, as what was sent goes nowhere, a reset.
func (s *stage) wantsWhileFlooding(b []byte) {
	s.t.Helper()
	var flooding sync.WaitGroup
	flooding.Go(s.flood)
	got, _ := readAll(s)
	same(s.t, "read", got, b)
	s.Close()
	flooding.Wait()
}

const (
	short  = 200 * time.Millisecond // a time-out that is waited for
	atMost = patience / 2           // what takes a short time takes no longer, on a busy machine
)

// inTime is what a connection takes that ends after short: not less, and not
// much more where a busy machine is allowed for.
func inTime() [2]time.Duration { return [2]time.Duration{short, atMost} }

// volume is how much goes each way at once.
func volume() int {
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		return 100 << 20
	}
	return 8 << 20
}

const muchAtOnce = "much both ways at once"

func scenes() []scene {
	ask, answer := noise(1, 70_000), noise(2, 90_000)
	upload, download := noise(3, volume()), noise(4, volume())
	return []scene{
		{name: "client ends first", reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) { c.send(ask); c.CloseWrite(); c.wantsAll(answer) },
			server: func(s *stage) { s.wantsAll(ask); s.send(answer) },
		},
		{name: "server ends first", reason: proxy.UpstreamFIN, closedBy: "upstream",
			client: func(c *stage) { c.wantsAll(answer); c.send(ask); c.CloseWrite() },
			server: func(s *stage) { s.send(answer); s.CloseWrite(); s.wantsAll(ask) },
		},
		{name: "client ends without a word", reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) { c.CloseWrite(); c.wantsAll(nil) },
			server: func(s *stage) { s.wantsAll(nil) },
		},
		{name: "client resets first", reason: proxy.ClientReset, closedBy: "client",
			client: func(c *stage) { c.send(ask); c.await(); c.reset() },
			server: func(s *stage) { s.wants(ask); s.mark(); s.wantsReset(nil) },
		},
		{name: "client resets at once", reason: proxy.ClientReset, closedBy: "client",
			client: func(c *stage) { c.await(); c.reset() },
			server: func(s *stage) { s.mark(); s.wantsReset(nil) },
		},
		{name: "server resets first", reason: proxy.UpstreamReset, closedBy: "upstream",
			client: func(c *stage) { c.send(ask); c.wantsReset(answer) },
			server: func(s *stage) { s.wants(ask); s.send(answer); s.awaitSent(90_000); s.reset() },
		},
		{name: "server answers and resets with the request unread", reason: proxy.UpstreamReset, closedBy: "upstream",
			client: func(c *stage) { c.send(ask); c.wantsReset(answer) },
			server: func(s *stage) { s.wants(ask[:10]); s.send(answer); s.Close() },
		},
		{name: "client resets while the server sends", reason: proxy.ClientReset, closedBy: "client",
			client: func(c *stage) { c.wants(make([]byte, 1000)); c.reset() },
			server: func(s *stage) { s.flood() },
		},
		{name: "server resets while the client sends", reason: proxy.UpstreamReset, closedBy: "upstream",
			client: func(c *stage) { c.flood() },
			server: func(s *stage) { s.wants(make([]byte, 1000)); s.reset() },
		},
		{name: "server ends in order and is sent more", reason: proxy.UpstreamFIN, closedBy: "upstream",
			client: func(c *stage) { c.wantsAll(answer); c.flood() },
			server: func(s *stage) { s.send(answer); s.Close() },
		},
		{name: "server ends in order and resets what it is sent", reason: proxy.UpstreamFIN, closedBy: "upstream",
			client: func(c *stage) { c.wantsWhileFlooding(answer[:1000]) },
			server: func(s *stage) { s.wants(make([]byte, 1000)); s.send(answer[:1000]); s.CloseWrite(); s.Close() },
		},
		{name: "server resets while the client takes nothing", timeouts: proxy.Timeouts{Write: 4 * short}, reason: proxy.UpstreamReset, closedBy: "upstream",
			client: func(c *stage) { c.send(ask[:10]); c.await(); c.awaitStall(); c.sendUntilLost(ask); c.awaitEnd() },
			server: func(s *stage) { s.floodFor(short / 4); s.reset(); s.mark() },
		},
		{name: "both are silent", timeouts: proxy.Timeouts{Idle: short}, reason: proxy.Idle, closedBy: "proxy",
			client: func(c *stage) { c.wantsAll(nil) },
			server: func(s *stage) { s.wantsAll(nil) },
			within: inTime(),
		},
		{name: "server is silent after an end", timeouts: proxy.Timeouts{HalfClosed: short}, reason: proxy.HalfClosed, closedBy: "client",
			client: func(c *stage) { c.send(ask); c.CloseWrite(); c.wantsAll(nil) },
			server: func(s *stage) { s.wantsAll(ask); s.awaitEnd() },
			within: inTime(),
		},
		{name: "client stays after the server's end", timeouts: proxy.Timeouts{HalfClosed: short}, reason: proxy.HalfClosed, closedBy: "upstream",
			client: func(c *stage) { c.wantsAll(answer); c.awaitEnd() },
			server: func(s *stage) { s.send(answer); s.CloseWrite(); s.wantsAll(nil) },
			within: inTime(),
		},
		{name: "slow one way, longer than the idle time-out", timeouts: proxy.Timeouts{Idle: short}, reason: proxy.UpstreamFIN, closedBy: "upstream",
			client: func(c *stage) { c.wantsAll(answer) },
			server: func(s *stage) { s.trickle(answer, 12, short/4) },
		},
		{name: "slow answer after an end", timeouts: proxy.Timeouts{HalfClosed: short}, reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) { c.send(ask); c.CloseWrite(); c.wantsAll(answer) },
			server: func(s *stage) { s.wantsAll(ask); s.trickle(answer, 12, short/4) },
		},
		{name: "client takes nothing", timeouts: proxy.Timeouts{Write: short}, reason: proxy.WriteTimeout, closedBy: "proxy",
			client: func(c *stage) { c.await(); c.wantsResetSometime() },
			server: func(s *stage) { s.flood(); s.mark() },
		},
		{name: "server takes nothing", timeouts: proxy.Timeouts{Write: short}, reason: proxy.WriteTimeout, closedBy: "proxy",
			client: func(c *stage) { c.flood(); c.mark() },
			server: func(s *stage) { s.await(); s.wantsResetSometime() },
		},
		{name: "lives for too long", timeouts: proxy.Timeouts{Lifetime: short, Jitter: -1}, reason: proxy.Lifetime, closedBy: "proxy",
			client: func(c *stage) { c.wantsResetSometime() },
			server: func(s *stage) { s.flood() },
			within: inTime(),
		},
		{name: "the server speaks first", reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) {
				for range 100 {
					c.wants(answer[:100])
					c.send(ask[:70])
				}
				c.CloseWrite()
				c.wantsAll(nil)
			},
			server: func(s *stage) {
				for range 100 {
					s.send(answer[:100])
					s.wants(ask[:70])
				}
				s.wantsAll(nil)
			},
		},
		{name: "a byte at a time, slowly read", reason: proxy.UpstreamFIN, closedBy: "upstream",
			client: func(c *stage) { c.wantsAll(answer[:20_000]); c.CloseWrite() },
			server: func(s *stage) {
				for i := range 20_000 {
					s.send(answer[i : i+1])
				}
				s.CloseWrite()
				s.wantsAll(nil)
			},
		},
		{name: "a byte at a time", reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) {
				for i := range 2000 {
					c.send(ask[i : i+1])
					c.wants(ask[i : i+1])
				}
				c.CloseWrite()
				c.wantsAll(nil)
			},
			server: func(s *stage) { echo(s.TCPConn) },
		},
		{name: muchAtOnce, reason: proxy.ClientFIN, closedBy: "client",
			client: func(c *stage) { bothWays(c, upload, download, func() { c.CloseWrite() }) },
			server: func(s *stage) { bothWays(s, download, upload, func() {}) },
		},
	}
}

// bothWays sends and reads at once.
func bothWays(s *stage, send, want []byte, sent func()) {
	var reading sync.WaitGroup
	reading.Go(func() { s.wants(want) })
	s.send(send)
	sent()
	reading.Wait()
	if _, err := readAll(s); err != nil {
		s.t.Errorf("cannot read to the end: %v", err)
	}
}

// TestMatrix plays each scene over a proxy, with and without splice: both ends
// must see what they would without the proxy, the reason must be right, and
// nothing may be left.
func TestMatrix(t *testing.T) {
	for _, spliceAfter := range []int64{0, 1} {
		for _, sc := range scenes() {
			t.Run(fmt.Sprintf("splice=%v/%s", spliceAfter > 0, sc.name), func(t *testing.T) {
				sc.play(t, spliceAfter)
			})
		}
	}
}

func (sc *scene) play(t *testing.T, spliceAfter int64) {
	checkLeaks(t)
	clientMark, serverMark, served, over := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	var p *running
	ready := make(chan struct{})
	server := serve(t, func(conn *net.TCPConn) {
		defer close(served)
		<-ready
		sc.server(&stage{TCPConn: conn, t: t, proxy: p, over: over, other: clientMark, mine: serverMark})
	})
	config := one(server)
	config.Listeners[0].Timeouts = sc.timeouts
	config.Listeners[0].SpliceAfter = spliceAfter
	var ended proxy.Connection
	p = start(t, config, proxy.Events{Ended: func(c *proxy.Connection) { ended = *c; close(over) }})
	close(ready)
	c := &stage{TCPConn: p.dial(), t: t, proxy: p, over: over, other: serverMark, mine: clientMark}
	sc.client(c)
	c.Close()
	receive(t, "the server's end", served)
	receive(t, "the connection's end", over)
	if ended.Reason != sc.reason || ended.ClosedBy != sc.closedBy {
		t.Errorf("ended for %v, closed by %s; want %v, %s", ended.Reason, ended.ClosedBy, sc.reason, sc.closedBy)
	}
	if sc.within[1] > 0 && (ended.Total < sc.within[0] || ended.Total > sc.within[1]) {
		t.Errorf("ended after %v, want %v to %v", ended.Total, sc.within[0], sc.within[1])
	}
	eventually(t, "nothing open", func() bool { return p.Stats().Open == 0 })
	// Pipes are kept for the next one: that there are any shows that the kernel did
	// copy, where it was to.
	const listeners = 1
	if spliced := p.Stats().Descriptors > listeners; spliced != (spliceAfter > 0) && sc.name == muchAtOnce {
		t.Errorf("spliced: %v", spliced)
	}
	if n := p.Stats().Pools[0].Servers[0].InFlight; n != 0 {
		t.Errorf("%d in flight, want none", n)
	}
}
