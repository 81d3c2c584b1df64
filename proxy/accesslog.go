package proxy

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// accessLog writes a line of JSON for each connection. Lines wait in a buffer of
// bounded size, so that a writer that is slow or stuck keeps nothing else from
// going on.
type accessLog struct {
	w       io.Writer // not owned
	limit   int
	failed  func(error) // may be nil
	dropped atomic.Int64
	wake    chan struct{}

	mu     sync.Mutex
	buffer []byte
	lines  int64 // in buffer
	spare  []byte
	closed bool
}

func newAccessLog(w io.Writer, limit int, failed func(error)) *accessLog {
	return &accessLog{w: w, limit: limit, failed: failed, wake: make(chan struct{}, 1)}
}

// add takes a line down, or drops it.
func (a *accessLog) add(c *Connection) {
	a.mu.Lock()
	before := len(a.buffer)
	if before < a.limit {
		a.buffer = appendLine(a.buffer, c)
	}
	if before >= a.limit || len(a.buffer) > a.limit {
		a.buffer = a.buffer[:before]
		a.dropped.Add(1)
	} else {
		a.lines++
	}
	a.mu.Unlock()
	a.signal()
}

func (a *accessLog) signal() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run writes lines until close has been called and all are written.
func (a *accessLog) run() {
	for range a.wake {
		a.mu.Lock()
		full, lines, closed := a.buffer, a.lines, a.closed
		a.buffer, a.spare, a.lines = a.spare[:0], nil, 0
		a.mu.Unlock()
		if len(full) > 0 {
			if _, err := a.w.Write(full); err != nil {
				a.dropped.Add(lines)
				if a.failed != nil {
					a.failed(err)
				}
			}
		}
		a.mu.Lock()
		a.spare = full[:0]
		a.mu.Unlock()
		if closed {
			return
		}
	}
}

// close has run return once everything is written.
func (a *accessLog) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.signal()
}

// appendLine appends the line of a connection: under nginx's names where it has
// a variable for it, with times in seconds as nginx writes them, and, of servers
// that were tried one after the other, the list that nginx would write.
func appendLine(b []byte, c *Connection) []byte {
	b = append(b, `{"time":"`...)
	b = c.Ended.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, `","connection":"`...)
	b = append(b, c.ID...)
	b = append(b, `","remote_addr":"`...)
	if c.Source.IsValid() {
		b = c.Source.Addr().WithZone("").AppendTo(b)
		b = append(b, `","remote_port":"`...)
		b = strconv.AppendUint(b, uint64(c.Source.Port()), 10)
	} else {
		b = append(b, "unix:"...)
	}
	b = append(b, `","protocol":"TCP","status":"`...)
	b = strconv.AppendInt(b, int64(c.Reason.Status()), 10)
	b = append(b, '"')
	b = appendText(b, "listener", c.Listener)
	b = appendText(b, "pool", c.Pool)
	b = appendInt(b, "bytes_received", c.Received)
	b = appendInt(b, "bytes_sent", c.Sent)
	b = appendTime(b, "request_time", c.Total)
	b = appendTime(b, "queue_time", c.Queued)
	b = appendAttempts(b, c)
	b = appendText(b, "reason", c.Reason.String())
	b = appendText(b, "closed_by", c.ClosedBy)
	b = appendDecision(b, c)
	return append(b, "}\n"...)
}

// appendAttempts appends the lists of servers that were tried.
func appendAttempts(b []byte, c *Connection) []byte {
	b = appendInt(b, "attempts", int64(len(c.Attempts)))
	if len(c.Attempts) == 0 {
		if c.Reason == NoUpstream { // as nginx logs a group in which no server could be picked
			b = appendText(b, "upstream_addr", c.Pool)
		}
		return b
	}
	lists := []struct {
		name   string
		append func([]byte, *Attempt) []byte
	}{
		{"upstream_addr", func(b []byte, a *Attempt) []byte { return append(b, escaped(listed(a.Address))...) }},
		{"upstream_status", func(b []byte, a *Attempt) []byte {
			if a.Err != nil {
				return append(b, "502"...)
			}
			return append(b, "200"...)
		}},
		{"upstream_connect_time", func(b []byte, a *Attempt) []byte { return appendListed(b, a, a.Took) }},
		{"upstream_header_time", func(b []byte, a *Attempt) []byte { return appendListed(b, a, headerTime(a, c)) }},
		{"upstream_response_time", func(b []byte, a *Attempt) []byte { return appendSeconds(b, responseTime(a, c)) }},
	}
	for _, list := range lists {
		b = append(b, `,"`...)
		b = append(b, list.name...)
		b = append(b, `":"`...)
		for i := range c.Attempts {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = list.append(b, &c.Attempts[i])
		}
		b = append(b, '"')
	}
	return appendErrors(b, c)
}

