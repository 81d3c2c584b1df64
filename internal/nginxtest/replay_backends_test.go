package nginxtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// attempt is a request that came to a server of the test, or would have, had
// anybody been listening.
type attempt struct {
	group  string // where nginx.conf has the server
	server string // as nginx writes its address
	status string // as nginx logs it
	shade  string // what nginx had passed on of $shade
}

// backends are the servers behind nginx. They count by the number that each
// request carries in a header.
type backends struct {
	addresses map[string]string // by name in replayHTTP
	groups    map[string]string // by address
	started   chan int          // numbers of requests that will hang
	ended     chan int          // of those, once nginx has given them up

	mu       sync.Mutex
	attempts map[int][]attempt // by number

	running sync.WaitGroup
	closers []func()
}

// startBackends starts all servers of replayHTTP, but nginx's own, and takes the
// ports of the dead ones.
func startBackends(t *testing.T) *backends {
	t.Helper()
	b := &backends{
		addresses: make(map[string]string),
		groups:    make(map[string]string),
		started:   make(chan int, 1),
		ended:     make(chan int, 1),
		attempts:  make(map[int][]attempt),
	}
	sockets := socketDirectory(t)
	t.Cleanup(b.stop)
	const loopback = "127.0.0.1:0"
	for _, s := range []struct {
		name, group, network, address string
		handle                        func(http.ResponseWriter, *http.Request) string
	}{
		{"app1", "app", "tcp", loopback, answer},
		{"app2", "app", "tcp", loopback, answer},
		{"app6", "app", "tcp", loopback6(t), answer},
		{"appUnix", "app", "unix", filepath.Join(sockets, "app"), answer},
		{"appUnix2", "unix", "unix", filepath.Join(sockets, "unix"), answer},
		{"six", "six", "tcp", loopback6(t), answer},
		{"failing1", "flaky", "tcp", loopback, fail},
		{"failing2", "flaky", "tcp", loopback, fail},
		{"steady", "flaky", "tcp", loopback, answer},
		{"broken", "broken", "tcp", loopback, fail},
		{"closingBackup", "abrupt", "tcp", loopback, answer},
		{"hanging1", "hanging", "tcp", loopback, b.hang},
		{"prompt", "hanging", "tcp", loopback, answer},
		{"hanging2", "stuck", "tcp", loopback, b.hang},
		{"hanging3", "slow", "tcp", loopback, b.hang},
		{"fallback", "fallback", "tcp", loopback, answer},
		{"accel", "accel", "tcp", loopback, accelerate},
		{"upgrade", "upgrade", "tcp", loopback, upgrade},
		{"asked", "", "tcp", loopback, answer}, // its attempts belong to subrequests, which are not logged
	} {
		listener := b.listen(t, s.name, s.group, s.network, s.address)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.running.Add(1)
			defer b.running.Done()
			status := s.handle(w, r)
			b.count(r, s.name, status)
		})}
		b.running.Go(func() { _ = server.Serve(listener) })
		b.closers = append(b.closers, func() {
			ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
			defer cancel()
			_ = server.Shutdown(ctx) // or what is open is cut off
			server.Close()
		})
	}
	for _, s := range []struct {
		name  string
		serve func(net.Conn)
	}{
		{"closing", b.closeWithoutAnswer},
		{"stale", b.answerOnce},
		{"ancient", b.answerWithoutHeader},
	} {
		listener := b.listen(t, s.name, map[string]string{"closing": "abrupt"}[s.name], "tcp", loopback)
		b.running.Go(func() { b.accept(listener, s.serve) })
		b.closers = append(b.closers, func() { listener.Close() })
	}
	for name, group := range map[string]string{"dead1": "app", "dead2": "slow", "dead3": "empty", "dead4": "empty", "dead5": "thin", "dead6": "thin"} {
		b.name(name, group, reservePort(t))
	}
	b.startDNS(t)
	return b
}

// name notes where a server is. One whose group has no name is a group of its own.
func (b *backends) name(name, group, address string) {
	b.addresses[name] = address
	if group == "" {
		group = name
	}
	b.groups[address] = group
}

func (b *backends) listen(t *testing.T, name, group, network, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	where := listener.Addr().String()
	if network == "unix" {
		where = "unix:" + where
	}
	b.name(name, group, where)
	return listener
}

// stop ends all servers and waits until nothing of them runs.
func (b *backends) stop() {
	for _, closer := range b.closers {
		closer()
	}
	b.closers = nil
	b.running.Wait()
}

