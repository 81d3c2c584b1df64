package proxy_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

// TestNoDescriptorsLeft opens more connections than a proxy in another process
// has descriptors for. Those that it can, it serves; others it closes at once,
// and does not spin; no server is blamed; and once there is room it serves all.
func TestNoDescriptorsLeft(t *testing.T) {
	checkLeaks(t)
	server := serve(t, func(conn *net.TCPConn) {
		conn.SetDeadline(time.Now().Add(6 * patience))
		echo(conn)
	})
	c, began := startChild(t, childOrder{
		Servers: []string{server}, Limit: 20,
		// Of its own limit it knows nothing: that would keep it from ever getting here.
		Listeners: []proxy.ListenerConfig{{Name: "in", Address: "127.0.0.1:0", Pool: "pool"}},
	})
	address := began.Addresses[0]
	var conns []net.Conn
	outcomes := make(chan bool, 200)
	for range 100 {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		go func() {
			conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(conn, "x")
			_, err := io.ReadFull(conn, make([]byte, 1))
			outcomes <- err == nil
		}()
	}
	served := 0
	for range conns {
		if receive(t, "an answer or an end", outcomes) {
			served++
		}
	}
	s := c.state()
	if served == 0 || served == len(conns) || s.AcceptErrors == 0 || s.Shed == 0 {
		t.Errorf("%d of %d served, %d errors of accept, %d shed", served, len(conns), s.AcceptErrors, s.Shed)
	}
	if s.AcceptErrors > 300 { // with pauses of up to a second between
		t.Errorf("accepting failed %d times", s.AcceptErrors)
	}
	if s.Blamed != 0 {
		t.Errorf("the server was blamed %d times for what is our fault", s.Blamed)
	}
	for _, conn := range conns {
		conn.Close()
	}
	eventually(t, "none is open, nor waits to be accepted", func() bool {
		s := c.state()
		return s.Open == 0 && s.Accepted+s.Shed == int64(len(conns))
	})
	for range 30 {
		if err := call("tcp", address); err != nil {
			t.Errorf("once there is room: %v", err)
		}
	}
	eventually(t, "nothing is left", func() bool {
		s := c.state()
		return s.Open == 0 && s.Goroutines <= 8 && s.Descriptors <= began.Descriptors
	})
}
