package proxy_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

// soakTime is how long the soak goes on.
func soakTime() time.Duration {
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		return 15 * time.Minute
	}
	return 20 * time.Second
}

// soakTimeouts are short, so that every one of them ends connections.
func soakTimeouts() proxy.Timeouts {
	return proxy.Timeouts{Connect: time.Second, Header: 500 * time.Millisecond, Idle: time.Second,
		HalfClosed: 500 * time.Millisecond, Write: time.Second, Lifetime: 3 * time.Second}
}

// soakOrder is a proxy with all that it has to offer, before servers of which
// some fail.
func soakOrder(t testing.TB) childOrder {
	moody := serve(t, func(conn *net.TCPConn) {
		conn.SetDeadline(time.Now().Add(time.Minute))
		switch rand.IntN(5) {
		case 0:
			conn.SetLinger(0) // and is closed at once
		case 1:
			io.ReadFull(conn, make([]byte, 3))
			conn.SetLinger(0)
		case 2: // stays half open
			io.WriteString(conn, "hel")
			drop(conn)
			<-time.After(time.Second)
		case 3: // ends first
			io.WriteString(conn, "hel")
			conn.CloseWrite()
			drop(conn)
		default:
			echo(conn)
		}
	})
	in := proxy.ListenerConfig{Name: "in", Address: "127.0.0.1:0", Pool: "pool", ClientFirst: true, Timeouts: soakTimeouts(), SpliceAfter: 128 << 10,
		Gate: proxy.GateConfig{Deny: prefixes("127.0.0.9/32"), Connections: 1000}, Queue: proxy.QueueConfig{Connections: 20, Length: 6, Timeout: 300 * time.Millisecond}}
	behind := in
	behind.Name, behind.AcceptProxy, behind.SendProxy = "behind", prefixes("127.0.0.0/8"), 2
	return childOrder{Servers: []string{serve(t, echo), serve(t, echo), moody, closedPort(t)}, Listeners: []proxy.ListenerConfig{in, behind}}
}

// soaker makes connections of all kinds.
type soaker struct {
	t         testing.TB
	addresses []string
	random    *rand.Rand
	data      []byte
	calls     *atomic.Int64
}

// once makes one connection, whatever becomes of it; bytes that come back must
// be those that were sent.
func (s *soaker) once() {
	source := "127.0.0.1"
	if s.random.IntN(10) == 0 {
		source = "127.0.0.9"
	}
	at := s.random.IntN(len(s.addresses))
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}, Timeout: patience}
	dialled, err := d.Dial("tcp", s.addresses[at])
	if err != nil {
		return
	}
	defer dialled.Close()
	s.calls.Add(1)
	conn := dialled.(*net.TCPConn)
	conn.SetDeadline(time.Now().Add(patience))
	if at == 1 {
		io.WriteString(conn, []string{"PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n", "PROXY UNKNOWN\r\n", "PROXY TCP", "nonsense\r\n"}[s.random.IntN(4)])
	}
	switch kind := s.random.IntN(100); {
	case kind < 70:
		s.exchange(conn, 1+s.random.IntN(3000))
	case kind < 75:
		s.exchange(conn, 1<<20)
	case kind < 85:
		conn.Write(s.data[:1000])
		conn.SetLinger(0)
	case kind < 87:
		conn.CloseWrite()
		readAll(conn)
	case kind < 89: // silent
		readAll(conn)
	case kind < 90: // sends much and reads nothing
		for range 64 {
			if _, err := conn.Write(s.data); err != nil {
				return
			}
		}
	default:
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		io.ReadFull(conn, make([]byte, 10))
	}
}

// exchange sends n bytes and wants them back, as far as anything comes.
func (s *soaker) exchange(conn *net.TCPConn, n int) {
	var sending sync.WaitGroup
	sending.Go(func() { conn.Write(s.data[:n]); conn.CloseWrite() })
	got, _ := readAll(conn)
	sending.Wait()
	if !bytes.HasPrefix(s.data[:n], got) && !bytes.HasPrefix(got, []byte("hel")) && !bytes.HasPrefix(got, []byte("HTTP/1.1 50")) &&
		!bytes.Contains(got, []byte("\r\n\r\n\x00\r\nQUIT\n")) { // an echo of the header that servers are sent
		s.t.Errorf("got %d bytes that are not among the %d sent: %.40q", len(got), n, got)
	}
}

