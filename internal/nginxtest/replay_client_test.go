package nginxtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// query is a request as the test's clients make it.
type query struct {
	method   string // GET if empty
	location string // first element of the path; the request's number is the second
	rest     string // of the path, after the number and a slash
	args     string // more of the query
	user     string // for the splits over the query; none if empty
	cookie   string // for the split over a cookie; none if empty
	version  string // HTTP/1.1 if empty; "0.9" sends no header
	header   []string
	body     string

	// moved tells that nginx goes on with another URI, so that it forgets the
	// query and, but for HEAD, the method.
	moved bool
	// early tells that $shade is known before that.
	early bool
	// hasty tells that $tone is known before its key is.
	hasty bool
	// status is what nginx logs for a client that cannot know it.
	status int
}

// exchange is a request that was made, and what its client saw.
type exchange struct {
	query
	number  int
	client  string // $remote_addr
	line    string // the request line as it was sent
	unread  bool   // nginx could make no request of it
	aborted bool   // the client has gone
	wire    int64  // bytes that came
	head    int64  // of those, the final response's header
}

// clients make requests and note them.
type clients struct {
	t *testing.T

	mu        sync.Mutex
	number    int
	exchanges []*exchange
}

// clientTimeout is longer than nginx takes for anything here.
const clientTimeout = 60 * time.Second

// begin notes a request before it is made.
func (c *clients) begin(client string, q query) *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	e := &exchange{query: q, number: c.number, client: client}
	if e.method == "" {
		e.method = "GET"
	}
	e.line = e.method + " " + e.target()
	if e.version != "0.9" {
		e.line += " " + e.protocol()
	}
	c.exchanges = append(c.exchanges, e)
	return e
}

func (e *exchange) protocol() string {
	if e.version == "" {
		return "HTTP/1.1"
	}
	return "HTTP/" + e.version
}

func (e *exchange) target() string {
	target := fmt.Sprintf("/%s/%d/%s", e.location, e.number, e.rest)
	var args []string
	if e.user != "" {
		args = append(args, "user="+e.user)
	}
	if e.args != "" {
		args = append(args, e.args)
	}
	if len(args) > 0 {
		target += "?" + strings.Join(args, "&")
	}
	return target
}

// headers are the lines of the header, in pairs of name and value.
func (e *exchange) headers() []string {
	lines := []string{"X-Number: " + strconv.Itoa(e.number)}
	if e.cookie != "" {
		lines = append(lines, "Cookie: theme=dark; uid="+e.cookie)
	}
	return append(lines, e.header...)
}

// text is the request as it goes over the wire.
func (e *exchange) text() string {
	if e.version == "0.9" {
		return e.line + "\r\n"
	}
	lines := append([]string{e.line, "Host: front.test"}, e.headers()...)
	if e.body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(e.body)))
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + e.body
}

// dial connects from an address of loopback, or from any where that is empty.
func (c *clients) dial(from, network, to string) net.Conn {
	dialer := net.Dialer{Timeout: clientTimeout}
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	conn, err := dialer.Dial(network, to)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(clientTimeout)); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// countingReader counts what is read through it.
type countingReader struct {
	io.Reader
	count int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.count += int64(n)
	return n, err
}

// rawClient speaks HTTP by hand, over one connection.
type rawClient struct {
	*clients
	address string
	dial    func() net.Conn
	conn    net.Conn
	counter *countingReader
	reader  *bufio.Reader
}

// raw connects to nginx from an address of loopback.
func (c *clients) raw(from, to string) *rawClient {
	return c.rawOver(from, func() net.Conn { return c.dial(from, "tcp", to) })
}

// rawUnix connects to nginx over a socket.
func (c *clients) rawUnix(to string) *rawClient {
	return c.rawOver("unix:", func() net.Conn { return c.dial("", "unix", to) })
}

func (c *clients) rawOver(address string, dial func() net.Conn) *rawClient {
	r := &rawClient{clients: c, address: address, dial: dial}
	r.open()
	return r
}

func (r *rawClient) open() {
	r.conn = r.dial()
	r.counter = &countingReader{Reader: r.conn}
	r.reader = bufio.NewReader(r.counter)
}

func (r *rawClient) close() { r.conn.Close() }

func (r *rawClient) send(text string) {
	if _, err := io.WriteString(r.conn, text); err != nil {
		r.t.Errorf("cannot send %.60q: %v", text, err)
	}
}

// used returns how many bytes have been read and used.
func (r *rawClient) used() int64 { return r.counter.count - int64(r.reader.Buffered()) }

// do makes a request and waits for the answer. The connection stays open, if
// nginx keeps it.
func (r *rawClient) do(q query) *exchange {
	e := r.begin(r.address, q)
	r.send(e.text())
	r.receive(e)
	return e
}

// doAll makes requests without waiting for an answer in between.
func (r *rawClient) doAll(queries ...query) {
	var exchanges []*exchange
	var text strings.Builder
	for _, q := range queries {
		e := r.begin(r.address, q)
		exchanges = append(exchanges, e)
		text.WriteString(e.text())
	}
	r.send(text.String())
	for _, e := range exchanges {
		r.receive(e)
	}
}

