package egress_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/egress"
)

// names is a resolver that knows some names. What it answers may change from
// one question to the next.
type names map[string]func() []string

func (n names) LookupNetIP(_ context.Context, _, host string) (addrs []netip.Addr, err error) {
	answer, ok := n[strings.TrimSuffix(host, ".")]
	if !ok {
		return nil, errors.New("no such host")
	}
	for _, text := range answer() {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

func always(addrs ...string) func() []string { return func() []string { return addrs } }

// inward is a server on this host that nobody may be forwarded to unless its
// address is listed.
type inward struct {
	*httptest.Server
	requests atomic.Int64
	last     atomic.Pointer[http.Request]
	port     string
}

func newInward(t *testing.T) *inward {
	s := &inward{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.last.Store(r)
		if r.URL.Path == "/redirect" {
			w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
			w.WriteHeader(http.StatusFound)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Keep-Alive", "timeout=5")
		fmt.Fprintf(w, "inward %s %s %d", r.Method, r.URL.RequestURI(), len(body))
	}))
	t.Cleanup(s.Close)
	_, s.port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return s
}

// startEgress runs an Egress until the test ends.
func startEgress(t *testing.T, config egress.Config) (address string, ended chan egress.Request) {
	t.Helper()
	config.Address = "127.0.0.1:0"
	ended = make(chan egress.Request, 1000)
	e, err := egress.New(config, egress.Events{Ended: func(r egress.Request) { ended <- r }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := receive(t, "the end of Run", done); err != nil {
			t.Error(err)
		}
	})
	return e.Address().String(), ended
}

// exchange sends the text of a request on a connection and reads the response.
func exchange(t *testing.T, conn net.Conn, from *bufio.Reader, request string) (status int, body string) {
	t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatalf("no response to %q: %v", request, err)
	}
	defer response.Body.Close()
	b, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(b)
}

func egressRequest(scheme, host string) string {
	return fmt.Sprintf("GET /x HTTP/1.1\r\nHost: proxy\r\nX-Egress-Scheme: %s\r\nX-Egress-Host: %s\r\n\r\n", scheme, host)
}

