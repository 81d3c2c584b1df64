//go:build unix

package proxy

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoOf returns err as the number that it is.
func errnoOf(err error) syscall.Errno {
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EIO
}

// duplicate returns another descriptor of a listener's socket. It is not made
// by the listener's File, whose Fd, as os/exec calls it, has the socket block:
// not that descriptor alone but the socket, so that accepting here would, too.
func duplicate(socket net.Listener) (*os.File, error) {
	if l, ok := socket.(*net.UnixListener); ok {
		l.SetUnlinkOnClose(false)
	}
	raw, err := socket.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	var copied int
	var failed error
	if err := raw.Control(func(fd uintptr) { copied, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, os.NewSyscallError("fcntl", failed)
	}
	return os.NewFile(uintptr(copied), addressText(socket.Addr())), nil
}

// waiting says whether connections wait to be accepted.
func waiting(socket net.Listener) (some bool) {
	raw, err := socket.(syscall.Conn).SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		polled := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(polled, 0)
		some = err == nil && n == 1 && polled[0].Revents&unix.POLLIN != 0
	})
	return err == nil && some
}
