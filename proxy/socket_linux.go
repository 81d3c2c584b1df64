package proxy

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// awaitSent waits until what was written to e has left this machine and was
// acknowledged, for so long at most.
func awaitSent(e *end, atMost time.Duration) {
	for wait := time.Millisecond; atMost > 0; wait *= 2 {
		unsent := 0
		err := e.raw.Control(func(fd uintptr) { unsent, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
		if err != nil || unsent == 0 {
			return
		}
		wait = min(wait, 50*time.Millisecond, atMost)
		time.Sleep(wait)
		atMost -= wait
	}
}

// gone says whether the client of a connection has closed or reset it, having
// sent nothing.
func gone(e *end) (left bool) {
	err := e.raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		left = n == 0 && err == nil || err == unix.ECONNRESET
	})
	return err != nil || left
}

// bindNoPort has the kernel choose a port at connect, when it knows the server:
// a port that is in use for another one then will do.
func bindNoPort(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	})
	if err != nil {
		return err
	}
	return failed
}

// receive reads from a socket that does not block. As it does not, the
// scheduler is not told that a system call is under way.
func receive(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
		switch errno {
		case 0:
			return int(r), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// send writes to a socket that does not block. Of one that is closed it is told
// by EPIPE alone, without a signal.
func send(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), syscall.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			return int(r), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