// TestEgressRefusesInwardDestinations tries to reach a server on this host, or
// another address that is not of the public internet, in every way that is
// known to have worked somewhere. The names and the port are all allowed: what
// refuses is the address.
func TestEgressRefusesInwardDestinations(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	port := server.port
	resolver := names{
		"inward.example":    always("127.0.0.1"),
		"inward6.example":   always("::1"),
		"mapped.example":    always("::ffff:127.0.0.1"),
		"nat64.example":     always("64:ff9b::7f00:1"),
		"local64.example":   always("64:ff9b:1::7f00:1"),
		"6to4.example":      always("2002:7f00:1::"),
		"teredo.example":    always("2001:0:7f00:1::"),
		"compat.example":    always("::127.0.0.1"),
		"private.example":   always("10.1.2.3", "172.16.0.1", "192.168.1.1"),
		"shared.example":    always("100.64.0.1"),
		"metadata.example":  always("169.254.169.254"),
		"metadata6.example": always("fd00:ec2::254"),
		"linklocal.example": always("fe80::1"),
		"multicast.example": always("224.0.0.1", "ff02::1"),
		"zero.example":      always("0.0.0.0", "::"),
		"broadcast.example": always("255.255.255.255"),
	}
	address, _ := startEgress(t, egress.Config{
		Hosts: []string{"*.example", "localhost"}, Resolver: resolver, Connect: time.Second,
		Ports: []uint16{80, 443, mustPort(port)},
	})
	type attempt struct {
		name, request string
		status        int
	}
	var attempts []attempt
	for name := range resolver {
		attempts = append(attempts, attempt{name, egressRequest("http", name+":"+port), http.StatusForbidden})
	}
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "[fd00:ec2::254]"} {
		attempts = append(attempts, attempt{"literal " + host, egressRequest("http", host+":"+port), http.StatusForbidden})
	}
	for _, host := range []string{
		"2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.000.000.001",
		"①②⑦.⓪.⓪.①", "[::1%25lo]", "[::1%lo]", "[127.0.0.1]", "::1", "inward.example@public.example", "public.example@inward.example",
		"user:password@inward.example", "inward.example/", "inward.example#", "inward.example?", `inward.example\.public.example`,
		"inward.example%00.public.example", "inward example", "", "-", ".", "..", "inward..example", "inward.example:", "inward.example:0",
		"inward.example:080", "inward.example:+80", "inward.example:65536", "inward.example:80:80", "inward.example:80@public.example", "http://inward.example",
		"inward.example,public.example", "xn--.example/../x", strings.Repeat("a.", 200) + "example", "[::1]x:80", "[::1", "::1]",
	} {
		attempts = append(attempts, attempt{"odd " + host, egressRequest("http", host), http.StatusBadRequest})
	}
	for _, scheme := range []string{"", "file", "gopher", "ftp", "HTTP", "http://", "https, http", "javascript"} {
		attempts = append(attempts, attempt{"scheme " + scheme, egressRequest(scheme, "inward.example:"+port), http.StatusBadRequest})
	}
	two := "GET / HTTP/1.1\r\nHost: proxy\r\nX-Egress-Scheme: http\r\nX-Egress-Host: public.example\r\n%s\r\n\r\n"
	attempts = append(attempts,
		attempt{"unlisted name", egressRequest("http", "elsewhere.test"), http.StatusForbidden},
		attempt{"a name that only ends alike", egressRequest("http", "badexample"), http.StatusForbidden},
		attempt{"another port", egressRequest("http", "inward.example:22"), http.StatusForbidden},
		attempt{"two hosts", fmt.Sprintf(two, "X-Egress-Host: inward.example:"+port), http.StatusBadRequest},
		attempt{"two hosts in other case", fmt.Sprintf(two, "x-egress-host: inward.example:"+port), http.StatusBadRequest},
		attempt{"two schemes", fmt.Sprintf(two, "X-Egress-Scheme: https"), http.StatusBadRequest},
		attempt{"folded host", fmt.Sprintf(two, " inward.example"), http.StatusBadRequest},
		attempt{"space before the colon", fmt.Sprintf(two, "X-Egress-Host : inward.example"), http.StatusBadRequest},
		attempt{"two lengths", fmt.Sprintf(two, "Content-Length: 0\r\nContent-Length: 5"), http.StatusBadRequest},
		attempt{"upgrade", fmt.Sprintf(two, "Connection: upgrade\r\nUpgrade: websocket"), http.StatusBadRequest},
		attempt{"neither", "GET / HTTP/1.1\r\nHost: inward.example\r\n\r\n", http.StatusBadRequest},
		attempt{"tunnel", "CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\nHost: x\r\nX-Egress-Scheme: http\r\nX-Egress-Host: public.example\r\n\r\n", http.StatusMethodNotAllowed},
		attempt{"absolute target", "GET http://127.0.0.1:" + port + "/ HTTP/1.1\r\nHost: x\r\nX-Egress-Scheme: http\r\nX-Egress-Host: inward.example\r\n\r\n", http.StatusBadRequest},
	)
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			conn := dial(t, address)
			status, body := exchange(t, conn, bufio.NewReader(conn), a.request)
			if status != a.status {
				t.Errorf("status %d (%s), want %d", status, body, a.status)
			}
			if strings.Contains(body, "inward GET") || server.requests.Load() != 0 {
				t.Fatal("the server inside was reached")
			}
			if strings.ContainsAny(body, "\x00\x1b<>\r") {
				t.Errorf("text of the client stands in the answer as it came: %q", body)
			}
		})
	}
}

func mustPort(text string) uint16 {
	return netip.MustParseAddrPort("0.0.0.0:" + text).Port()
}

// TestEgressRebinding has a name resolve to a listed address while it is
// checked, and to another one ever after. Only one that looks it up once is not
// deceived.
func TestEgressRebinding(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	var asked atomic.Int64
	resolver := names{"flip.example": func() []string {
		if asked.Add(1)%2 == 1 {
			return []string{"127.0.0.2"} // listed, and nobody is there
		}
		return []string{"127.0.0.1"} // not listed, and the server is there
	}}
	address, _ := startEgress(t, egress.Config{Resolver: resolver, Ports: []uint16{mustPort(server.port)},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Connect: time.Second})
	conn := dial(t, address)
	from := bufio.NewReader(conn)
	want := []int{http.StatusBadGateway, http.StatusForbidden, http.StatusBadGateway, http.StatusForbidden}
	for i, status := range want {
		if got, body := exchange(t, conn, from, egressRequest("http", "flip.example:"+server.port)); got != status {
			t.Errorf("request %d: status %d (%s), want %d", i, got, body, status)
		}
	}
	if n := asked.Load(); n != int64(len(want)) {
		t.Errorf("looked up %d times for %d requests", n, len(want))
	}
	if server.requests.Load() != 0 {
		t.Error("the server was reached")
	}
}

