package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/splitgauge/splitgauge/proxy"
)

// blackHole returns an address that takes no further connection and refuses
// none: its backlog is full, so that connecting to it hangs.
func blackHole(t *testing.T) string {
	t.Helper()
	fd, address := boundSocket(t)
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { conn.Close() })
	}
}

// talk sends a word and wants it back.
func talk(t *testing.T, conn *net.TCPConn) {
	t.Helper()
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	conn.CloseWrite()
	got, err := readAll(conn)
	if err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDialTriesAnotherServer(t *testing.T) {
	for _, bad := range []struct {
		name   string
		server func(*testing.T) string
	}{
		{"refuses", func(t *testing.T) string { return closedPort(t) }},
		{"hangs", blackHole},
		{"no such socket", func(t *testing.T) string { return "unix:" + filepath.Join(t.TempDir(), "none") }},
	} {
		t.Run(bad.name, func(t *testing.T) {
			checkLeaks(t)
			config := one(bad.server(t), serve(t, echo))
			config.Listeners[0].Timeouts.Connect = short
			var failed atomic.Int64
			ended := make(chan proxy.Connection, 10)
			p := start(t, config, proxy.Events{
				DialFailed: func(pool, server string, err error, local bool) {
					failed.Add(1)
					if local || pool != "pool" || server != config.Pools[0].Servers[0].Address {
						t.Errorf("failed: %s %s %v, local %v", pool, server, err, local)
					}
				},
				Ended: func(c *proxy.Connection) { ended <- *c },
			})
			retried := 0
			for range 4 { // whichever of the two comes first
				talk(t, p.dial())
				c := receive(t, "the end", ended)
				if c.Reason != proxy.ClientFIN || c.Server != config.Pools[0].Servers[1].Address {
					t.Errorf("ended for %v at %q", c.Reason, c.Server)
				}
				if len(c.Attempts) == 2 {
					retried++
					if c.Attempts[0].Err == nil || c.Attempts[1].Err != nil {
						t.Errorf("attempts %+v", c.Attempts)
					}
				}
			}
			if retried == 0 || failed.Load() != int64(retried) {
				t.Errorf("%d retried, %d failures told", retried, failed.Load())
			}
			if s := p.Stats().Servers[0]; s.Failed != int64(retried) || s.Local != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

// TestDialWhileClientLeaves has a client go while its server is being connected:
// what it sent still arrives, and nothing is left.
func TestDialWhileClientLeaves(t *testing.T) {
	checkLeaks(t)
	got := make(chan string, 1)
	server := serve(t, func(conn *net.TCPConn) { b, _ := readAll(conn); got <- string(b) })
	config := one(blackHole(t), server)
	config.Listeners[0].Timeouts.Connect = short
	p := start(t, config, proxy.Events{})
	conn := p.dial()
	io.WriteString(conn, "last words")
	conn.CloseWrite()
	if words := receive(t, "what the client sent", got); words != "last words" {
		t.Errorf("the server got %q", words)
	}
	if c := p.next(); c.Reason != proxy.ClientFIN {
		t.Errorf("ended for %v", c.Reason)
	}
}

// TestDialIsCutOff ends the proxy while a dial hangs: it must not be waited for.
func TestDialIsCutOff(t *testing.T) {
	checkLeaks(t)
	config := one(blackHole(t))
	config.Listeners[0].Timeouts.Connect = time.Hour
	config.DrainTime = short
	p := start(t, config, proxy.Events{})
	p.dial()
	eventually(t, "the connection is open", func() bool { return p.Stats().Open == 1 })
	began := time.Now()
	p.end()
	if took := time.Since(began); took > atMost {
		t.Errorf("took %v", took)
	}
	if c := p.next(); c.Reason != proxy.Drain {
		t.Errorf("ended for %v", c.Reason)
	}
}

// TestDialLocalFault connects from an address that this host does not have: that
// is our fault, and must not be held against servers.
func TestDialLocalFault(t *testing.T) {
	checkLeaks(t)
	config := one(serve(t, echo))
	config.Listeners[0].Dial.Sources = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	p := start(t, config, proxy.Events{})
	if b, err := readAll(p.dial()); len(b) != 0 || err != nil {
		t.Errorf("got %q, %v; want an end in order", b, err)
	}
	if c := p.next(); c.Reason != proxy.LocalFault || c.Reason.Status() != 500 {
		t.Errorf("ended for %v", c.Reason)
	}
	if s := p.Stats().Servers[0]; s.Local != 1 || s.NoPort != 1 || s.Failed != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestDialSources(t *testing.T) {
	checkLeaks(t)
	from := make(chan string, 2)
	config := one(serve(t, func(conn *net.TCPConn) { from <- conn.RemoteAddr().(*net.TCPAddr).IP.String(); echo(conn) }))
	config.Listeners[0].Dial.Sources = []netip.Addr{netip.MustParseAddr("127.0.0.5"), netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.6")}
	p := start(t, config, proxy.Events{})
	seen := map[string]bool{}
	for range 3 {
		talk(t, p.dial())
		seen[receive(t, "a source", from)] = true
	}
	if !seen["127.0.0.5"] || !seen["127.0.0.6"] || len(seen) != 2 {
		t.Errorf("connected from %v", seen)
	}
}

func TestUnixSockets(t *testing.T) {
	checkLeaks(t)
	dir := t.TempDir()
	upstream, err := net.Listen("unix", filepath.Join(dir, "up"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := upstream.Accept()
		if err == nil {
			io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
			conn.Close()
		}
	}()
	t.Cleanup(func() { upstream.Close(); <-done })
	config := one("unix:" + filepath.Join(dir, "up"))
	config.Listeners[0].Address = "unix:" + filepath.Join(dir, "in")
	config.Listeners[0].SpliceAfter = 1
	p := start(t, config, proxy.Events{})
	conn, err := net.Dial("unix", filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want := noise(9, 1<<20)
	go func() { conn.Write(want); conn.(*net.UnixConn).CloseWrite() }()
	got, err := readAll(conn)
	if err != nil {
		t.Error(err)
	}
	same(t, "echo", got, want)
	if c := p.next(); c.Reason != proxy.ClientFIN || c.Source.IsValid() || c.Server != config.Pools[0].Servers[0].Address {
		t.Errorf("ended %+v", c)
	}
	p.end()
	if _, err := os.Stat(filepath.Join(dir, "in")); err == nil {
		t.Error("the socket's file is left")
	}
}

// TestNoServer has no server answer: a client that speaks HTTP gets a text that
// arrives whole, however much of its request is unread; others an end in order.
func TestNoServer(t *testing.T) {
	checkLeaks(t)
	config := one(closedPort(t), closedPort(t))
	config.Listeners[0].ClientFirst = true
	config.Listeners[0].Timeouts.Header = short
	p := start(t, config, proxy.Events{})

	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n",
		"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n" + strings.Repeat("x", 40000),
		"DELETE / HT", // more is not needed to know
	} {
		conn := p.dial()
		io.WriteString(conn, request)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("no response: %v", err)
		}
		body, err := io.ReadAll(response.Body)
		c := p.next()
		if err != nil || response.StatusCode != 502 || !response.Close || int64(len(body)) != response.ContentLength {
			t.Errorf("got %v, close %v, %v", response.Status, response.Close, err)
		}
		if text := string(body); !strings.Contains(text, c.ID) || !strings.Contains(text, "dial_failed") || strings.Contains(text, "script") {
			t.Errorf("the text is %q, connection %s", text, c.ID)
		}
		if c.Reason != proxy.DialFailed || len(c.Attempts) != 2 || c.Server != "" || c.Sent == 0 {
			t.Errorf("ended %+v", c)
		}
	}

	head := p.dial()
	io.WriteString(head, "HEAD / HTTP/1.1\r\n\r\n")
	if b, err := readAll(head); err != nil || !strings.HasSuffix(string(b), "\r\n\r\n") {
		t.Errorf("HEAD was answered with a body: %q, %v", b, err)
	}
	p.next()

	for _, other := range []string{"\x16\x03\x01\x02\x00\x01", "PRI * HTTP/2.0\r\n\r\n", "get / HTTP/1.1\r\n\r\n", ""} {
		conn := p.dial()
		io.WriteString(conn, other)
		conn.CloseWrite()
		if b, _ := readAll(conn); len(b) != 0 {
			t.Errorf("%q was answered with %q", other, b)
		}
		p.next()
	}
}

// TestSniffIsCut has clients send a head that does not end, a byte at a time or
// all at once: they are waited for neither for long nor for much.
func TestSniffIsCut(t *testing.T) {
	checkLeaks(t)
	marked := func(header time.Duration) proxy.Config {
		config := one(closedPort(t))
		l := &config.Listeners[0]
		l.ClientFirst, l.Timeouts.Header = true, header
		l.Mark = proxy.MarkConfig{Header: "X-Upstream", HeaderFrom: prefixes("127.0.0.1/32")}
		return config
	}
	slow := start(t, marked(short), proxy.Events{}).dial()
	began := time.Now()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // does not win more time by it
		defer close(stopped)
		ticker := time.NewTicker(short / 10)
		defer ticker.Stop()
		io.WriteString(slow, "GET / HTTP/1.1\r\nX: ")
		for {
			select {
			case <-ticker.C:
				slow.Write([]byte("x"))
			case <-stop:
				return
			}
		}
	}()
	got, _ := readAll(slow)
	if took := time.Since(began); took < short || took > atMost || !strings.HasPrefix(string(got), "HTTP/1.1 502 ") {
		t.Errorf("got %.20q after %v", got, took)
	}
	close(stop)
	<-stopped

	much := start(t, marked(time.Hour), proxy.Events{}).dial()
	io.WriteString(much, "GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 10_000))
	if got, err := readAll(much); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 502 ") {
		t.Errorf("got %.20q, %v", got, err)
	}
}

func TestMark(t *testing.T) {
	checkLeaks(t)
	answer := func(word string) string {
		return serve(t, func(conn *net.TCPConn) {
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n\r\n%s %s %s", word, r.URL.Path, r.Header.Get("X-Upstream"))
			}
		})
	}
	config := one(answer("a"), answer("b"))
	config.Pools[0].Servers[0].Name, config.Pools[0].Servers[1].Name = "a", "b"
	l := &config.Listeners[0]
	l.ClientFirst, l.Timeouts.Header = true, short
	l.Mark = proxy.MarkConfig{
		Header: "X-Upstream", HeaderFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Sources: map[netip.Prefix]string{netip.MustParsePrefix("127.0.0.8/32"): "b"},
	}
	p := start(t, config, proxy.Events{})
	ask := func(from, header string) string {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		conn, err := d.Dial("tcp", p.address(0))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /path HTTP/1.1\r\nHost: x\r\n%s\r\n", header)
		b, _ := readAll(conn)
		conn.Close()
		_, body, _ := strings.Cut(string(b), "\r\n\r\n")
		p.next()
		return body
	}
	for range 3 {
		if got := ask("127.0.0.1", "x-upstream: b\r\n"); got != "b /path b" {
			t.Errorf("marked for b by a header: %q", got)
		}
		if got := ask("127.0.0.8", ""); got != "b /path " {
			t.Errorf("marked for b by its source: %q", got)
		}
	}
	if got := ask("127.0.0.1", "X-Upstream: none\r\n"); !strings.Contains(got, "no_upstream") {
		t.Errorf("marked for a server that there is not: %q", got)
	}
	var toA bool
	for range 4 {
		toA = toA || strings.HasPrefix(ask("127.0.0.9", "X-Upstream: b\r\n"), "a ")
		toA = toA || strings.HasPrefix(ask("127.0.0.1", "X-Upstream: a\r\nX-Upstream: b\r\n"), "a ")
	}
	if !toA {
		t.Error("a header that does not count, or is there twice, did mark")
	}
}

func TestPoolOfNames(t *testing.T) {
	checkLeaks(t)
	_, port, _ := net.SplitHostPort(serve(t, echo))
	p := start(t, one("localhost:"+port), proxy.Events{})
	talk(t, p.dial())
	p2 := start(t, one("no-such-host.invalid:80"), proxy.Events{Unresolved: func(err error) {
		if !strings.Contains(err.Error(), `"no-such-host.invalid:80"`) {
			t.Errorf("told %v", err)
		}
	}})
	readAll(p2.dial())
	if c := p2.next(); c.Reason != proxy.DialFailed {
		t.Errorf("ended for %v", c.Reason)
	}
}
