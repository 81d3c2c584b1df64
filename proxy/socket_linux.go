package proxy

import (
	"syscall"
	"time"

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
