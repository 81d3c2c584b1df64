package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// proxied is a proxy whose connections have ended in several ways, and what it
// wrote of them.
type proxied struct {
	log   bytes.Buffer
	mu    sync.Mutex
	ended map[string]proxy.Connection // by ID
}

// hostile is a name as nobody would choose it who means well.
const hostile = "a\"b\\c\n{\x00\x7f\xff<é>, d : e"

// runProxied has connections go to a server that answers, to one that does not,
// to a pool without servers in service, and from a unix socket.
func runProxied(t *testing.T) *proxied {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup
	handlers.Go(func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			handlers.Go(func() {
				io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
				conn.Close()
			})
		}
	})
	defer handlers.Wait()
	defer server.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()

	r := &proxied{ended: map[string]proxy.Connection{}}
	path := filepath.Join(t.TempDir(), "in")
	p, err := proxy.New(proxy.Config{
		AccessLog: &r.log,
		Pools: []balance.Config{
			{Name: hostile, Policy: "round_robin", Servers: []balance.ServerConfig{
				{Name: "gone " + hostile, Address: nobody.Addr().String()}, {Name: hostile, Address: server.Addr().String()}}},
			{Name: "idle", Servers: []balance.ServerConfig{{Address: nobody.Addr().String(), Disabled: true}}},
			{Name: "gone", Servers: []balance.ServerConfig{{Address: nobody.Addr().String()}, {Address: "unix:" + path + hostile}}},
		},
		Listeners: []proxy.ListenerConfig{
			{Name: hostile, Address: "127.0.0.1:0", Pool: hostile},
			{Name: "idle", Address: "127.0.0.1:0", Pool: "idle", ClientFirst: true},
			{Name: "gone", Address: "unix:" + path, Pool: "gone"},
		},
	}, proxy.Events{Ended: func(c *proxy.Connection) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ended[c.ID] = *c
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for i, l := range p.Stats().Listeners {
		network, address := "tcp", l.Address
		if i == 2 {
			network, address = "unix", path
		}
		for range 10 {
			conn, err := net.DialTimeout(network, address, 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
			conn.(interface{ CloseWrite() error }).CloseWrite()
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return r
}

// TestProxyLogIsRead reads what a proxy writes of its connections as any other
// JSON log: every line whole, and what it says is what has happened.
func TestProxyLogIsRead(t *testing.T) {
	r := runProxied(t)
	format, err := parser.JSON(parser.Options{Values: []string{"connection"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(r.log.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != 30 || len(r.ended) != 30 {
		t.Fatalf("%d lines of %d connections, want 30", len(lines), len(r.ended))
	}
	reads := format.NewParser()
	retried := false
	for _, line := range lines {
		if !json.Valid(line) {
			t.Errorf("not JSON: %q", line)
		}
		var entry parser.Entry
		if result := reads.Parse(line, &entry); result != parser.Parsed {
			t.Errorf("read as %v: %q", result, line)
			continue
		}
		c, ok := r.ended[string(entry.Values[0])]
		if !ok {
			t.Errorf("no connection has the ID of %q", line)
			continue
		}
		if entry.Time != c.Ended.UnixMilli() || entry.Status != c.Reason.Status() || entry.BytesSent != c.Sent ||
			entry.RequestTime != c.Total.Round(time.Millisecond).Milliseconds() {
			t.Errorf("read as %+v: %q", entry, line)
		}
		if len(c.Attempts) > 0 && len(entry.Attempts) != len(c.Attempts) || entry.NoLiveUpstream != (len(c.Attempts) == 0) {
			t.Errorf("read with %d attempts of %d: %q", len(entry.Attempts), len(c.Attempts), line)
			continue
		}
		for i, a := range c.Attempts {
			got := entry.Attempts[i]
			if failed := got.Status == 502; failed != (a.Err != nil) || failed != (got.HeaderTime == parser.Absent) || got.ResponseTime < 0 {
				t.Errorf("attempt %d read as %+v: %q", i, got, line)
			}
		}
		retried = retried || entry.Retried && c.Reason == proxy.ClientFIN
	}
	if !retried {
		t.Error("no connection was tried on a second server")
	}
}
