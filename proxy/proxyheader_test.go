package proxy_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/splitgauge/splitgauge/proxy"
)

// headerV2 writes a header of version 2 by hand, by the protocol's text.
func headerV2(command, family byte, addresses []byte, extra string) string {
	b := []byte("\r\n\r\n\x00\r\nQUIT\n")
	b = append(b, 0x20|command, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(addresses)+len(extra)))
	return string(append(append(b, addresses...), extra...))
}

func tcp4(source, destination string) []byte {
	from, to := netip.MustParseAddrPort(source), netip.MustParseAddrPort(destination)
	b := append(from.Addr().AsSlice(), to.Addr().AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, from.Port())
	return binary.BigEndian.AppendUint16(b, to.Port())
}

func trusting(t *testing.T, servers ...string) proxy.Config {
	config := one(servers...)
	config.Listeners[0].AcceptProxy = prefixes("127.0.0.1/32")
	config.Listeners[0].Timeouts.Header = 2 * short
	return config
}

func TestProxyHeaderIn(t *testing.T) {
	checkLeaks(t)
	p := start(t, trusting(t, serve(t, echo)), proxy.Events{})
	v2 := headerV2(1, 0x11, tcp4("192.0.2.7:1234", "198.51.100.1:80"), "")
	for _, c := range []struct {
		name, header string
		source       string // empty: it is refused; "peer": the connection's own
	}{
		{"version 1", "PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n", "192.0.2.7:1234"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 1234 80\r\n", "[2001:db8::7]:1234"},
		{"version 1, unknown", "PROXY UNKNOWN\r\n", "peer"},
		{"version 1, unknown with more", "PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n", "peer"},
		{"version 2", v2, "192.0.2.7:1234"},
		{"version 2, with more", headerV2(1, 0x11, tcp4("192.0.2.7:1234", "198.51.100.1:80"), "\x04\x00\x10"+strings.Repeat("x", 16)), "192.0.2.7:1234"},
		{"version 2, a check of the sender's", headerV2(0, 0, nil, ""), "peer"},
		{"version 2, of a unix socket", headerV2(1, 0x31, make([]byte, 216), ""), "peer"},
		{"version 1, over-long", "PROXY TCP4 " + strings.Repeat("1", 100) + "\r\n", ""},
		{"version 1, without an end", "PROXY TCP4 192.0.2.7 198.51.100.1 1234 80" + strings.Repeat(" ", 100), ""},
		{"version 1, no address", "PROXY TCP4 192.0.2 198.51.100.1 1234 80\r\n", ""},
		{"version 1, no port", "PROXY TCP4 192.0.2.7 198.51.100.1 123456 80\r\n", ""},
		{"version 2, longer than we read", headerV2(1, 0x11, tcp4("192.0.2.7:1234", "198.51.100.1:80"), strings.Repeat("x", 5000)), ""},
		{"version 2, too short for its addresses", headerV2(1, 0x11, []byte("1234"), ""), ""},
		{"version 2, of UDP", headerV2(1, 0x12, tcp4("192.0.2.7:1234", "198.51.100.1:80"), ""), ""},
		{"version 3", strings.Replace(v2, "\x21", "\x31", 1), ""},
		{"none", "GET / HTTP/1.1\r\n\r\n", ""},
		{"part of one, then an end", v2[:20], ""},
		{"nothing, then an end", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := p.dial()
			io.WriteString(conn, c.header)
			if c.source != "" {
				io.WriteString(conn, "body")
			}
			conn.CloseWrite()
			got, _ := readAll(conn)
			ended := p.next()
			if c.source == "" {
				if len(got) != 0 || ended.Reason != proxy.ProxyHeader || len(ended.Attempts) != 0 {
					t.Errorf("got %q, ended for %v, %d servers tried", got, ended.Reason, len(ended.Attempts))
				}
				return
			}
			want := c.source
			if want == "peer" {
				want = conn.LocalAddr().String()
			}
			if string(got) != "body" || ended.Source.String() != want || ended.Received != 4 {
				t.Errorf("got %q from %v, %d bytes; want the body from %s", got, ended.Source, ended.Received, want)
			}
		})
	}
}

// TestProxyHeaderByBytes sends a header a byte at a time.
func TestProxyHeaderByBytes(t *testing.T) {
	checkLeaks(t)
	config := trusting(t, serve(t, echo))
	config.Listeners[0].Timeouts.Header = patience
	p := start(t, config, proxy.Events{})
	for _, header := range []string{
		"PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n", headerV2(1, 0x11, tcp4("192.0.2.7:1234", "198.51.100.1:80"), "\x04\x00\x01x"),
	} {
		conn := p.dial()
		for _, c := range []byte(header + "body") {
			conn.Write([]byte{c})
		}
		conn.CloseWrite()
		if got, err := readAll(conn); err != nil || string(got) != "body" {
			t.Errorf("got %q, %v", got, err)
		}
		if c := p.next(); c.Source.String() != "192.0.2.7:1234" {
			t.Errorf("from %v", c.Source)
		}
	}
}

// TestProxyHeaderOfStrangers has a source that is not trusted send a header: it
// is a part of what it sends, and names nobody.
func TestProxyHeaderOfStrangers(t *testing.T) {
	checkLeaks(t)
	config := trusting(t, serve(t, echo))
	config.Listeners[0].Gate.Deny = prefixes("127.0.0.3/32")
	p := start(t, config, proxy.Events{})
	header := "PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n"
	conn, err := from(t, "127.0.0.2", p.address(0))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, header)
	conn.CloseWrite()
	if got, err := readAll(conn); err != nil || string(got) != header {
		t.Errorf("got %q, %v", got, err)
	}
	if c := p.next(); c.Source.Addr().String() != "127.0.0.2" {
		t.Errorf("from %v", c.Source)
	}
	if served(t, "127.0.0.3", p.address(0)) {
		t.Error("a denied source is served")
	}
}