// count notes that a request has come and how it was answered.
func (b *backends) count(r *http.Request, name, status string) {
	if name == "asked" {
		return
	}
	server := b.addresses[name]
	number, err := strconv.Atoi(r.Header.Get("X-Number"))
	if err != nil {
		number = 0 // found by the comparison: there is no such request
	}
	b.add(number, attempt{group: b.groups[server], server: server, status: status, shade: r.Header.Get("X-Shade")})
}

func (b *backends) add(number int, a attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attempts[number] = append(b.attempts[number], a)
}

// answer answers as the last element of the path says: "s404" is a status,
// "chunked" an answer of unknown length, "big" one of many packets.
func answer(w http.ResponseWriter, r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	text := fmt.Sprintf("%s with %d bytes\n", r.Method, len(body))
	status := http.StatusOK
	switch name := path.Base(r.URL.Path); {
	case name == "chunked":
		for range 3 {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		return "200"
	case name == "big":
		text = strings.Repeat(text, 10_000)
	case name == "bare":
		text = ""
	case statusOf(name) != 0:
		status = statusOf(name)
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		text = ""
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	return strconv.Itoa(status)
}

// statusOf reads "s404"; anything else is 0.
func statusOf(name string) int {
	digits, found := strings.CutPrefix(name, "s")
	status, err := strconv.Atoi(digits)
	if !found || err != nil || len(digits) != 3 {
		return 0
	}
	return status
}

// fail answers with an error, and with 502 where the path asks for none.
func fail(w http.ResponseWriter, r *http.Request) string {
	_, _ = io.Copy(io.Discard, r.Body)
	status := max(statusOf(path.Base(r.URL.Path)), http.StatusBadGateway)
	w.WriteHeader(status)
	return strconv.Itoa(status)
}

// hang waits until nginx has had enough: of the client that has gone, where the
// request is for /slow/, else by its own clock.
func (b *backends) hang(_ http.ResponseWriter, r *http.Request) string {
	number, _ := strconv.Atoi(r.Header.Get("X-Number"))
	if !strings.HasPrefix(r.URL.Path, "/slow/") {
		<-r.Context().Done()
		return "504"
	}
	b.started <- number
	<-r.Context().Done()
	b.ended <- number
	return "-"
}

// accelerate sends nginx elsewhere.
func accelerate(w http.ResponseWriter, r *http.Request) string {
	to := "/protected/hello.txt"
	switch path.Base(r.URL.Path) {
	case "missing":
		to = "/protected/missing.txt"
	case "proxied":
		to = "/inner/chunked"
	}
	w.Header().Set("X-Accel-Redirect", to)
	return "200"
}

// upgrade changes the protocol, says something in it and hangs up.
func upgrade(w http.ResponseWriter, _ *http.Request) string {
	conn, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	_, _ = stream.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\nsome words")
	_ = stream.Flush()
	return "101"
}

// accept serves connections one after the other.
func (b *backends) accept(listener net.Listener, serve func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		b.running.Go(func() {
			defer conn.Close()
			serve(conn)
		})
	}
}

func (b *backends) closeWithoutAnswer(conn net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
		b.count(r, "closing", "502")
	}
}

// answerOnce answers the first request of a connection, promises to take more,
// and hangs up on the next.
func (b *backends) answerOnce(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for _, status := range []string{"200", "502"} {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		b.count(r, "stale", status)
		if status == "502" {
			return
		}
		text := "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
		if r.Method != http.MethodHead {
			text += "fresh\n"
		}
		_, _ = io.WriteString(conn, text)
	}
}

func (b *backends) answerWithoutHeader(conn net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		b.count(r, "ancient", "200")
		_, _ = io.WriteString(conn, "plain words\n")
	}
}

// startDNS starts a name server that knows no name.
func (b *backends) startDNS(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addresses["dns"] = conn.LocalAddr().String()
	b.closers = append(b.closers, func() { conn.Close() })
	b.running.Go(func() {
		packet := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(packet)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil && n > 4 {
				packet[2] |= 0x80                        // a response
				packet[3] = packet[3]&0xf0 | 0x80 | 0x03 // there is no such name
				_, _ = conn.WriteTo(packet[:n], from)
			}
		}
	})
}

// socketDirectory returns a directory whose name is short enough for sockets.
func socketDirectory(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "ngx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

// loopback6 returns the IPv6 loopback to listen on. Where a machine has none, it
// is that of IPv4; with CI=true it has one.
func loopback6(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		listener.Close()
		return "[::1]:0"
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("there is no IPv6: ", err)
	}
	t.Log("without IPv6: ", err)
	return "127.0.0.1:0"
}

// reservePort returns an address that refuses connections until the end of the
// test: it is bound, so that nobody else gets it, and nobody listens.
func reservePort(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(socket) })
	syscall.CloseOnExec(socket)
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}
