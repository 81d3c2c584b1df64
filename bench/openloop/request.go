package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// target is what is asked, and what must come back.
type target struct {
	address  string
	keep     []byte // a request that keeps the connection
	last     []byte // one that ends it
	body     []byte // nil: any
	status   int
	header   string
	timeout  time.Duration
	requests int
	sources  []netip.Addr
	readers  sync.Pool
}

func newTarget(o options) (*target, error) {
	u, err := url.Parse(o.url)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, fmt.Errorf("-url %q: want http://host:port/path", o.url)
	}
	line := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n", u.RequestURI(), u.Host)
	t := &target{
		address: u.Host, keep: []byte(line + "\r\n"), last: []byte(line + "Connection: close\r\n\r\n"),
		status: o.status, header: o.header, timeout: o.timeout, requests: o.requests,
		readers: sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4096) }},
	}
	for i := range o.sources {
		t.sources = append(t.sources, netip.AddrFrom4([4]byte{127, 0, 0, byte(2 + i)}))
	}
	if o.body != "" {
		if t.body, err = os.ReadFile(o.body); err != nil {
			return nil, fmt.Errorf("cannot read what responses must equal: %w", err)
		}
	}
	return t, nil
}

// answer is what a request got.
type answer struct {
	outcome outcome
	status  int
	bytes   int64  // of the body
	value   string // of the header that is counted
	closes  bool   // nothing more can be asked on the connection
	err     error
}

// connection is a connection to the target.
type connection struct {
	target *target
	conn   net.Conn
}

// dial opens a connection from the source whose turn it is.
func (t *target) dial(ctx context.Context, number int64, deadline time.Time) (*connection, error) {
	dialer := net.Dialer{Deadline: deadline, KeepAlive: -1}
	if len(t.sources) > 0 {
		source := t.sources[number%int64(len(t.sources))]
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
		dialer.Control = chooseLate
	}
	conn, err := dialer.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	return &connection{t, conn}, nil
}

func (c *connection) close() { c.conn.Close() }

// idle says whether a connection is open and silent.
func (c *connection) idle() bool {
	c.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	var one [1]byte
	_, err := c.conn.Read(one[:])
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// ask sends a request and reads its response.
func (c *connection) ask(last bool, deadline time.Time) answer {
	c.conn.SetDeadline(deadline)
	request := c.target.keep
	if last {
		request = c.target.last
	}
	if _, err := c.conn.Write(request); err != nil {
		return answer{outcome: classify(err, false), err: cause(err), closes: true}
	}
	reader := c.target.readers.Get().(*bufio.Reader)
	reader.Reset(c.conn)
	defer func() {
		reader.Reset(nil)
		c.target.readers.Put(reader)
	}()
	started := false
	if _, err := reader.Peek(1); err == nil {
		started = true
	}
	a := c.target.readResponse(reader)
	switch {
	case a.err != nil:
		a.outcome, a.err, a.closes = classify(a.err, started), cause(a.err), true
	case a.status != c.target.status:
		a.outcome = status
	}
	return a
}

// errOther is a body that is not as it must be.
var errOther = errors.New("the body is another one")

// readResponse reads a response. Bodies have a length or end with the
// connection; what is not wanted of other statuses is not compared.
func (t *target) readResponse(reader *bufio.Reader) (a answer) {
	length := int64(-1)
	a.status, a.err = readStatus(reader)
	for a.err == nil {
		var line []byte
		if line, a.err = reader.ReadSlice('\n'); a.err != nil {
			break
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case strings.EqualFold(name, "Content-Length"):
			length, a.err = strconv.ParseInt(value, 10, 64)
		case strings.EqualFold(name, "Connection"):
			a.closes = strings.EqualFold(value, "close")
		case t.header != "" && strings.EqualFold(name, t.header):
			a.value = value
		}
	}
	if a.err != nil {
		return a
	}
	want := t.body
	if a.status != t.status {
		want = nil
	}
	a.closes = a.closes || length < 0
	a.bytes, a.err = readBody(reader, length, want)
	return a
}

// readStatus reads "HTTP/1.1 200 OK".
func readStatus(reader *bufio.Reader) (int, error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return 0, errors.New("what came is no HTTP")
	}
	return strconv.Atoi(string(line[9:12]))
}

var scratch = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// readBody reads length bytes, or all there are where it is negative, and
// compares them with want, unless that is nil.
func readBody(reader *bufio.Reader, length int64, want []byte) (n int64, err error) {
	if want != nil && length >= 0 && length != int64(len(want)) {
		return 0, errOther
	}
	buffer := scratch.Get().(*[64 << 10]byte)
	defer scratch.Put(buffer)
	for length < 0 || n < length {
		part := buffer[:]
		if length >= 0 && length-n < int64(len(part)) {
			part = part[:length-n]
		}
		got, err := reader.Read(part)
		if want != nil && (n+int64(got) > int64(len(want)) || !bytes.Equal(part[:got], want[n:n+int64(got)])) {
			return n, errOther
		}
		n += int64(got)
		if err == io.EOF && length < 0 {
			break
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, err
		}
	}
	if want != nil && n != int64(len(want)) {
		return n, errOther
	}
	return n, nil
}

// classify says what an error means, before or after the first byte of a
// response.
func classify(err error, started bool) outcome {
	var netError net.Error
	for _, own := range []error{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.ENOBUFS, context.Canceled} {
		if errors.Is(err, own) {
			return failed
		}
	}
	switch {
	case errors.As(err, &netError) && netError.Timeout():
		return timeout
	case started:
		return wrong
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return refused
	}
	return failed
}

// cause returns an error without addresses and ports, of which there are too
// many to count.
func cause(err error) error {
	var number syscall.Errno
	var netError net.Error
	switch {
	case errors.As(err, &number):
		return number
	case errors.As(err, &netError) && netError.Timeout():
		return os.ErrDeadlineExceeded
	}
	return err
}
