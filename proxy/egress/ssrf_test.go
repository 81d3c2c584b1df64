package egress_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/egress"
)

// TestNamesThatLeadInside asks a name server, as in earnest, for names that are all
// listed: what refuses them is where they lead to.
func TestNamesThatLeadInside(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	names := map[string][]string{
		"loopback.example":   {"127.0.0.1"},
		"loopback6.example":  {"::1"},
		"mapped.example":     {"::ffff:127.0.0.1"},
		"compatible.example": {"::127.0.0.1"},
		"nat64.example":      {"64:ff9b::7f00:1"},
		"6to4.example":       {"2002:7f00:1::1"},
		"teredo.example":     {"2001:0:4136:e378:8000:63bf:80ff:fffe"},
		"metadata.example":   {"169.254.169.254"},
		"metadata6.example":  {"fd00:ec2::254"},
		"azure.example":      {"168.63.129.16"},
		"private.example":    {"10.0.0.1"},
		"shared.example":     {"100.64.0.1"},
		"linklocal.example":  {"fe80::1"},
		"multicast.example":  {"224.0.0.1"},
		"nowhere.example":    {"0.0.0.0"},
		"nowhere6.example":   {"::"},
		"broadcast.example":  {"255.255.255.255"},
		// 192.0.2.0/24 is listed: what is dialled there does not answer.
		"last.example":  {"192.0.2.1 192.0.2.2 127.0.0.1"},
		"first.example": {"127.0.0.1 192.0.2.1"},
		"six.example":   {"192.0.2.1 ::1"},
		"many.example":  {strings.Repeat("192.0.2.1 ", 20) + "10.0.0.1"},
	}
	_, resolver := startDNS(t, names)
	address, ended := startEgress(t, egress.Config{Resolver: resolver, Hosts: []string{"*.example"},
		Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Ports: []uint16{mustPort(server.port)}, Connect: time.Second})
	for name := range names {
		for _, written := range []string{name, strings.ToUpper(name), name + "."} {
			conn := dial(t, address)
			status, body := exchange(t, conn, bufio.NewReader(conn), egressRequest("http", written+":"+server.port))
			if status != http.StatusForbidden {
				t.Errorf("%s: status %d, %s", written, status, body)
			}
			conn.Close()
			if r := receive(t, "a record", ended); r.Address.IsValid() || r.Refusal == "" || r.Host != name {
				t.Errorf("%s: recorded as %+v", written, r)
			}
		}
	}
	if server.requests.Load() != 0 {
		t.Error("the server inside was reached")
	}
}

// TestNameThatTurns answers every look-up differently. There is one for each
// request, and what it said is what is dialled.
func TestNameThatTurns(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	dns, resolver := startDNS(t, map[string][]string{"turns.example": {"127.0.0.2", "127.0.0.1"}})
	address, _ := startEgress(t, egress.Config{Resolver: resolver, Ports: []uint16{mustPort(server.port)},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Connect: time.Second})
	conn := dial(t, address)
	from := bufio.NewReader(conn)
	for i, want := range []int{http.StatusBadGateway, http.StatusForbidden, http.StatusForbidden} { // nobody listens on 127.0.0.2
		if status, body := exchange(t, conn, from, egressRequest("http", "turns.example:"+server.port)); status != want {
			t.Errorf("request %d: status %d (%s), want %d", i, status, body, want)
		}
	}
	if n := dns.questions("turns.example"); n != 2*3 { // A and AAAA each
		t.Errorf("%d questions for 3 requests", n)
	}
	if server.requests.Load() != 0 {
		t.Error("the server inside was reached")
	}
}

// TestUnlistedNamesAreNotLookedUp: a question to a name server carries data out.
func TestUnlistedNamesAreNotLookedUp(t *testing.T) {
	checkLeaks(t)
	dns, resolver := startDNS(t, map[string][]string{"secret.elsewhere.test": {"8.8.8.8"}, "a.example": {"127.0.0.1"}})
	address, _ := startEgress(t, egress.Config{Resolver: resolver, Hosts: []string{"a.example"}})
	conn := dial(t, address)
	from := bufio.NewReader(conn)
	for _, host := range []string{"secret.elsewhere.test", "a.example:22"} {
		if status, _ := exchange(t, conn, from, egressRequest("http", host)); status != http.StatusForbidden {
			t.Errorf("%s: status %d", host, status)
		}
	}
	if dns.questions("secret.elsewhere.test")+dns.questions("a.example") != 0 {
		t.Error("names were looked up that nothing could have allowed")
	}
	if status, _ := exchange(t, conn, from, egressRequest("http", "gone.a.example")); status != http.StatusForbidden {
		t.Errorf("status %d for a name below a listed one", status)
	}
}