// listed returns an address without what separates addresses in a list; only
// the path of a unix socket could have it.
func listed(address string) string {
	if !strings.ContainsAny(address, " ,") {
		return address
	}
	return strings.NewReplacer(" ", "%20", ",", "%2C").Replace(address)
}

// headerTime returns what nginx's http module would log for a server that
// answers: the time to connect and that to the first byte. A reader of such logs
// takes it for the server's latency, which it is.
func headerTime(a *Attempt, c *Connection) time.Duration {
	if c.FirstByte < 0 {
		return -1
	}
	return a.Took + c.FirstByte
}

// responseTime returns how long there was to do with a server.
func responseTime(a *Attempt, c *Connection) time.Duration {
	if a.Err != nil {
		return a.Took
	}
	return c.Ended.Sub(c.Connected) + a.Took
}

// appendErrors appends what was wrong with those attempts that failed.
func appendErrors(b []byte, c *Connection) []byte {
	if !slices.ContainsFunc(c.Attempts, func(a Attempt) bool { return a.Err != nil }) {
		return b
	}
	b = append(b, `,"upstream_error":"`...)
	for i, a := range c.Attempts {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, errorClass(a.Err)...)
	}
	return append(b, '"')
}

// appendListed appends a time of an attempt, "-" if it has none.
func appendListed(b []byte, a *Attempt, d time.Duration) []byte {
	if a.Err != nil || d < 0 {
		return append(b, '-')
	}
	return appendSeconds(b, d)
}

// appendDecision appends what the choice was made by.
func appendDecision(b []byte, c *Connection) []byte {
	d := &c.Decision
	if len(c.Attempts) == 0 {
		return b
	}
	b = appendText(b, "server", c.Server)
	b = appendText(b, "picked_by", pickedBy(d.Reason))
	b = appendFloat(b, "weight", d.Weight)
	if d.Cost != 0 {
		b = appendFloat(b, "cost", d.Cost)
	}
	if d.Other != nil {
		b = appendText(b, "other_server", d.Other.Name())
		b = appendFloat(b, "other_cost", d.OtherCost)
	}
	return b
}

// pickedBy names why a server was chosen.
func pickedBy(r balance.Reason) string {
	switch r {
	case balance.ByMark:
		return "mark"
	case balance.ByTrial:
		return "trial"
	case balance.ByPanic:
		return "panic"
	case balance.ByNeed:
		return "need"
	}
	return "policy"
}

func appendKey(b []byte, name string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	return append(b, `":`...)
}

func appendText(b []byte, name, text string) []byte {
	b = append(appendKey(b, name), '"')
	b = append(b, escaped(text)...)
	return append(b, '"')
}

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(appendKey(b, name), n, 10)
}

// appendFloat appends a number; JSON has none that is infinite.
func appendFloat(b []byte, name string, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(appendKey(b, name), "null"...)
	}
	return strconv.AppendFloat(appendKey(b, name), f, 'g', 6, 64)
}

func appendTime(b []byte, name string, d time.Duration) []byte {
	return appendSeconds(appendKey(b, name), max(0, d))
}

// appendSeconds appends a time in seconds with three decimals, as nginx does.
func appendSeconds(b []byte, d time.Duration) []byte {
	return strconv.AppendFloat(b, float64((d+time.Millisecond/2)/time.Millisecond)/1000, 'f', 3, 64)
}

// escaped returns text for the inside of a string of JSON.
func escaped(text string) string {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // a string cannot fail
			return string(quoted[1 : len(quoted)-1])
		}
	}
	return text
}
