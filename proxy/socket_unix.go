//go:build unix

package proxy

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// errnoOf returns err as the number that it is.
func errnoOf(err error) syscall.Errno {
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EIO
}

// duplicate returns another descriptor of a listener's socket.
func duplicate(socket net.Listener) (*os.File, error) {
	switch l := socket.(type) {
	case *net.TCPListener:
		return l.File()
	case *net.UnixListener:
		l.SetUnlinkOnClose(false)
		return l.File()
	}
	return nil, fmt.Errorf("it is a %T", socket)
}