// TestItself: asked to forward to itself, it refuses; and where its address is
// listed, what comes around has no destination any more.
func TestItself(t *testing.T) {
	checkLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own := listener.Addr().String()
	address, _ := startEgress(t, egress.Config{Listener: listener, Ports: []uint16{mustPort(own[strings.LastIndex(own, ":")+1:])},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	conn := dial(t, address)
	status, body := exchange(t, conn, bufio.NewReader(conn), egressRequest("http", own))
	if status != http.StatusBadRequest || !strings.Contains(body, "there is no X-Egress-Scheme") {
		t.Errorf("status %d, %s", status, body)
	}
}

// TestClients has clients that people use send requests, over a name server.
func TestClients(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	_, resolver := startDNS(t, map[string][]string{"a.example": {"127.0.0.1"}, "b.example": {"127.0.0.3"}})
	address, ended := startEgress(t, egress.Config{Resolver: resolver, Ports: []uint16{mustPort(server.port)},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, try := range []struct {
		method, path, host string
		body               io.Reader
		status             int
		answer             string
	}{
		{"GET", "/", "a.example", nil, 200, "inward GET / 0"},
		{"POST", "/", "a.example", strings.NewReader(strings.Repeat("x", 100_000)), 200, "inward POST / 100000"},
		{"PUT", "/", "a.example", struct{ io.Reader }{strings.NewReader("chunked")}, 200, "inward PUT / 7"},
		{"GET", "/", "b.example", nil, 403, ""},
		{"HEAD", "/", "a.example", nil, 200, ""},
		{"GET", "/redirect", "a.example", nil, 302, ""},
		{"GET", "/", "b.example", nil, 403, ""},
	} {
		request, err := http.NewRequest(try.method, "http://"+address+try.path, try.body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Egress-Scheme", "http")
		request.Header.Set("X-Egress-Host", try.host+":"+server.port)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != try.status || try.answer != "" && string(body) != try.answer {
			t.Errorf("%+v: status %d, %q, %v", try, response.StatusCode, body, err)
		}
		if r := receive(t, "a record", ended); r.Status != try.status {
			t.Errorf("%+v: recorded as %+v", try, r)
		}
	}
	curl(t, server, address)
}

// curl has curl follow every redirect, which gets no further than to be refused:
// the destination redirects to the metadata of a cloud.
func curl(t *testing.T, server *inward, address string) {
	t.Helper()
	binary, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	before := server.requests.Load()
	output, err := exec.Command(binary, "-sS", "--noproxy", "*", "-o", "-", "-w", "\n%{http_code}", "-H", "X-Egress-Scheme: http", "-H", "X-Egress-Host: a.example:"+server.port,
		"http://"+address+"/one", "-o", "-", "http://"+address+"/redirect").CombinedOutput()
	if err != nil || string(output) != "inward GET /one 0\n200\n302" {
		t.Errorf("curl: %v: %q", err, output)
	}
	if n := server.requests.Load() - before; n != 2 {
		t.Errorf("the server had %d requests of curl", n)
	}
}

// TestFraming sends what two readers might understand differently. Nothing of it
// becomes two requests.
func TestFraming(t *testing.T) {
	checkLeaks(t)
	server := newInward(t)
	address, _ := startEgress(t, egress.Config{Resolver: names{"a.example": always("127.0.0.1")}, Header: 2 * time.Second,
		Ports: []uint16{mustPort(server.port)}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	to := "Host: x\r\nX-Egress-Scheme: http\r\nX-Egress-Host: a.example:" + server.port + "\r\n"
	second := "GET /second HTTP/1.1\r\n" + to + "\r\n"
	for _, try := range []struct {
		name, request string
		status        int // of the only response
		reached       int64
	}{
		{"both lengths", "POST / HTTP/1.1\r\n" + to + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, 200, 1},
		{"both lengths, the other way", "POST / HTTP/1.1\r\n" + to + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + second, 200, 1},
		{"two lengths", "POST / HTTP/1.1\r\n" + to + "Content-Length: 0\r\nContent-Length: 4\r\n\r\n" + second, 400, 0},
		{"signed length", "POST / HTTP/1.1\r\n" + to + "Content-Length: +4\r\n\r\n" + second, 400, 0},
		{"a list of lengths", "POST / HTTP/1.1\r\n" + to + "Content-Length: 4, 4\r\n\r\n" + second, 400, 0},
		{"unknown coding", "POST / HTTP/1.1\r\n" + to + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + second, 501, 0},
		{"two codings", "POST / HTTP/1.1\r\n" + to + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + second, 501, 0},
		{"odd coding", "POST / HTTP/1.1\r\n" + to + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + second, 400, 0},
		{"space before the colon", "POST / HTTP/1.1\r\n" + to + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + second, 400, 0},
		{"two hosts", "GET / HTTP/1.1\r\nHost: y\r\n" + to + "\r\n" + second, 400, 0},
		{"no host", "GET / HTTP/1.1\r\nX-Egress-Scheme: http\r\nX-Egress-Host: a.example:" + server.port + "\r\n\r\n" + second, 400, 0},
		{"zero byte", "GET / HTTP/1.1\r\n" + to + "X: a\x00b\r\n\r\n" + second, 400, 0},
		{"bare CR", "GET / HTTP/1.1\r\n" + to + "X: a\rb\r\n\r\n" + second, 400, 0},
		{"too large a head", "GET / HTTP/1.1\r\n" + to + "X: " + strings.Repeat("a", 100_000) + "\r\n\r\n" + second, 431, 0},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 0},
	} {
		t.Run(try.name, func(t *testing.T) {
			before := server.requests.Load()
			conn := dial(t, address)
			io.WriteString(conn, try.request)
			answers, _ := readAll(conn)
			if got := strings.Count(string(answers), "HTTP/1.1 "); got != 1 && try.status != 505 || !strings.HasPrefix(string(answers), fmt.Sprintf("HTTP/1.1 %d ", try.status)) {
				t.Errorf("answered %q", answers)
			}
			if n := server.requests.Load() - before; n != try.reached {
				t.Errorf("the destination had %d requests, want %d", n, try.reached)
			}
		})
	}
}

// hostile is a destination that answers every connection with the same bytes.
func hostile(t *testing.T, answer string) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(patience))
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.WriteString(conn, answer)
			}
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// TestHostileDestinations: what they answer becomes one response, or none.
func TestHostileDestinations(t *testing.T) {
	for _, try := range []struct {
		name, answer string
		status       int
		has, hasNot  string
	}{
		{"splitting", "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n", 502, "", "Set-Cookie"},
		{"another response after it", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison", 200, "ok", "poison"},
		{"both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, "ok", "Content-Length"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", 502, "", ""},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 502, "", "Upgrade"},
		{"no status of HTTP's", "HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n", 502, "", ""},
		{"a status below all", "HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n", 502, "", ""},
		{"hints without end", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 10_000), 502, "", "Link"},
		{"too large a head", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 100_000) + "\r\n\r\n", 502, "", "aaaa"},
		{"headers between neighbours", "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: x\r\nProxy-Foo: x\r\nKeep-Alive: x\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n",
			200, "X-End: 1", "Hop"},
		{"no type", "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", 200, "<html>", "Content-Type"},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", 502, "", "SSH"},
		{"nothing", "", 502, "", ""},
	} {
		t.Run(try.name, func(t *testing.T) {
			checkLeaks(t)
			port := hostile(t, try.answer)
			address, _ := startEgress(t, egress.Config{Resolver: names{"a.example": always("127.0.0.1")},
				Ports: []uint16{mustPort(port)}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
			conn := dial(t, address)
			io.WriteString(conn, strings.Replace(egressRequest("http", "a.example:"+port), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
			b, err := readAll(conn)
			if got := string(b); err != nil || !strings.HasPrefix(got, fmt.Sprintf("HTTP/1.1 %d ", try.status)) || strings.Count(got, "HTTP/1.1") != 1 ||
				!strings.Contains(got, try.has) || try.hasNot != "" && strings.Contains(got, try.hasNot) || strings.Contains(got, "Proxy-") {
				t.Errorf("answered %q, %v", got, err)
			}
		})
	}
	t.Run("a body that breaks off", func(t *testing.T) {
		checkLeaks(t)
		port := hostile(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
		address, ended := startEgress(t, egress.Config{Resolver: names{"a.example": always("127.0.0.1")},
			Ports: []uint16{mustPort(port)}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		conn := dial(t, address)
		io.WriteString(conn, egressRequest("http", "a.example:"+port))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if b, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("%q was taken for the whole", b)
		}
		if r := receive(t, "a record", ended); r.Refusal == "" {
			t.Errorf("recorded as %+v", r)
		}
	})
}