// receive reads one response, and the provisional ones before it.
func (r *rawClient) receive(e *exchange) {
	start := r.used()
	for {
		before := r.used()
		response, err := http.ReadResponse(r.reader, &http.Request{Method: e.method})
		if err != nil {
			r.t.Errorf("no response to %.60q: %v", e.line, err)
			return
		}
		e.head = r.used() - before
		if response.StatusCode == http.StatusContinue {
			continue
		}
		e.status = response.StatusCode
		if response.StatusCode != http.StatusSwitchingProtocols {
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				r.t.Errorf("response to %.60q: %v", e.line, err)
			}
		} else if _, err := io.Copy(io.Discard, r.reader); err != nil {
			r.t.Errorf("after the change of protocol: %v", err)
		}
		e.wire = r.used() - start
		if response.Close {
			r.close()
			r.open()
		}
		return
	}
}

// last makes a request on a connection that nginx closes afterwards, and reads
// to its end. Where there is no header, the query has the status.
func (r *rawClient) last(q query, text string) *exchange {
	e := r.begin(r.address, q)
	if text == "" {
		text = e.text()
	}
	r.send(text)
	r.drain(e)
	return e
}

// odd sends something that is no request; line is its first line. nginx answers
// with an error, or as the status says.
func (r *rawClient) odd(text string, status int) *exchange {
	e := r.begin(r.address, query{status: status})
	e.line, _, _ = strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	e.line = strings.TrimSuffix(e.line, "\r")
	e.unread = true
	r.send(text)
	if status == http.StatusBadRequest { // the rest will not come, which nginx has to be told
		_ = r.conn.(*net.TCPConn).CloseWrite()
	}
	r.drain(e)
	r.close()
	return e
}

// drain reads all that comes.
func (r *rawClient) drain(e *exchange) {
	received, err := io.ReadAll(r.reader)
	if err != nil {
		r.t.Errorf("response to %.60q: %v", e.line, err)
	}
	e.wire = int64(len(received))
	if e.status == 0 {
		e.status, e.head = statusLine(received)
	}
	if e.status == 0 {
		r.t.Errorf("no status in the response %.60q to %.60q", received, e.line)
	}
}

// statusLine returns the status and the size of a response's header.
func statusLine(response []byte) (status int, head int64) {
	end := bytes.Index(response, []byte("\r\n\r\n"))
	fields := strings.Fields(string(response[:max(0, end)]))
	if end < 0 || len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/1.") {
		return 0, 0
	}
	status, _ = strconv.Atoi(fields[1])
	return status, int64(end + 4)
}

// abort makes a request to a server that hangs, and goes once it does.
func (r *rawClient) abort(b *backends, q query) {
	q.status = 499
	e := r.begin(r.address, q)
	e.aborted = true
	r.send(e.text())
	for _, step := range []struct {
		done chan int
		then func()
	}{{b.started, r.close}, {b.ended, func() {}}} {
		select {
		case number := <-step.done:
			if number != e.number {
				r.t.Errorf("request %d hangs, want %d", number, e.number)
			}
			step.then()
		case <-time.After(clientTimeout):
			r.t.Fatalf("the server for %q neither starts nor ends", e.line)
		}
	}
}

// webClient is net/http's, with connections that are kept.
type webClient struct {
	*clients
	address string
	client  http.Client
	to      string

	mu       sync.Mutex
	received []byte // since the last request
}

// web returns a client at an address of loopback.
func (c *clients) web(from, to string) *webClient {
	w := &webClient{clients: c, address: from, to: to}
	dialer := net.Dialer{Timeout: clientTimeout, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	w.client = http.Client{
		Timeout: clientTimeout,
		Transport: &http.Transport{
			DisableCompression: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, address)
				return &recordedConn{conn, w}, err
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

// recordedConn keeps what its client receives.
type recordedConn struct {
	net.Conn
	client *webClient
}

func (c *recordedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.client.mu.Lock()
	defer c.client.mu.Unlock()
	c.client.received = append(c.client.received, p[:n]...)
	return n, err
}

func (w *webClient) close() { w.client.CloseIdleConnections() }

// do makes a request and waits for the answer.
func (w *webClient) do(q query) *exchange {
	e := w.begin(w.address, q)
	w.mu.Lock()
	w.received = nil
	w.mu.Unlock()
	if err := w.try(e); err != nil {
		w.t.Errorf("no response to %.60q: %v", e.line, err)
		return e
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e.wire = int64(len(w.received))
	var status int
	if status, e.head = statusLine(w.received); status != e.status {
		w.t.Errorf("%.60q: status %d on the wire, %d by net/http", e.line, status, e.status)
	}
	return e
}

func (w *webClient) try(e *exchange) error {
	var body io.Reader
	if e.body != "" {
		body = strings.NewReader(e.body)
	}
	request, err := http.NewRequest(e.method, "http://"+w.to+e.target(), body)
	if err != nil {
		return err
	}
	for _, line := range e.headers() {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return errors.New("a header without a value")
		}
		request.Header.Set(name, value)
	}
	response, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	e.status = response.StatusCode
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
