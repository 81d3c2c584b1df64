//go:build unix

package proxy

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// receive reads from a socket that does not block.
func receive(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		n, err := syscall.Read(int(fd), b)
		if err == nil {
			return n, 0
		}
		if err != syscall.EINTR {
			return 0, errnoOf(err)
		}
	}
}

// send writes to a socket that does not block.
func send(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		n, err := syscall.Write(int(fd), b)
		if err == nil {
			return n, 0
		}
		if err != syscall.EINTR {
			return 0, errnoOf(err)
		}
	}
}

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
