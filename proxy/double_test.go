package proxy_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// recorder counts failures instead of failing the test.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, format)
}

// naive is the proxy that this one is to replace: two copies, one channel, and
// whichever copy ends first closes both connections. The other copy's goroutine
// then waits for ever to say that it has ended too; released ends that, so that
// only the test which wants to see it does.
func naive(t testing.TB, server string, released chan struct{}) (address string) {
	return serve(t, func(in *net.TCPConn) {
		out, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		done := make(chan struct{})
		relay := func(to, from net.Conn) {
			io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from})
			select {
			case done <- struct{}{}:
			case <-released:
			}
		}
		go relay(out, in)
		go relay(in, out)
		<-done
		in.Close()
		out.Close()
	})
}

// TestMatrixCatchesTheNaiveProxy plays scenes over the naive proxy: the checks
// of the matrix must see that bytes are missing, and that a goroutine is left.
func TestMatrixCatchesTheNaiveProxy(t *testing.T) {
	for _, sc := range scenes() {
		if sc.name != "client ends first" && sc.name != "server ends first" {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			checkLeaks(t)
			released := make(chan struct{})
			seen := &recorder{TB: t}
			served := make(chan struct{})
			server := serve(t, func(conn *net.TCPConn) {
				defer close(served)
				sc.server(&stage{TCPConn: conn, t: seen})
			})
			address := naive(t, server, released)
			before := goleak.IgnoreCurrent()
			c := &stage{TCPConn: dial(t, address), t: seen}
			sc.client(c)
			c.Close()
			receive(t, "the server's end", served)
			if len(seen.failures) == 0 {
				t.Error("no byte was found to be missing")
			}
			if err := goleak.Find(before); err == nil {
				t.Error("no goroutine was found to be left")
			}
			close(released)
		})
	}
}

// TestLeakCheckSeesDescriptors holds that what checkLeaks counts does grow with
// a connection that is forgotten.
func TestLeakCheckSeesDescriptors(t *testing.T) {
	checkLeaks(t)
	before := descriptors(t)
	conn, err := net.DialTimeout("tcp", serve(t, echo), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if descriptors(t) <= before {
		t.Error("an open connection is no descriptor more")
	}
	conn.Close()
}
