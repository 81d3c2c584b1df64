package proxy_test

import (
	"io"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/splitgauge/splitgauge/proxy"
)

// socketsOf returns the descriptors of this process that are connected sockets
// with a port on their own side or on the other one. Tests, proxy and servers
// are one process here, so that those of all of them are among these.
func socketsOf(t *testing.T, own, other int) (fds []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	port := func(address unix.Sockaddr, err error) int {
		if v4, ok := address.(*unix.SockaddrInet4); ok && err == nil {
			return v4.Port
		}
		return 0
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		peer := port(unix.Getpeername(fd))
		if peer != 0 && (own == 0 || port(unix.Getsockname(fd)) == own) && (other == 0 || peer == other) {
			fds = append(fds, fd)
		}
	}
	return fds
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return addr.Port
}

// TestConnectionOptions looks at both connections of a session as the kernel
// sees them: keep-alive probes as configured, also on a socket that was given,
// and nothing held back to be sent with more.
func TestConnectionOptions(t *testing.T) {
	for _, every := range []time.Duration{0, 40 * time.Second} {
		for _, given := range []bool{false, true} {
			checkLeaks(t)
			server := serve(t, echo)
			config := one(server)
			l := &config.Listeners[0]
			l.Dial.KeepAlive = every
			if given {
				listener, err := net.Listen("tcp", l.Address)
				if err != nil {
					t.Fatal(err)
				}
				l.Listener = listener
			}
			p := start(t, config, proxy.Events{})
			conn := p.dial()
			io.WriteString(conn, "x")
			io.ReadFull(conn, make([]byte, 1))
			fds := append(socketsOf(t, portOf(t, p.address(0)), 0), socketsOf(t, 0, portOf(t, server))...)
			if len(fds) != 2 {
				t.Fatalf("%d sockets, want one of each side", len(fds))
			}
			for _, fd := range fds {
				on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
				if err != nil || (on != 0) != (every > 0) {
					t.Errorf("every %v, given %v: SO_KEEPALIVE is %d, %v", every, given, on, err)
				}
				for _, option := range []int{unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL} {
					if seconds, _ := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, option); every > 0 && seconds != int(every/time.Second) {
						t.Errorf("every %v, given %v: option %d is %d s", every, given, option, seconds)
					}
				}
				if now, _ := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); now != 1 {
					t.Errorf("TCP_NODELAY is %d", now)
				}
			}
			conn.Close()
			p.end()
		}
	}
}
