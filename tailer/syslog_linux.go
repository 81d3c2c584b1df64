package tailer

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveBuffer is what is asked for a socket's buffer, in bytes: a second of
// 20,000 lines of 300 bytes, each of which the kernel counts as about 800.
const receiveBuffer = 16 << 20

// widenReceiveBuffer takes what it gets: more than net.core.rmem_max is for
// CAP_NET_ADMIN alone. It does nothing for a unix socket, whose datagrams count
// against their sender.
func widenReceiveBuffer(raw syscall.RawConn) {
	_ = raw.Control(func(descriptor uintptr) {
		if unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			_ = unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
}

// dropCounter follows the kernel's count of the datagrams that it had no room
// for, which has 32 bits.
type dropCounter struct {
	last  uint32
	total int64
}

// read returns how many there have been, as far as can be told: what it
// returned before, once the socket is closed.
//
// SO_MEMINFO knows of each drop at once. SO_RXQ_OVFL, the other way to ask,
// tells it with the next datagram that is not dropped, so of the last ones
// never.
func (c *dropCounter) read(raw syscall.RawConn) int64 {
	_ = raw.Control(func(descriptor uintptr) {
		const drops = 8 // SK_MEMINFO_DROPS in linux/sock_diag.h
		var info [drops + 1]uint32
		size := uint32(unsafe.Sizeof(info))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, descriptor, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 && uintptr(size) == unsafe.Sizeof(info) {
			c.total += int64(info[drops] - c.last)
			c.last = info[drops]
		}
	})
	return c.total
}
