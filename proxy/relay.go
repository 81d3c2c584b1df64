package proxy

import (
	"sync/atomic"
	"syscall"
)

// A direction copies what one side sends to the other. It belongs to one
// goroutine, but for what is atomic.
//
// It works below net.Conn, inside the callback that the poller calls when the
// source has something: there it reads, and writes to the destination what that
// takes at once, until the source has no more. So a waiting direction holds no
// buffer, and a message costs a read, a write, and a read that finds nothing.
// Only for a destination that is slow does it leave the callback and wait.
//
// An interrupted read has lost nothing and may be repeated. An interrupted
// write may not: how much of it has gone is known, but what the direction had
// promised to carry in order has been cut, so it ends the connection.
type direction struct {
	session  *session
	from     side // whose bytes it copies
	src, dst *end

	first []byte // bytes that go before anything is read from src

	bytes   atomic.Int64 // written to dst; first counts where it came from src
	stalled atomic.Int64 // since when dst has taken nothing, on the proxy's clock; 0: it takes
	flushed int64        // of bytes: already in the listener's sum; guarded by the sweep

	// What the callbacks below work on, kept here so that they need no memory.
	readReady, writeReady func(fd uintptr) bool
	buffer                *[]byte
	large                 bool // buffers are to be large
	n                     int
	errno                 syscall.Errno
	refused               bool // dst is lost, for errno
	pending               []byte
	spliced               *pipe // holds n bytes when not nil
}

// ending is how a direction ended.
type ending uint8

const (
	running     ending = iota
	endOfStream        // src sent its end, and everything before it was written
	srcLost            // src was reset, or is lost
	dstLost            // dst takes no more: it was reset, or is lost
	interrupted        // woken, by a time-out or because the other direction failed
)

// init makes d copy from src to dst.
func (d *direction) init(s *session, from side, src, dst *end) {
	d.session, d.from, d.src, d.dst = s, from, src, dst
	d.readReady, d.writeReady = d.onReadable, d.onWritable
}

// run copies until the direction ends. It is named so that a dump of goroutines
// says which ones are connections.
func (d *direction) run() ending {
	if len(d.first) > 0 {
		how := d.write(d.first)
		d.first = nil
		if how != running {
			return how
		}
	}
	for {
		if how := d.step(); how != running {
			return how
		}
	}
}

// step copies until src ends, or dst is slow, or the kernel is to copy; in the
// last two cases it copies what was read.
func (d *direction) step() ending {
	if err := d.src.raw.Read(d.readReady); err != nil {
		return interrupted
	}
	switch {
	case d.refused:
		return dstLost
	case d.spliced != nil:
		d.session.moved(d)
		return d.drainPipe()
	case d.buffer != nil:
		how := d.write(d.pending)
		d.session.proxy.buffers.put(d.buffer)
		d.buffer = nil
		return how
	case d.errno != 0:
		return srcLost
	case d.n == 0:
		return endOfStream
	}
	return running
}

// onReadable copies until src has no more, and then returns false, to be called
// again when it has; then it holds nothing. Else it returns true with one of:
// what was read and is yet to be written, in spliced or, with pending, in buffer;
// errno, of src or, with refused, of dst; n of 0 for the end; or none of
// these, for a look at the deadline.
func (d *direction) onReadable(fd uintptr) bool {
	d.n, d.errno = 1, 0
	var buffer *[]byte
	for {
		if d.wantsSplice() {
			if done, ok := d.spliceIn(fd); ok {
				d.release(buffer)
				return done
			}
		}
		buffer = d.sized(buffer)
		n, errno := receive(fd, *buffer)
		if errno == syscall.EAGAIN {
			d.release(buffer)
			return false
		}
		if d.n, d.errno = n, errno; errno != 0 || n == 0 {
			d.release(buffer)
			return true
		}
		d.large = n == len(*buffer) || d.large && n > smallBuffer/2
		d.session.moved(d)
		switch rest := d.sendNow((*buffer)[:n]); {
		case d.refused:
			d.release(buffer)
			return true
		case len(rest) > 0:
			d.buffer, d.pending = buffer, rest
			return true
		}
		if d.session.interrupted.Load() { // reading and writing as fast as this never asks the deadline
			d.release(buffer)
			return true
		}
	}
}

// sized returns a buffer as large as d wants one, given what it has; nil: none.
func (d *direction) sized(buffer *[]byte) *[]byte {
	if buffer != nil && (len(*buffer) == largeBuffer || !d.large) {
		return buffer
	}
	d.release(buffer)
	return d.session.proxy.buffers.get(d.large)
}

func (d *direction) release(buffer *[]byte) {
	if buffer != nil {
		d.session.proxy.buffers.put(buffer)
	}
}

// sendNow writes what dst takes at once, and returns the rest. If dst takes no
// more ever, it sets refused and errno: the kernel says why once only. That
// dst's descriptor is dst's all the while is since only finish closes, once both
// directions have ended.
func (d *direction) sendNow(b []byte) (rest []byte) {
	n, errno := send(d.dst.descriptor, b)
	switch errno {
	case 0:
		d.took(n)
	case syscall.EAGAIN:
	default:
		d.refused, d.errno = true, errno
	}
	return b[n:]
}

// write writes all of b to dst, and waits until it has taken it.
func (d *direction) write(b []byte) ending {
	d.pending, d.errno = b, 0
	err := d.dst.raw.Write(d.writeReady)
	d.pending = nil
	return d.written(err)
}

// written says how a write has ended.
func (d *direction) written(err error) ending {
	switch {
	case err != nil:
		return interrupted
	case d.errno != 0:
		return dstLost
	}
	return running
}

// onWritable writes what it can of pending. It returns false to be called again
// when dst takes more.
func (d *direction) onWritable(fd uintptr) bool {
	for len(d.pending) > 0 {
		n, errno := send(fd, d.pending)
		switch errno {
		case 0:
			d.pending = d.pending[n:]
			d.took(n)
		case syscall.EAGAIN:
			d.stall()
			return false
		default:
			d.errno = errno
			return true
		}
	}
	return true
}

// took counts n bytes that dst has taken.
func (d *direction) took(n int) {
	d.bytes.Add(int64(n))
	if d.stalled.Load() != 0 {
		d.stalled.Store(0)
		d.session.touch()
	}
}

// stall notes that dst takes nothing at the moment.
func (d *direction) stall() {
	if d.stalled.Load() == 0 {
		d.stalled.Store(d.session.proxy.clock.soon())
	}
}