// TestEgressForwards sends what may be sent, several requests on one connection,
// each to a host of its own.
func TestEgressForwards(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	address, ended := startEgress(t, egress.Config{
		Resolver: names{"a.example": always("127.0.0.1"), "b.example": always("127.0.0.3")},
		Ports:    []uint16{mustPort(server.port)}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	})
	conn := dial(t, address)
	from := bufio.NewReader(conn)
	request := "POST /p%2Fq?x=1&y HTTP/1.1\r\nHost: proxy\r\nX-Egress-Scheme: http\r\nX-Egress-Host: A.example:" + server.port +
		"\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nX-Egress-Other: x\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\n" +
		"Proxy-Authorization: secret\r\nTE: trailers\r\nX-Kept: yes\r\nContent-Length: 5\r\n\r\nhello"
	status, body := exchange(t, conn, from, request)
	if status != 200 || body != "inward POST /p%2Fq?x=1&y 5" {
		t.Errorf("status %d, %q", status, body)
	}
	got := server.last.Load()
	if got.Host != "a.example:"+server.port {
		t.Errorf("Host is %q", got.Host)
	}
	for name := range got.Header {
		if name != "X-Kept" && name != "Content-Length" && name != "Connection" {
			t.Errorf("the destination was sent %s: %q", name, got.Header[name])
		}
	}
	if got.Header.Get("Connection") == "X-Hop, keep-alive" || got.Header.Get("X-Kept") != "yes" {
		t.Errorf("the destination was sent %v", got.Header)
	}
	if r := receive(t, "a record", ended); r.Status != 200 || r.Host != "a.example" || r.Address.String() != "127.0.0.1:"+server.port || r.Refusal != "" {
		t.Errorf("recorded as %+v", r)
	}
	// The second request on the connection is for somebody else.
	if status, body = exchange(t, conn, from, egressRequest("http", "b.example:"+server.port)); status != http.StatusForbidden {
		t.Errorf("second request: status %d, %s", status, body)
	}
	if r := receive(t, "a record", ended); r.Status != 403 || r.Refusal == "" {
		t.Errorf("recorded as %+v", r)
	}
	// A redirect is handed back, not followed.
	redirect := strings.Replace(egressRequest("http", "a.example:"+server.port), "/x", "/redirect", 1)
	if status, _ = exchange(t, conn, from, redirect); status != http.StatusFound {
		t.Errorf("redirect: status %d", status)
	}
	if n := server.requests.Load(); n != 2 {
		t.Errorf("the server had %d requests, want 2", n)
	}
}

func TestEgressLimits(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	address, _ := startEgress(t, egress.Config{Body: 10, Header: short, Resolver: names{"a.example": always("127.0.0.1")},
		Ports: []uint16{mustPort(server.port)}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	conn := dial(t, address)
	status, _ := exchange(t, conn, bufio.NewReader(conn), fmt.Sprintf(
		"POST / HTTP/1.1\r\nHost: x\r\nX-Egress-Scheme: http\r\nX-Egress-Host: a.example:%s\r\nContent-Length: 11\r\n\r\nhello world", server.port))
	if status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d for a body that is too large", status)
	}
	slow := dial(t, address)
	began := time.Now()
	io.WriteString(slow, "GET / HTTP/1.1\r\nHost: x\r\n")
	if _, err := readAll(slow); err != nil || time.Since(began) > 5*short {
		t.Errorf("a head that does not end was waited for %v: %v", time.Since(began), err)
	}
}

func TestEgressFrom(t *testing.T) {
	checkLeaks(t)
	address, _ := startEgress(t, egress.Config{From: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	conn := dial(t, address)
	io.WriteString(conn, egressRequest("http", "a.example"))
	if b, _ := readAll(conn); len(b) != 0 {
		t.Errorf("answered a source that may not use it: %q", b)
	}
}

func TestEgressConfigNamesWhatIsWrong(t *testing.T) {
	_, err := egress.New(egress.Config{Address: "127.0.0.1:0", Hosts: []string{"ok.example", "http://x", "*", "10.0.0.1"}}, egress.Events{})
	for _, part := range []string{`"http://x"`, `"*"`, `"10.0.0.1"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not name %s", err, part)
		}
	}
}
