package egress_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// short is a time-out that a test waits for.
const short = 200 * time.Millisecond

// receive returns what comes by a channel.
func receive[V any](t testing.TB, what string, from <-chan V) V {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
	}
	panic("not reached")
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	over := time.After(patience)
	for !so() {
		select {
		case <-over:
			t.Fatalf("not so within %v: %s", patience, what)
		case <-ticker.C:
		}
	}
}

// descriptors returns how many descriptors the process has open.
func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// checkLeaks fails the test if goroutines or descriptors are left once
// everything that the test has begun is cleaned up. It is to be called first.
func checkLeaks(t testing.TB) {
	t.Helper()
	dial, err := net.Listen("tcp", "127.0.0.1:0") // the poller's own descriptors are there from now on
	if err != nil {
		t.Fatal(err)
	}
	dial.Close()
	before := descriptors(t)
	running := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		eventually(t, "no descriptor more than before", func() bool { return descriptors(t) <= before })
		if err := goleak.Find(running); err != nil {
			t.Error(err)
		}
	})
}

func dial(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// readAll reads to the end, without the pipes that io.Copy would use.
func readAll(conn io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, struct{ io.Reader }{conn})
	return b.Bytes(), err
}
