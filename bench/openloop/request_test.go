package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve has talk talk to each connection, on an address that it returns.
func serve(t *testing.T, talk func(conn *net.TCPConn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { talk(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return listener.Addr().String()
}

func readHead(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil || line == "\r\n" {
			return
		}
	}
}

func answering(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		readHead(conn)
		io.WriteString(conn, text)
		conn.Close()
	}
}

// TestOutcomes offers connections to servers that each do one thing.
func TestOutcomes(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := []struct {
		name    string
		address string
		want    outcome
	}{
		{"nobody listens", closed.Addr().String(), refused},
		{"reset at once", serve(t, func(conn *net.TCPConn) { conn.SetLinger(0); conn.Close() }), refused},
		{"closed without a word", serve(t, func(conn *net.TCPConn) { readHead(conn); conn.Close() }), refused},
		{"as wanted", serve(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Node: a\r\n\r\nhello")), good},
		{"without a length", serve(t, answering("HTTP/1.1 200 OK\r\n\r\nhello")), good},
		{"other bytes", serve(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo")), wrong},
		{"too long without a length", serve(t, answering("HTTP/1.1 200 OK\r\n\r\nhello!")), wrong},
		{"too short without a length", serve(t, answering("HTTP/1.1 200 OK\r\n\r\nhell")), wrong},
		{"cut off", serve(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")), wrong},
		{"cut off in the head", serve(t, answering("HTTP/1.1 200 OK\r\nContent-")), wrong},
		{"no HTTP", serve(t, answering("220 mail is welcome here\r\n")), wrong},
		{"other status", serve(t, answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")), status},
		{"silent", serve(t, func(conn *net.TCPConn) { time.AfterFunc(time.Second, func() { conn.Close() }) }), timeout},
	}
	body := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(body, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := offerText(t, options{url: "http://" + test.address + "/", rate: 100, duration: 30 * time.Millisecond, requests: 1,
				timeout: 400 * time.Millisecond, status: 200, body: body, header: "x-node", json: true})
			for o := outcome(0); o < outcomes; o++ {
				want := int64(0)
				if o == test.want {
					want = 3
				}
				if got := r.Outcomes[o.String()].Count; got != want {
					t.Errorf("%d %s, want %d; errors %v", got, o, want, r.Errors)
				}
			}
			if test.name == "as wanted" && (r.Values["a"] != 3 || r.Bytes != 15) {
				t.Errorf("values %v, %d bytes; want 3 of a and 15 bytes", r.Values, r.Bytes)
			}
		})
	}
}

func offerText(t *testing.T, o options) *result {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), o, nil, &out); err != nil {
		t.Fatal(err)
	}
	r := &result{}
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	return r
}

// TestWaysAgainstServer uses each way against a server that counts.
func TestWaysAgainstServer(t *testing.T) {
	sources := make(chan string, 100_000)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		sources <- host
		io.WriteString(w, "hello")
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { server.Serve(listener); close(done) }()
	defer func() { server.Close(); <-done }()
	url := "http://" + listener.Addr().String() + "/"

	r := offerText(t, options{url: url, rate: 500, duration: 200 * time.Millisecond, requests: 3, timeout: 10 * time.Second, status: 200, sources: 4, json: true})
	if got := r.Outcomes["ok"].Count; got != 300 || r.Offered != 100 || len(sources) != 300 {
		t.Errorf("%d ok on %d connections, the server counts %d; want 300 on 100", got, r.Offered, len(sources))
	}
	seen := map[string]int{}
	for len(sources) > 0 {
		seen[<-sources]++
	}
	if len(seen) != 4 || seen["127.0.0.2"] != 75 || seen["127.0.0.5"] != 75 {
		t.Errorf("sources %v, want 75 each of 127.0.0.2 to 127.0.0.5", seen)
	}

	r = offerText(t, options{url: url, clients: 20, requests: 1, duration: 200 * time.Millisecond, timeout: 10 * time.Second, status: 200, json: true})
	if got := r.Outcomes["ok"].Count; got == 0 || got != r.Offered || int(got) != len(sources) {
		t.Errorf("%d ok of %d, the server counts %d", got, r.Offered, len(sources))
	}
	for len(sources) > 0 {
		<-sources
	}
	r = offerText(t, options{url: url, clients: 20, requests: 1, rate: 200, duration: 500 * time.Millisecond, timeout: 10 * time.Second, status: 200, json: true})
	if got := r.Outcomes["ok"].Count; got < 90 || got > 110 || int(got) != len(sources) {
		t.Errorf("%d ok, the server counts %d; want about 100", got, len(sources))
	}
}

// TestHold opens connections, has the server close some, and expects to be told.
func TestHold(t *testing.T) {
	conns := make(chan net.Conn, 100)
	address := serve(t, func(conn *net.TCPConn) {
		readHead(conn)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		conns <- conn
	})
	in, release := io.Pipe()
	out, lines := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(t.Context(), options{url: "http://" + address + "/", hold: 50, duration: time.Second, timeout: 10 * time.Second, requests: 1, status: 200}, in, lines)
	}()
	decoder := json.NewDecoder(out)
	for _, want := range []held{{Held: 50}, {Held: 43, Lost: 7}} {
		var got held
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Held != want.Held || got.Lost != want.Lost {
			t.Errorf("held %d, lost %d; want %d and %d", got.Held, got.Lost, want.Held, want.Lost)
		}
		for range 7 {
			(<-conns).Close()
		}
		release.Close()
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for len(conns) > 0 {
		(<-conns).Close()
	}
}

func TestCommandLine(t *testing.T) {
	good := options{url: "http://127.0.0.1:1/", rate: 1, duration: 1, timeout: 1, requests: 1}
	tests := []struct {
		name  string
		spoil func(o *options)
		want  string
	}{
		{"no way", func(o *options) { o.rate = 0 }, "one of -rate, -clients and -hold"},
		{"two ways", func(o *options) { o.clients, o.hold = 1, 1 }, "one of -rate, -clients and -hold"},
		{"negative rate", func(o *options) { o.clients, o.rate = 1, -1 }, "-rate -1: from 0"},
		{"no time", func(o *options) { o.duration = 0 }, "-duration 0s"},
		{"no request", func(o *options) { o.requests = 0 }, "-requests 0: at least 1"},
		{"too many sources", func(o *options) { o.sources = 251 }, "-sources 251: from 0 to 250"},
		{"no port", func(o *options) { o.url = "http://127.0.0.1/" }, `-url "http://127.0.0.1/": want`},
		{"other scheme", func(o *options) { o.url = "https://127.0.0.1:1/" }, "want http://host:port/path"},
		{"more than descriptors", func(o *options) { o.hold = 1 << 29 }, "the limit of open files leaves room for"},
	}
	for _, test := range tests {
		o := good
		test.spoil(&o)
		if err := run(t.Context(), o, nil, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}
