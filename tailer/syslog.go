package tailer

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
)

// Syslog receives a log from nginx's access_log syslog:server=…, a line a
// datagram, over a unix socket or UDP. Lines that hold line ends are lines all
// the same. What is sent is received at once, and waits in memory, up to 8 MiB,
// for Next.
//
// No way of logging to syslog is without loss. nginx never waits: where the
// queue of a unix socket is full (net.unix.max_dgram_qlen datagrams, 10 unless
// somebody has raised it), it writes "send() to syslog failed" to its error log
// and drops the line, and nobody else knows. UDP on the loopback has room for
// thousands of lines, and what finds none is dropped by the kernel, which
// Dropped counts: it is the one to prefer. (58,000 requests a second on two
// cores that nginx, wrk and the receiver shared: 12 % lost over a unix socket
// with a queue of 10, none over UDP.) While nobody listens, lines are lost either
// way.
//
// Next and Close belong to one goroutine; Dropped may be called from any.
type Syslog struct {
	maxLine    int
	connection net.PacketConn // owned
	raw        syscall.RawConn
	remove     func() // what Listen has made, but for the connection

	arrived chan struct{} // of one element: there may be something in queue
	taken   chan struct{} // of one element: there may be room in queue
	closed  chan struct{} // closed by Close
	ended   chan struct{} // closed when nothing is received any more
	failure error         // why; set before ended is closed

	pool   pool
	source *Source

	mu       sync.Mutex // protects what follows
	queue    []*Batch   // oldest first; the last one is being filled, and may be empty
	sequence int        // of the next batch
	end      int64      // bytes of all datagrams so far
	drops    dropCounter
}

const (
	// maxDatagram is more than a UDP datagram can hold, in bytes. What a unix
	// socket takes beyond it, 208 KiB by default, is a line that is too long.
	maxDatagram = 64 << 10

	// maxQueue bounds what waits for Next, in bytes of buffers.
	maxQueue = 8 << 20
)

// ListenSyslog listens at address: "unix:/path" or "udp:host:port", where host
// is an address of the loopback, since anybody could send lines to any other.
//
// The unix socket may be written to by all (mode 0666), since nginx writes as
// the user of its workers: who may send is for the permissions of its directory
// to say. A socket that nobody listens on any more, as a killed process leaves
// it, is replaced; anything else at path is not.
func ListenSyslog(address string, config Config) (*Syslog, error) {
	connection, remove, err := listenSyslog(address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for syslog at %q: %w", address, err)
	}
	raw, err := connection.(syscall.Conn).SyscallConn()
	if err != nil {
		connection.Close()
		remove()
		return nil, fmt.Errorf("cannot listen for syslog at %q: %w", address, err)
	}
	widenReceiveBuffer(raw)
	s := &Syslog{
		maxLine:    config.maxLine(),
		connection: connection,
		raw:        raw,
		remove:     remove,
		arrived:    make(chan struct{}, 1),
		taken:      make(chan struct{}, 1),
		closed:     make(chan struct{}),
		ended:      make(chan struct{}),
		pool:       pool{limit: config.buffers(), blockSize: max(config.blockSize(), 2*maxDatagram)},
		source:     &Source{Name: address, Size: -1, config: config},
	}
	go s.receive()
	return s, nil
}

// Next returns the next batch, whose lines are what followed each datagram's
// header, and whose Bytes are those of whole datagrams. It waits until there is
// one, or ctx ends, whose error it then returns.
//
// After Close it hands out what had been received before, whatever ctx says,
// and then returns an error that is net.ErrClosed.
func (s *Syslog) Next(ctx context.Context) (*Batch, error) {
	for {
		select {
		case <-s.ended:
			if b := s.take(); b != nil {
				return b, nil
			}
			return nil, fmt.Errorf("cannot receive at %q: %w", s.source.Name, s.failure)
		default:
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if b := s.take(); b != nil {
			return b, nil
		}
		select {
		case <-s.arrived:
		case <-s.ended:
		case <-ctx.Done():
		}
	}
}

// take returns the oldest batch that has something in it, or nil.
func (s *Syslog) take() *Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 || s.queue[0].bytes == 0 && len(s.queue[0].ends) == 0 {
		return nil
	}
	b := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	b.data = b.buffer
	tell(s.taken)
	return b
}

// tell leaves a word for whoever waits on of, or will.
func tell(of chan struct{}) {
	select {
	case of <- struct{}{}:
	default:
	}
}

// Dropped returns how many datagrams the kernel says it has dropped for want of
// room. Of a unix socket it never says so.
func (s *Syslog) Dropped() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drops.read(s.raw)
}

// Close stops listening, removes the unix socket and leaves no goroutine
// behind. What has been received stays for Next; batches that are out stay
// valid.
func (s *Syslog) Close() {
	select {
	case <-s.closed:
		return
	default:
	}
	s.Dropped() // the last time that the kernel can be asked
	close(s.closed)
	s.connection.Close() // nothing is written, so nothing can be lost by it
	<-s.ended
	s.remove()
}
