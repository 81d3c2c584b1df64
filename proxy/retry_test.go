package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

// TestNoRetryAfterTheFirstByte has a server reset the connection once it has
// read something: another one must not get what this one may have acted on.
func TestNoRetryAfterTheFirstByte(t *testing.T) {
	checkLeaks(t)
	resets := func(conn *net.TCPConn) {
		io.ReadFull(conn, make([]byte, 5))
		conn.SetLinger(0)
	}
	config := one(serve(t, resets), serve(t, resets))
	config.Listeners[0].ClientFirst = true
	p := start(t, config, proxy.Events{})
	conn := p.dial()
	io.WriteString(conn, "POST / HTTP/1.1\r\n\r\n")
	if b, err := readAll(conn); len(b) != 0 || !isReset(err) {
		t.Errorf("got %q, %v; want a reset", b, err)
	}
	if c := p.next(); c.Reason != proxy.UpstreamReset || len(c.Attempts) != 1 {
		t.Errorf("ended for %v after %d attempts", c.Reason, len(c.Attempts))
	}
}

// TestTriesAndBudget bounds how many servers are tried, and for how long.
func TestTriesAndBudget(t *testing.T) {
	checkLeaks(t)
	config := one(closedPort(t), closedPort(t), closedPort(t), closedPort(t))
	config.Listeners[0].Dial.Tries = 2
	p := start(t, config, proxy.Events{})
	readAll(p.dial())
	if c := p.next(); c.Reason != proxy.DialFailed || len(c.Attempts) != 2 || c.Attempts[0].Address == c.Attempts[1].Address {
		t.Errorf("ended for %v, attempts %+v", c.Reason, c.Attempts)
	}
	p.end()

	slow := one(blackHole(t), blackHole(t), blackHole(t))
	slow.Listeners[0].Timeouts.Connect = 2 * short
	slow.Listeners[0].Dial.Budget = 3 * short
	p = start(t, slow, proxy.Events{})
	readAll(p.dial())
	c := p.next()
	if c.Reason != proxy.DialFailed || len(c.Attempts) != 2 || c.Total < 3*short || c.Total > atMost {
		t.Errorf("ended for %v after %v, attempts %+v", c.Reason, c.Total, c.Attempts)
	}
}

// TestRetryShare has all servers fail: only a share of the connections may try
// a second one at once.
func TestRetryShare(t *testing.T) {
	checkLeaks(t)
	config := one(blackHole(t), blackHole(t))
	config.Listeners[0].Timeouts.Connect = 2 * short
	config.Listeners[0].Dial.RetryShare = 0.1
	p := start(t, config, proxy.Events{})
	const n = 40
	for range n {
		p.dial()
	}
	retried := 0
	for range n {
		c := p.next()
		if c.Reason != proxy.DialFailed {
			t.Errorf("ended for %v", c.Reason)
		}
		if len(c.Attempts) > 1 {
			retried++
		}
	}
	if retried < 3 || retried > n/2 { // 4 at once, and some more as those end
		t.Errorf("%d of %d were tried on a second server", retried, n)
	}
}

// TestRefusalArrives has clients that have much more to send, and more than one
// request: the one text arrives, and the connection then ends in order.
func TestRefusalArrives(t *testing.T) {
	checkLeaks(t)
	config := one(closedPort(t))
	config.Listeners[0].ClientFirst = true
	p := start(t, config, proxy.Events{})
	get := "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, request := range map[string]string{
		"pipelined": strings.Repeat(get, 3),
		"body":      "POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat("x", 60000),
		"trickling": get,
	} {
		for range 4 {
			conn := p.dial()
			if name == "trickling" {
				for _, c := range []byte(request[:5]) {
					conn.Write([]byte{c})
				}
				request = request[5:]
			}
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			reader := bufio.NewReader(conn)
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			body, err := io.ReadAll(response.Body)
			c := p.next()
			if err != nil || response.StatusCode != 502 || !strings.Contains(string(body), c.ID) {
				t.Errorf("%s: got %s, %q, %v", name, response.Status, body, err)
			}
			if rest, err := readAll(reader); len(rest) != 0 || err != nil {
				t.Errorf("%s: after the response %q, %v", name, rest, err)
			}
			if name == "trickling" {
				request = get
			}
			conn.Close()
		}
	}
}

// TestRefusalOfAnUpload has a client that reads only once it has sent all of a
// large body, which nobody takes: what it was told must still be there to read.
func TestRefusalOfAnUpload(t *testing.T) {
	checkLeaks(t)
	config := one(closedPort(t))
	config.Listeners[0].ClientFirst = true
	p := start(t, config, proxy.Events{})
	conn := p.dial()
	io.WriteString(conn, "POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
	(&stage{TCPConn: conn, t: t}).flood() // until it fails
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 502 {
		t.Errorf("got %s", response.Status)
	}
	if c := p.next(); c.Total > atMost {
		t.Errorf("took %v", c.Total)
	}
}

// TestClientResetsWhileSniffed resets a connection that is waited for: no server
// is dialled for it.
func TestClientResetsWhileSniffed(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	l := &config.Listeners[0]
	l.ClientFirst, l.Timeouts.Header = true, time.Minute
	l.Mark = proxy.MarkConfig{Header: "X-Upstream", HeaderFrom: prefixes("127.0.0.1/32")}
	p := start(t, config, proxy.Events{})
	conn := p.dial()
	io.WriteString(conn, "GET / HT")
	eventually(t, "it is open", func() bool { return p.Stats().Open == 1 })
	conn.SetLinger(0)
	conn.Close()
	if c := p.next(); c.Reason != proxy.ClientReset || len(c.Attempts) != 0 {
		t.Errorf("ended for %v after %d attempts", c.Reason, len(c.Attempts))
	}
}

// TestDrainWhileSniffed ends the proxy while a client is waited for.
func TestDrainWhileSniffed(t *testing.T) {
	checkLeaks(t)
	config := trusting(t, serve(t, echo))
	config.Listeners[0].Timeouts.Header = time.Minute
	config.DrainTime = short
	p := start(t, config, proxy.Events{})
	p.dial()
	eventually(t, "it is open", func() bool { return p.Stats().Open == 1 })
	p.end()
	if c := p.next(); c.Reason != proxy.Drain {
		t.Errorf("ended for %v", c.Reason)
	}
}
