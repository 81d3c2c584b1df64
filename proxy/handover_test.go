package proxy_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/splitgauge/splitgauge/proxy"
)

// callers connect to an address again and again, and want an answer each time.
type callers struct {
	t      testing.TB
	stop   chan struct{}
	all    sync.WaitGroup
	served atomic.Int64
	failed atomic.Int64
}

func callAgain(t testing.TB, network, address string, n int) *callers {
	c := &callers{t: t, stop: make(chan struct{})}
	for range n {
		c.all.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				default:
				}
				if err := call(network, address); err != nil {
					if c.failed.Add(1) < 5 {
						t.Errorf("after %d calls: %v", c.served.Load(), err)
					}
				}
				c.served.Add(1)
			}
		})
	}
	t.Cleanup(c.end)
	return c
}

// end has them finish the calls that they are at.
func (c *callers) end() {
	select {
	case <-c.stop:
	default:
		close(c.stop)
	}
	c.all.Wait()
}

// more waits for n more calls.
func (c *callers) more(n int64) {
	c.t.Helper()
	until := c.served.Load() + n
	eventually(c.t, "calls are answered", func() bool { return c.served.Load() >= until })
}

// call connects, sends a word and wants it back.
func call(network, address string) error {
	conn, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "hello"); err != nil {
		return err
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		return err
	}
	got, err := readAll(conn)
	if err == nil && string(got) != "hello" {
		err = fmt.Errorf("got %q", got)
	}
	return err
}

// TestHandOver hands the sockets to another process and ends, while clients
// connect all the time: none of them may notice.
func TestHandOver(t *testing.T) {
	checkLeaks(t)
	path := filepath.Join(t.TempDir(), "in")
	server := serve(t, echo)
	config := one(server)
	config.Listeners = append(config.Listeners, proxy.ListenerConfig{Address: "unix:" + path, Pool: "pool"})
	p := start(t, config, proxy.Events{})
	address := p.address(0)
	byTCP, byUnix := callAgain(t, "tcp", address, 2), callAgain(t, "unix", path, 2)
	long := p.dial()
	io.WriteString(long, "begun ")
	byTCP.more(50)
	byUnix.more(50)
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	handed := make([]*os.File, len(files))
	for i, f := range files {
		if f.Address != config.Listeners[i].Address || i == 0 && f.Name != "in" {
			t.Errorf("handed over %q of address %q", f.Name, f.Address)
		}
		handed[i] = f.File
	}
	second, _ := startChild(t, childOrder{Servers: []string{server}, Listeners: config.Listeners}, handed...)
	for _, f := range files {
		f.File.Close()
	}
	byTCP.more(50)
	p.stop()
	byTCP.more(50)
	io.WriteString(long, "and ended") // what was open goes on while the first one drains
	long.CloseWrite()
	if got, err := readAll(long); err != nil || string(got) != "begun and ended" {
		t.Errorf("the connection that was open: %q, %v", got, err)
	}
	receive(t, "the end of the first proxy", p.done)
	byTCP.more(100)
	byUnix.more(100)
	byTCP.end()
	byUnix.end()
	if s := second.state(); s.Accepted < 200 {
		t.Errorf("the second proxy accepted %d", s.Accepted)
	}
	second.end()
	if n := byTCP.failed.Load() + byUnix.failed.Load(); n != 0 {
		t.Errorf("%d of %d calls failed", n, byTCP.served.Load()+byUnix.served.Load())
	}
}

// TestListenerOptions looks at the sockets as the kernel sees them.
func TestListenerOptions(t *testing.T) {
	checkLeaks(t)
	p := start(t, one(serve(t, echo)), proxy.Events{})
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	defer files[0].File.Close()
	fd := int(files[0].File.Fd()) // which must not have the proxy's own socket block
	for _, option := range []struct {
		name        string
		level, what int
		want        int
	}{
		{"protocol, which is not multipath TCP", unix.SOL_SOCKET, unix.SO_PROTOCOL, unix.IPPROTO_TCP},
		{"SO_REUSEPORT", unix.SOL_SOCKET, unix.SO_REUSEPORT, 0},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0},
	} {
		if got, err := unix.GetsockoptInt(fd, option.level, option.what); err != nil || got != option.want {
			t.Errorf("%s: %d, %v; want %d", option.name, got, err, option.want)
		}
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("the socket blocks: flags %#x, %v", flags, err)
	}
	if err := call("tcp", p.address(0)); err != nil {
		t.Error(err)
	}
}

// TestGivenListener is run on a socket that somebody else has opened, with a
// connection in its backlog.
func TestGivenListener(t *testing.T) {
	checkLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	early := dial(t, listener.Addr().String())
	config := one(serve(t, echo))
	config.Listeners[0].Address, config.Listeners[0].Listener = listener.Addr().String(), listener
	bad := config
	bad.Pools = nil
	if _, err := proxy.New(bad, proxy.Events{}); err == nil {
		t.Fatal("a listener without a pool is taken")
	}
	p := start(t, config, proxy.Events{}) // the failure has not closed it
	talk(t, early)
	config.Listeners[0].Listener = nil // known by its address
	if err := p.Reload(config); err != nil {
		t.Fatal(err)
	}
	talk(t, p.dial())
}

// TestStaleSocket has a file of a unix socket in the way: one that nobody
// listens on is replaced, one in use, or a file of another kind, is not.
func TestStaleSocket(t *testing.T) {
	checkLeaks(t)
	path := filepath.Join(t.TempDir(), "in")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	config := one(serve(t, echo))
	config.Listeners[0].Address = "unix:" + path
	if _, err := proxy.New(config, proxy.Events{}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("a socket in use: %v", err)
	}
	left.Close()
	start(t, config, proxy.Events{})
	if err := call("unix", path); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	config.Listeners[0].Address = "unix:" + file
	if _, err := proxy.New(config, proxy.Events{}); err == nil {
		t.Error("a file that is no socket is taken for one")
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "kept" {
		t.Errorf("the file: %q, %v", text, err)
	}
}
