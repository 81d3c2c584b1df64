package proxy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// TestLineIsJSON writes lines with any names and numbers that there may be: each
// is one line, and an object of JSON.
func TestLineIsJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	errs := []error{nil, syscall.ECONNREFUSED, errNotResolved, errors.New("\"\n")}
	rapid.Check(t, func(t *rapid.T) {
		c := Connection{
			ID: "0000000000000001", Listener: text.Draw(t, "listener"), Pool: text.Draw(t, "pool"), Server: text.Draw(t, "server"),
			Ended: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "ended"), 0), FirstByte: time.Duration(rapid.Int64().Draw(t, "first")),
			Total: time.Duration(rapid.Int64().Draw(t, "total")), Received: rapid.Int64().Draw(t, "received"),
			Reason: Reasons()[rapid.IntRange(0, len(Reasons())-1).Draw(t, "reason")], ClosedBy: "client",
			Decision: balance.Decision{Weight: rapid.Float64().Draw(t, "weight"), Cost: rapid.Float64().Draw(t, "cost")},
		}
		if rapid.Bool().Draw(t, "tcp") {
			c.Source = netip.MustParseAddrPort("[fe80::1%\"\n]:1")
		}
		for range rapid.IntRange(0, 3).Draw(t, "attempts") {
			c.Attempts = append(c.Attempts, Attempt{Address: text.Draw(t, "address"), Took: time.Duration(rapid.Int64().Draw(t, "took")),
				Err: rapid.SampledFrom(errs).Draw(t, "error")})
		}
		line := appendLine(nil, &c)
		if bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("not one line: %q", line)
		}
		var read struct {
			Listener string
			Attempts int
			Weight   float64
		}
		if err := json.Unmarshal(line, &read); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if want := strings.ToValidUTF8(c.Listener, "\ufffd"); len(read.Listener) == 0 != (len(want) == 0) || read.Attempts != len(c.Attempts) {
			t.Fatalf("read %+v of %q", read, line)
		}
	})
}

// FuzzHeader holds the PROXY header's reader against somebody else's: whatever
// it takes for a header the other one takes too, of the same size; and however
// the bytes come in, the outcome is the same.
func FuzzHeader(f *testing.F) {
	for _, seed := range []string{
		"PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\nbody", "PROXY UNKNOWN\r\n", "PROXY TCP6 ::1 ::2 1 2\r\n", "GET / HTTP/1.1\r\n\r\n",
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02body", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00",
		"\r\n\r\n\x00\r\nQUIT\n\x21\x31\x00\x00", "PROXY \r\n", "P", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size, ok := headerSize(b)
		if size < 0 || size > len(b) || size > maxHeaderV2 {
			t.Fatalf("size %d of %d bytes", size, len(b))
		}
		decided := false
		for n := range b { // of what has come so far, nothing else may be said
			early, stillOK := headerSize(b[:n])
			decided = decided || early > 0 || !stillOK
			if decided && (early != size || stillOK != ok) {
				t.Fatalf("after %d bytes %d, %v; after all %d, %v", n, early, stillOK, size, ok)
			}
			if decided {
				break
			}
		}
		if size == 0 {
			return
		}
		source, _, err := parseHeader(b[:size])
		if err != nil {
			return
		}
		reader := bufio.NewReaderSize(bytes.NewReader(b), 1<<17)
		header, err := proxyproto.Read(reader)
		if err != nil {
			t.Fatalf("taken for a header, which it is not: %v", err)
		}
		if rest := len(b) - size; reader.Buffered() != rest && rest > 0 {
			t.Fatalf("%d bytes are left of it, want %d", reader.Buffered(), rest)
		}
		if source.IsValid() && header.Command.IsLocal() {
			t.Fatalf("a sender's own connection has the source %v", source)
		}
	})
}

