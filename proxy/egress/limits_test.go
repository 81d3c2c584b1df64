package egress_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/egress"
)

// toLoopback is the configuration for a destination on this host, by the name
// a.example.
func toLoopback(port string) egress.Config {
	return egress.Config{Resolver: names{"a.example": always("127.0.0.1")}, Ports: []uint16{mustPort(port)},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

// silent is a destination that says nothing until proceed is closed. It says by
// arrived that a request is there.
func silent(t *testing.T) (port string, arrived, proceed chan struct{}) {
	t.Helper()
	arrived, proceed = make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		io.Copy(io.Discard, r.Body) // or nobody would notice that the connection ends
		select {
		case <-proceed:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return port, arrived, proceed
}

// TestRequestsAtOnce: one more than there may be is refused at once, and the
// place is free again after the other one.
func TestRequestsAtOnce(t *testing.T) {
	checkLeaks(t)
	port, arrived, proceed := silent(t)
	config := toLoopback(port)
	config.Requests = 1
	address, ended := startEgress(t, config)
	first, second := dial(t, address), dial(t, address)
	io.WriteString(first, egressRequest("http", "a.example:"+port))
	receive(t, "the first request", arrived)
	from := bufio.NewReader(second)
	if status, body := exchange(t, second, from, egressRequest("http", "a.example:"+port)); status != http.StatusServiceUnavailable {
		t.Errorf("status %d, %s", status, body)
	}
	receive(t, "the record of the second request", ended)
	close(proceed)
	if r := receive(t, "the record of the first request", ended); r.Status != http.StatusOK {
		t.Errorf("recorded as %+v", r)
	}
	if status, body := exchange(t, second, from, egressRequest("http", "a.example:"+port)); status != http.StatusOK {
		t.Errorf("status %d, %s", status, body)
	}
}

// TestConnectionsAtOnce: clients that connect and say nothing are bounded too.
func TestConnectionsAtOnce(t *testing.T) {
	checkLeaks(t)
	config := toLoopback("1")
	config.Requests, config.Header = 1, time.Second
	address, _ := startEgress(t, config)
	for range 4 {
		dial(t, address)
	}
	conn := dial(t, address)
	began := time.Now()
	if b, _ := readAll(conn); len(b) != 0 || time.Since(began) > 900*time.Millisecond {
		t.Errorf("the fifth connection was not closed at once: %q after %v", b, time.Since(began))
	}
	eventually(t, "there is a place again", func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		b, _ := readAll(conn)
		return len(b) > 0
	})
}

// TestTimeOuts: whoever is slow, on either side, is waited for so long and no
// longer.
func TestTimeOuts(t *testing.T) {
	port, _, _ := silent(t)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for r.Context().Err() == nil {
			<-ticker.C
			io.WriteString(w, "x")
			http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(endless.Close)
	_, endlessPort, _ := net.SplitHostPort(endless.Listener.Addr().String())
	head := func(method, port, more string) string {
		return method + " / HTTP/1.1\r\nHost: x\r\nX-Egress-Scheme: http\r\nX-Egress-Host: a.example:" + port + "\r\n" + more + "\r\n"
	}
	for _, try := range []struct {
		name, request string
		port          string
		change        func(*egress.Config)
		status        int // 0: no whole response
	}{
		{"a response that does not begin", head("GET", port, ""), port, func(c *egress.Config) { c.Header = short }, 504},
		{"a request that takes too long", head("GET", port, ""), port, func(c *egress.Config) { c.Total = short }, 0},
		{"a body that does not come", head("POST", port, "Content-Length: 10\r\n") + "half", port, func(c *egress.Config) { c.Total = short }, 0},
		{"a response without end", head("GET", endlessPort, ""), endlessPort, func(c *egress.Config) { c.Total = short }, 0},
		{"a name server that does not answer", head("GET", port, ""), port, func(c *egress.Config) {
			c.Connect, c.Hosts, c.Resolver = short, []string{"a.example"}, deaf(t)
		}, 502},
	} {
		t.Run(try.name, func(t *testing.T) {
			config := toLoopback(try.port)
			try.change(&config)
			address, ended := startEgress(t, config)
			conn := dial(t, address)
			began := time.Now()
			io.WriteString(conn, try.request)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			if try.status != 0 && (err != nil || response.StatusCode != try.status) {
				t.Errorf("%+v, %v", response, err)
			}
			if took := time.Since(began); took > 10*short {
				t.Errorf("it took %v", took)
			}
			if r := receive(t, "a record", ended); r.Refusal == "" || r.Took > 10*short {
				t.Errorf("recorded as %+v", r)
			}
		})
	}
}

// deaf is a resolver whose name server does not answer.
func deaf(t *testing.T) *net.Resolver {
	_, resolver := startDNS(t, nil)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	resolver.Dial = dialer(conn.LocalAddr().String())
	return resolver
}

// TestTLS: certificates are checked against the name that was asked for, whatever
// the configuration says about checking.
func TestTLS(t *testing.T) {
	checkLeaks(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.TLS.ServerName, r.Host, r.Proto)
	}))
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // for example.com and 127.0.0.1
	config := toLoopback(port)
	config.Resolver = names{"example.com": always("127.0.0.1"), "a.example": always("127.0.0.1")}
	config.TLS = &tls.Config{RootCAs: roots, InsecureSkipVerify: true}
	address, _ := startEgress(t, config)
	conn := dial(t, address)
	from := bufio.NewReader(conn)
	for _, try := range []struct {
		scheme, host string
		status       int
		body         string
	}{
		{"https", "example.com", 200, "example.com example.com:" + port + " HTTP/1.1"},
		{"https", "127.0.0.1", 200, " 127.0.0.1:" + port + " HTTP/1.1"},
		{"https", "a.example", 502, ""},
		{"http", "example.com", 400, "Client sent an HTTP request to an HTTPS server.\n"},
	} {
		if status, body := exchange(t, conn, from, egressRequest(try.scheme, try.host+":"+port)); status != try.status || try.body != "" && body != try.body {
			t.Errorf("%s://%s: status %d, %q", try.scheme, try.host, status, body)
		}
	}
}
