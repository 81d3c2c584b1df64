package proxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

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

// running is a proxy that runs.
type running struct {
	*proxy.Proxy
	t     testing.TB
	ended chan proxy.Connection
	stop  context.CancelFunc
	done  chan struct{}
}

// start runs a proxy until the test ends.
func start(t testing.TB, config proxy.Config, events proxy.Events) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan proxy.Connection, 10_000), done: make(chan struct{})}
	if events.Ended == nil {
		events.Ended = func(c *proxy.Connection) {
			select {
			case r.ended <- *c:
			default:
			}
		}
	}
	p, err := proxy.New(config, events)
	if err != nil {
		t.Fatal(err)
	}
	r.Proxy = p
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.done)
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(r.end)
	return r
}

// end stops the proxy and waits for it.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	receive(r.t, "the end of Run", r.done)
}

// address returns where the i-th listener listens.
func (r *running) address(i int) string { return r.Stats().Listeners[i].Address }

// dial connects to the first listener.
func (r *running) dial() *net.TCPConn {
	r.t.Helper()
	return dial(r.t, r.address(0))
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

// next returns the record of the next connection that ended.
func (r *running) next() proxy.Connection {
	r.t.Helper()
	return receive(r.t, "the end of a connection", r.ended)
}

// serve runs a server until the test ends, and returns its address.
func serve(t testing.TB, handle func(*net.TCPConn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, listener, handle)
	return listener.Addr().String()
}

func serveOn(t testing.TB, listener net.Listener, handle func(*net.TCPConn)) {
	var handlers sync.WaitGroup
	handlers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handlers.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(patience))
				handle(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		handlers.Wait()
	})
}

// echo answers with what it is sent. It copies by hand: for two sockets io.Copy
// would use a pipe that the runtime keeps open.
func echo(conn *net.TCPConn) { io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}) }

// one is the configuration of a listener before servers.
func one(servers ...string) proxy.Config {
	pool := balance.Config{Name: "pool", Policy: "round_robin"}
	for _, address := range servers {
		pool.Servers = append(pool.Servers, balance.ServerConfig{Address: address})
	}
	return proxy.Config{
		Pools:     []balance.Config{pool},
		Listeners: []proxy.ListenerConfig{{Name: "in", Address: "127.0.0.1:0", Pool: "pool"}},
		DrainTime: 5 * time.Second,
	}
}

// noise returns n bytes that do not repeat.
func noise(seed uint64, n int) []byte {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	b := make([]byte, n)
	rand.NewChaCha8(key).Read(b)
	return b
}

// same fails unless got is want.
func same(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if len(got) != len(want) || sha256.Sum256(got) != sha256.Sum256(want) {
		n := 0
		for n < min(len(got), len(want)) && got[n] == want[n] {
			n++
		}
		t.Errorf("%s: %d bytes, want %d; the first %d are the same", what, len(got), len(want), n)
	}
}

// readAll reads to the end, or to a reset, and returns the error of that.
func readAll(conn io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, struct{ io.Reader }{conn})
	return b.Bytes(), err
}

// isReset says whether err is of a connection that was reset.
func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}

// closedPort returns an address where nobody listens, nor will before the test
// has ended: it is taken, by a socket that does not.
func closedPort(t testing.TB) string {
	t.Helper()
	_, address := boundSocket(t)
	return address
}

// boundSocket returns a socket with an address of its own, open until the test
// ends.
func boundSocket(t testing.TB) (fd int, address string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
}