// FuzzHeaderValue holds the reading of a marking header against net/http: a name
// that it does not find, we may not find either.
func FuzzHeaderValue(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\nX-Upstream: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nx-upstream:\tb \r\nX-Upstream: b\r\n\r\nX-Upstream: c\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX-Upstream: a\r\nX-Upstream: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX-Upstream: a\r\n", "PRI * HTTP/2.0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		value := headerValue(b, "X-Upstream")
		if value == "" {
			return
		}
		request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil { // what is wrong with the request is for the server to say
			return
		}
		for _, other := range request.Header.Values("X-Upstream") {
			if strings.TrimSpace(other) != strings.TrimSpace(value) && !strings.ContainsAny(value, "\r\n") {
				t.Fatalf("read %q of %q", value, request.Header.Values("X-Upstream"))
			}
		}
	})
}

// TestRefusalText is a whole response, whatever the explanation.
func TestRefusalText(t *testing.T) {
	for _, reason := range []Reason{NoUpstream, DialFailed, LocalFault, QueueTimeout} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			b := httpRefusal(reason, method, "id", "No server of pool \"\u00e9\" could be reached.")
			response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), &http.Request{Method: method})
			if err != nil {
				t.Fatal(err)
			}
			var body bytes.Buffer
			if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != reason.Status() || !response.Close {
				t.Errorf("%v: %v %v %v", reason, response.Status, response.Close, err)
			}
			if method == http.MethodHead == (body.Len() > 0) || response.ContentLength <= 0 {
				t.Errorf("%v by %s: a body of %d, length %d", reason, method, body.Len(), response.ContentLength)
			}
		}
	}
}

// TestClockIsNeverEarly keeps the sweep from running for a while: what happened
// meanwhile must not seem to be that long ago.
func TestClockIsNeverEarly(t *testing.T) {
	const tick = 10 * time.Millisecond
	c := newClock(tick)
	now := c.moved
	touched := c.soon()
	for range 100 {
		now = now.Add(tick)
		c.move(now, tick)
	}
	if quiet := time.Duration(c.now() - touched); quiet < 97*tick || quiet > 100*tick {
		t.Errorf("%v since a second ago", quiet)
	}
	now = now.Add(time.Second) // it did not run; just before it does, something happens
	touched = c.soon()
	if quiet := time.Duration(c.move(now, tick) - touched); quiet > 0 {
		t.Errorf("%v since just now", quiet)
	}
}

// stuckWriter takes what it is given once it is let.
type stuckWriter struct {
	begun, let chan struct{}
	written    bytes.Buffer
}

func (w *stuckWriter) Write(b []byte) (int, error) {
	w.begun <- struct{}{}
	<-w.let
	return w.written.Write(b)
}

// TestLogOfAStuckWriter drops lines rather than wait or grow, counts them, and
// writes whole lines alone.
func TestLogOfAStuckWriter(t *testing.T) {
	w := &stuckWriter{begun: make(chan struct{}), let: make(chan struct{})}
	log := newAccessLog(w, 10_000, nil)
	done := make(chan struct{})
	go func() { defer close(done); log.run() }()
	c := Connection{ID: "0000000000000001", Reason: ClientFIN, ClosedBy: "client", FirstByte: -1}
	log.add(&c)
	<-w.begun // with the first line
	const more = 1000
	for range more {
		log.add(&c)
	}
	if size := len(log.buffer); size > 10_000 {
		t.Errorf("%d bytes wait", size)
	}
	log.close()
	w.let <- struct{}{}
	<-w.begun
	w.let <- struct{}{}
	<-done
	lines := bytes.Split(bytes.TrimSuffix(w.written.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines)+int(log.dropped.Load()) != 1+more || log.dropped.Load() == 0 {
		t.Errorf("%d lines written and %d dropped, of %d", len(lines), log.dropped.Load(), 1+more)
	}
	for _, line := range lines {
		if !json.Valid(line) {
			t.Fatalf("not JSON: %q", line)
		}
	}
}