// TestProxyHeaderIsWaitedForBriefly has trusted sources send too little.
func TestProxyHeaderIsWaitedForBriefly(t *testing.T) {
	checkLeaks(t)
	p := start(t, trusting(t, serve(t, echo)), proxy.Events{})
	silent, slow := p.dial(), p.dial()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		ticker := time.NewTicker(short / 4)
		defer ticker.Stop()
		for _, c := range []byte("PROXY TCP4 192.0.2.7 198.51.100.1 1234 80") {
			select {
			case <-ticker.C:
				slow.Write([]byte{c})
			case <-stop:
				return
			}
		}
	}()
	for range 2 {
		if c := p.next(); c.Reason != proxy.ProxyHeader || c.Total < 2*short || c.Total > atMost {
			t.Errorf("ended for %v after %v", c.Reason, c.Total)
		}
	}
	readAll(silent)
	readAll(slow)
}

// TestGateBehindProxyHeader counts connections for whom the header names.
func TestGateBehindProxyHeader(t *testing.T) {
	checkLeaks(t)
	config := trusting(t, serve(t, echo))
	config.Listeners[0].Gate = proxy.GateConfig{Connections: 1, Deny: prefixes("198.51.100.0/24")}
	p := start(t, config, proxy.Events{})
	open := func(source string) (*net.TCPConn, bool) {
		conn := p.dial()
		io.WriteString(conn, "PROXY TCP4 "+source+" 203.0.113.1 1234 80\r\nx")
		_, err := io.ReadFull(conn, make([]byte, 1))
		return conn, err == nil
	}
	first, ok := open("192.0.2.1")
	if _, other := open("192.0.2.2"); !ok || !other {
		t.Fatal("two sources are not served")
	}
	if _, again := open("192.0.2.1"); again {
		t.Error("a second connection of one source is served")
	}
	if c := p.next(); c.Reason != proxy.GateSource {
		t.Errorf("ended for %v", c.Reason)
	}
	if _, denied := open("198.51.100.7"); denied {
		t.Error("a denied source is served")
	}
	if c := p.next(); c.Reason != proxy.GatePrefix {
		t.Errorf("ended for %v", c.Reason)
	}
	first.Close()
	p.next()
	if _, again := open("192.0.2.1"); !again {
		t.Error("not served once the first one has ended")
	}
}

// TestProxyHeaderOut reads what servers are sent, with somebody else's parser.
func TestProxyHeaderOut(t *testing.T) {
	for version := 1; version <= 2; version++ {
		checkLeaks(t)
		type heard struct {
			header *proxyproto.Header
			body   []byte
		}
		got := make(chan heard, 10)
		config := trusting(t, serve(t, func(conn *net.TCPConn) {
			reader := bufio.NewReader(conn)
			header, err := proxyproto.Read(reader)
			if err != nil {
				t.Errorf("version %d: %v", version, err)
			}
			body, _ := io.ReadAll(reader)
			got <- heard{header, body}
		}))
		config.Listeners[0].SendProxy = version
		p := start(t, config, proxy.Events{})
		for _, c := range []struct{ in, source, destination string }{
			{"PROXY UNKNOWN\r\n", "peer", p.address(0)},
			{"PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n", "192.0.2.7:1234", "198.51.100.1:80"},
			{"PROXY TCP6 2001:db8::7 2001:db8::1 1234 80\r\n", "[2001:db8::7]:1234", "[2001:db8::1]:80"},
		} {
			conn := p.dial()
			io.WriteString(conn, c.in+"body")
			conn.CloseWrite()
			h := receive(t, "a header", got)
			want := c.source
			if want == "peer" {
				want = conn.LocalAddr().String()
			}
			if h.header == nil || h.header.SourceAddr.String() != want || h.header.DestinationAddr.String() != c.destination ||
				int(h.header.Version) != version || !bytes.Equal(h.body, []byte("body")) {
				t.Errorf("version %d: %+v, body %q; want it from %s", version, h.header, h.body, want)
			}
			readAll(conn)
			if ended := p.next(); ended.Received != 4 {
				t.Errorf("%d bytes are counted, want those of the client", ended.Received)
			}
		}
	}
}

// TestRefusalBehindProxyHeader has an HTTP client wait in the queue for too long
// whose header has not been read yet.
func TestRefusalBehindProxyHeader(t *testing.T) {
	checkLeaks(t)
	config := trusting(t, serve(t, echo))
	l := &config.Listeners[0]
	l.ClientFirst, l.Queue = true, proxy.QueueConfig{Connections: 1, Length: 1, Timeout: short}
	p := start(t, config, proxy.Events{})
	header := "PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n"
	first := p.dial()
	io.WriteString(first, header+"x")
	io.ReadFull(first, make([]byte, 1))
	late := p.dial()
	io.WriteString(late, header+"GET / HTTP/1.1\r\n\r\n")
	if got, err := readAll(late); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 503 ") {
		t.Errorf("got %q, %v", got, err)
	}
	if c := p.next(); c.Reason != proxy.QueueTimeout || c.Source.String() != "192.0.2.7:1234" {
		t.Errorf("ended for %v, from %v", c.Reason, c.Source)
	}
}
