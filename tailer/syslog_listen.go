package tailer

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// listenSyslog opens the socket. The function that it returns removes what is
// left of it once it is closed.
func listenSyslog(address string) (connection net.PacketConn, remove func(), err error) {
	kind, where, _ := strings.Cut(address, ":")
	switch kind {
	case "unix":
		return listenUnixgram(where)
	case "udp":
		to, err := loopbackAddress(where)
		if err != nil {
			return nil, nil, err
		}
		connection, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(to))
		return connection, func() {}, err
	}
	return nil, nil, errors.New(`want "unix:/path" or "udp:127.0.0.1:5140"`)
}

// loopbackAddress reads host and port. "localhost" is 127.0.0.1, which is what
// nginx makes of it.
func loopbackAddress(text string) (netip.AddrPort, error) {
	to, err := netip.ParseAddrPort(text)
	if port, ok := strings.CutPrefix(text, "localhost:"); ok {
		to, err = netip.ParseAddrPort("127.0.0.1:" + port)
	}
	switch {
	case err != nil || to.Port() == 0:
		return to, fmt.Errorf(`%q is no address with a port, want for example "udp:127.0.0.1:5140"`, text)
	case !to.Addr().Unmap().IsLoopback():
		return to, fmt.Errorf("%q is not on the loopback, and anybody who reaches it could send lines, "+
			"want an address of this host alone, for example 127.0.0.1 or [::1]", to.Addr())
	}
	return to, nil
}

// maxUnixPath is how long the path of a unix socket may be, in bytes.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path) - 1

func listenUnixgram(path string) (connection net.PacketConn, remove func(), err error) {
	switch {
	case !filepath.IsAbs(path):
		return nil, nil, fmt.Errorf(`%q is no absolute path, want for example "unix:/run/splitgauge/log.sock"`, path)
	case len(path) > maxUnixPath:
		return nil, nil, fmt.Errorf("the path has %d bytes, a socket's may have %d", len(path), maxUnixPath)
	}
	if err := removeStale(path); err != nil {
		return nil, nil, err
	}
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, nil, err
	}
	bound, err := os.Lstat(path)
	if err == nil {
		err = os.Chmod(path, 0o666)
	}
	remove = func() {
		if now, err := os.Lstat(path); bound != nil && err == nil && os.SameFile(now, bound) {
			_ = os.Remove(path) // else the next to listen finds it stale
		}
	}
	if err != nil {
		socket.Close()
		remove()
		return nil, nil, err
	}
	return socket, remove, nil
}

var errListening = errors.New("another process listens there")

// removeStale removes a socket that nobody listens on.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("something is there that is not a socket; it is left alone")
	}
	connection, err := net.Dial("unixgram", path)
	switch {
	case err == nil:
		connection.Close()
		return errListening
	case errors.Is(err, unix.EPROTOTYPE): // for streams
		return errListening
	case !errors.Is(err, unix.ECONNREFUSED):
		return err
	}
	return os.Remove(path)
}
