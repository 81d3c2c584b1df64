package proxy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"
)

// sniffBytes is how much of what a client sends is looked at, at most.
const sniffBytes = 8 << 10

// sniff reads from the client until enough says so, the client ends, the time
// for a header is over or there is too much: the time is for all of it, however
// slowly it trickles in. It returns what the client has sent, which goes on to
// the server as it came, and whether enough has said so.
func (s *session) sniff(enough func([]byte) bool) (received []byte, ok bool) {
	received = s.request
	if enough(received) {
		return received, true
	}
	s.client.conn.SetReadDeadline(s.deadline(s.route.config.Timeouts.Header))
	defer s.clearDeadline()
	buffer := s.proxy.buffers.get(false)
	defer s.proxy.buffers.put(buffer)
	for len(received) < sniffBytes {
		n, err := s.client.conn.Read((*buffer)[:sniffBytes-len(received)])
		received = append(received, (*buffer)[:n]...)
		if enough(received) {
			return received, true
		}
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.EOF) {
				s.noteLost(client)
			}
			return received, false
		}
	}
	return received, false
}

// deadline returns the end of a time that begins now, or one gone by if the
// session has been cut off.
func (s *session) deadline(after time.Duration) time.Time {
	if s.cutReason() != unended {
		return past()
	}
	return time.Now().Add(after)
}

// clearDeadline ends the time of a read. A cut that came in between is renewed:
// it would have been cleared as well.
func (s *session) clearDeadline() {
	s.client.conn.SetReadDeadline(time.Time{})
	if s.cutReason() != unended {
		s.client.wake()
	}
}

func (s *session) noteLost(who side) {
	s.mu.Lock()
	s.lose(who)
	s.mu.Unlock()
}

// answer to a question that more bytes may be needed for.
type verdict uint8

const (
	undecided verdict = iota
	yes
	no
)

// httpMethods are what a request of HTTP/1 can be told by.
func httpMethods() [9]string {
	return [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
}

// speaksHTTP says whether what a client has sent begins a request of HTTP/1, and
// with which method. HTTP/2 and TLS are none: a text would mean nothing there.
func speaksHTTP(b []byte) (verdict, string) {
	for _, method := range httpMethods() {
		start := method + " "
		n := min(len(b), len(start))
		if string(b[:n]) != start[:n] {
			continue
		}
		if n < len(start) {
			return undecided, ""
		}
		return yes, method
	}
	return no, ""
}

// decideHTTP is what sniff needs to know whether a client speaks HTTP.
func decideHTTP(b []byte) (enough bool) {
	decided, _ := speaksHTTP(b)
	return decided != undecided
}

// decideHead is what sniff needs for the head of a request.
func decideHead(b []byte) (enough bool) {
	switch decided, _ := speaksHTTP(b); decided {
	case no:
		return true
	case yes:
		return bytes.Contains(b, []byte("\r\n\r\n"))
	}
	return false
}

// readMark finds out which server the connection is marked for.
func (s *session) readMark() bool {
	mark := &s.route.config.Mark
	if server, ok := s.route.marks.Get(s.source.Addr()); ok {
		s.mark = server
	}
	if mark.Header == "" || !s.route.config.ClientFirst || !s.route.markers.Contains(s.source.Addr()) {
		return true
	}
	// A client that is slow with its head, or does not speak HTTP, is not marked.
	// What it has sent goes on.
	s.request, _ = s.sniff(decideHead)
	if named := headerValue(s.request, mark.Header); named != "" {
		s.mark = named
	}
	return s.cutReason() == unended
}

// headerValue returns the value of a header in the head of a request, or nothing
// if it is not there, or there twice with different values.
func headerValue(request []byte, name string) (value string) {
	head, _, whole := bytes.Cut(request, []byte("\r\n\r\n"))
	if decided, _ := speaksHTTP(head); decided != yes || !whole {
		return ""
	}
	lines := bytes.Split(head, []byte("\r\n"))
	found := false
	for _, line := range lines[1:] {
		key, text, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(key, []byte(name)) {
			continue
		}
		text = bytes.Trim(text, " \t")
		if found && string(text) != value {
			return ""
		}
		value, found = string(text), true
	}
	return value
}