// TestSoak has a proxy in a process of its own serve connections of all kinds,
// one after the other, for a while, and looks each second at what it holds:
// that must be as much at the end as at the beginning.
func TestSoak(t *testing.T) {
	checkLeaks(t)
	c, began := startChild(t, soakOrder(t))
	stop := make(chan struct{})
	var clients sync.WaitGroup
	var calls atomic.Int64
	for n := range 24 {
		s := &soaker{t: t, addresses: began.Addresses, random: rand.New(rand.NewPCG(uint64(n), 1)), data: noise(11, 1<<20), calls: &calls}
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s.once()
				}
			}
		})
	}
	samples := c.watch(soakTime())
	close(stop)
	clients.Wait()
	eventually(t, "none is open", func() bool { return c.state().Open == 0 })
	writeSoak(t, samples, calls.Load())
	checkFlat(t, samples)
	quiet := c.state()
	if quiet.Goroutines > 12 || quiet.Descriptors > began.Descriptors+2*64 { // pipes are kept
		t.Errorf("at rest %d goroutines and %d descriptors; at first %d", quiet.Goroutines, quiet.Descriptors, began.Descriptors)
	}
	for _, reason := range []string{"client_fin", "upstream_fin", "client_reset", "upstream_reset", "idle", "half_closed", "proxy_header"} {
		if quiet.Reasons[reason] == 0 {
			t.Errorf("no connection ended for %s: %v", reason, quiet.Reasons)
		}
	}
	if last := c.end(); last.Open != 0 || last.Goroutines > 6 {
		t.Errorf("after its end: %+v", last)
	}
	t.Logf("%d connections, %v", calls.Load(), quiet.Reasons)
}

// watch asks for the state each second.
func (c *child) watch(long time.Duration) (samples []childState) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for range int(long / time.Second) {
		<-ticker.C
		samples = append(samples, c.state())
	}
	return samples
}

// checkFlat compares what is held in the last quarter with the second one; the
// first is for pools and heaps to get as large as they need.
func checkFlat(t *testing.T, samples []childState) {
	t.Helper()
	quarter := len(samples) / 4
	most := func(of []childState) int64 {
		most := int64(0)
		for _, s := range of {
			most = max(most, s.Resident)
		}
		return most
	}
	before, after := most(samples[quarter:2*quarter]), most(samples[3*quarter:])
	if after > before*5/4+4<<20 {
		t.Errorf("memory has grown from %d to %d bytes", before, after)
	}
	const spare = 100 // the numbers of one state are not of quite the same moment
	for i, s := range samples {
		if s.Goroutines > 2*s.Open+spare || s.Descriptors > 2*s.Open+2*64+spare {
			t.Errorf("after %d s %d connections have %d goroutines and %d descriptors", i+1, s.Open, s.Goroutines, s.Descriptors)
		}
	}
}

// writeSoak writes the samples down, and plots them where documentation is to
// be updated.
func writeSoak(t *testing.T, samples []childState, calls int64) {
	t.Helper()
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"second", "resident", "goroutines", "descriptors", "open", "accepted"})
	for i, s := range samples {
		w.Write([]string{strconv.Itoa(i + 1), strconv.FormatInt(s.Resident, 10), strconv.Itoa(s.Goroutines), strconv.Itoa(s.Descriptors),
			strconv.Itoa(s.Open), strconv.FormatInt(s.Accepted, 10)})
	}
	w.Flush()
	name := filepath.Join(t.ArtifactDir(), "soak.csv")
	if err := os.WriteFile(name, table.Bytes(), 0o644); err != nil {
		t.Error(err)
	}
	if os.Getenv("SPLITGAUGE_UPDATE") == "" {
		return
	}
	title := fmt.Sprintf("%v of soak, %d connections", time.Duration(len(samples))*time.Second, calls)
	if err := os.WriteFile("../docs/proxy-soak.svg", soakPlot(title, samples), 0o644); err != nil {
		t.Error(err)
	}
}
