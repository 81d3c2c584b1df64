package proxy

import (
	"net"
	"syscall"
	"time"
)

// stream is a connection that can be closed in one direction: *net.TCPConn or
// *net.UnixConn. Nothing is wrapped around it, so that its descriptor is at
// hand and what the kernel can do with it stays possible.
type stream interface {
	net.Conn
	CloseWrite() error
	SyscallConn() (syscall.RawConn, error)
}

// end is the connection of one side.
type end struct {
	conn       stream
	raw        syscall.RawConn
	descriptor uintptr // of conn, for as long as it is not closed
}

// attach makes conn the connection of e.
func (e *end) attach(conn stream) (err error) {
	e.conn = conn
	if e.raw, err = conn.SyscallConn(); err != nil {
		return err
	}
	return e.raw.Control(func(fd uintptr) { e.descriptor = fd })
}

// past is a deadline that has gone by: setting it wakes whoever waits for the
// connection.
func past() time.Time { return time.Unix(1, 0) }

// wake makes whoever waits for e return with os.ErrDeadlineExceeded, now and
// from then on. It does not close: the descriptor's number must not be given to
// somebody else while it is in use.
func (e *end) wake() {
	if e.conn != nil {
		e.conn.SetDeadline(past())
	}
}

// reset closes the connection so that the other side sees a reset, not an end
// that looks orderly. CloseWrite must not have been called: after its FIN the
// other side would take what it has for the whole.
func (e *end) reset() {
	if tcp, ok := e.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // a reset of a socket of another kind is not to be had
	}
	e.conn.Close()
}
