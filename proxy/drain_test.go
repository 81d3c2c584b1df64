package proxy_test

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

// TestDrain ends the proxy while connections are open: one that ends by itself
// gets all of its bytes, one that is idle is cut off with an end, one in the
// midst of something with a reset, and one that waits is sent away.
func TestDrain(t *testing.T) {
	checkLeaks(t)
	answer := noise(7, 300_000)
	config := one(serve(t, func(conn *net.TCPConn) {
		var what [1]byte
		io.ReadFull(conn, what[:])
		switch what[0] {
		case 'a': // answers when it is asked to
			io.ReadFull(conn, what[:])
			conn.Write(answer)
		case 'f':
			(&stage{TCPConn: conn, t: t}).flood()
		default:
			readAll(conn)
		}
	}))
	config.DrainTime = 5 * short
	config.Listeners[0].Queue = proxy.QueueConfig{Connections: 3, Length: 1, Timeout: time.Hour}
	p := start(t, config, proxy.Events{})
	asks, idle, floods := p.join('a', 0), p.join('i', 0), p.join('f', 0)
	waits := p.join('w', 1)
	if _, err := io.ReadFull(floods, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	address := p.address(0)
	p.stop()
	eventually(t, "nobody is let in any more", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	io.WriteString(asks, "!")
	got, err := readAll(asks)
	if err != nil {
		t.Errorf("the one that is answered while draining: %v", err)
	}
	same(t, "the answer", got, answer)
	asks.Close() // the one that waits is served now, and is idle as well
	if err := (&stage{TCPConn: floods, t: t}).drop(); !isReset(err) {
		t.Errorf("the one in the midst of something: %v, want a reset", err)
	}
	for _, conn := range []*net.TCPConn{idle, waits} {
		if _, err := readAll(conn); err != nil && !isReset(err) {
			t.Errorf("an idle one: %v", err)
		}
	}
	receive(t, "the end of Run", p.done)
	reasons := map[proxy.Reason]int{}
	for len(p.ended) > 0 {
		reasons[p.next().Reason]++
	}
	if reasons[proxy.Drain] != 3 || reasons[proxy.UpstreamFIN] != 1 {
		t.Errorf("ended for %v", reasons)
	}
}

// TestDrainOfTheQueue ends the proxy while some wait in the queue.
func TestDrainOfTheQueue(t *testing.T) {
	checkLeaks(t)
	p, got, _ := queueing(t, proxy.QueueConfig{Connections: 1, Length: 2, Timeout: time.Hour})
	p.join('a', 0)
	receive(t, "the first", got)
	waits := []*net.TCPConn{p.join('b', 1), p.join('c', 2)}
	p.end()
	for _, conn := range waits {
		if b, _ := readAll(conn); len(b) != 0 {
			t.Errorf("got %q", b)
		}
	}
	for range 3 {
		if c := p.next(); c.Reason != proxy.Drain || c.ClosedBy != "proxy" || c.Total <= 0 {
			t.Errorf("ended for %v, closed by %s", c.Reason, c.ClosedBy)
		}
	}
}

// TestRunThatHasEnded closes what New has opened.
func TestRunThatHasEnded(t *testing.T) {
	checkLeaks(t)
	p := start(t, one(serve(t, echo)), proxy.Events{})
	p.end()
	if err := p.Reload(one(serve(t, echo))); err == nil {
		t.Error("a proxy that has ended reloads")
	}
	if err := p.Run(t.Context()); err == nil {
		t.Error("a proxy that has ended runs again")
	}
}

// TestLifetimeIsSpread has connections of a bounded lifetime begin together:
// they must not all end together.
func TestLifetimeIsSpread(t *testing.T) {
	checkLeaks(t)
	const lifetime = 5 * short
	config := one(serve(t, echo))
	config.Listeners[0].Timeouts = proxy.Timeouts{Lifetime: lifetime, Jitter: 0.5}
	p := start(t, config, proxy.Events{})
	const n = 30
	for range n {
		p.dial()
	}
	first, last := time.Hour, time.Duration(0)
	for range n {
		c := p.next()
		if c.Reason != proxy.Lifetime || c.Total < lifetime/2 {
			t.Errorf("ended for %v after %v", c.Reason, c.Total)
		}
		first, last = min(first, c.Total), max(last, c.Total)
	}
	if last-first < lifetime/20 { // of a half
		t.Errorf("all ended between %v and %v", first, last)
	}
}

// TestEndsAtAnyMoment ends proxies while connections are at whatever they can be
// at, and does not let them drain: nothing may be left of any.
func TestEndsAtAnyMoment(t *testing.T) {
	checkLeaks(t)
	hole := blackHole(t)
	server := serve(t, echo)
	rounds := 6
	if soakTime() > time.Minute {
		rounds = 100
	}
	for round := range rounds {
		order := soakOrder(t)
		config := one(server, hole, closedPort(t))
		config.Listeners = order.Listeners
		config.Listeners[0].Timeouts.Connect = time.Minute
		config.DrainTime = -1
		p := start(t, config, proxy.Events{})
		stop := make(chan struct{})
		var calls atomic.Int64
		var clients sync.WaitGroup
		for n := range 30 {
			s := &soaker{t: t, addresses: []string{p.address(0), p.address(1)}, random: rand.New(rand.NewPCG(uint64(n), uint64(round))),
				data: noise(11, 1<<20), calls: &calls}
			clients.Go(func() {
				for {
					s.once()
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		enough := int64(rand.IntN(200))
		over := time.After(short)
		for waiting := true; waiting && calls.Load() < enough; {
			select {
			case <-over:
				waiting = false
			default:
				p.Stats()
			}
		}
		close(stop)
		began := time.Now()
		p.end()
		if took := time.Since(began); took > atMost {
			t.Errorf("took %v to end", took)
		}
		clients.Wait()
		if s := p.Stats(); s.Open != 0 {
			t.Errorf("%d are open after the end", s.Open)
		}
	}
}
