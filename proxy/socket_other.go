//go:build unix && !linux

package proxy

import (
	"syscall"
	"time"
)

// awaitSent cannot be told here what has been sent, and does not wait.
func awaitSent(*end, time.Duration) {}

// gone does not look.
func gone(*end) bool { return false }

func bindNoPort(_, _ string, _ syscall.RawConn) error { return nil }

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
