package proxy

import (
	"sync/atomic"
	"syscall"
)

// A direction copies what one side sends to the other. It belongs to one
// goroutine, but for what is atomic.
//
// Reading goes by the socket itself, not by Read of net.Conn: a buffer is taken
// only when the socket has something, so that a waiting direction holds none.
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

// step waits for bytes and writes them.
func (d *direction) step() ending {
	if err := d.src.raw.Read(d.readReady); err != nil {
		return interrupted
	}
	switch {
	case d.errno != 0:
		return srcLost
	case d.n == 0:
		return endOfStream
	}
	d.session.moved(d)
	if d.spliced != nil {
		return d.drainPipe()
	}
	how := d.write((*d.buffer)[:d.n])
	d.session.proxy.buffers.put(d.buffer)
	d.buffer = nil
	return how
}

// onReadable reads once from src: it fills buffer, or spliced, and n or errno.
// It returns false to be called again when there is something to read; then it
// holds nothing.
func (d *direction) onReadable(fd uintptr) bool {
	if d.wantsSplice() {
		if done, ok := d.spliceIn(fd); ok {
			return done
		}
	}
	buffer := d.session.proxy.buffers.get(d.large)
	n, errno := receive(fd, *buffer)
	if errno == syscall.EAGAIN {
		d.session.proxy.buffers.put(buffer)
		return false
	}
	d.n, d.errno = n, errno
	if errno != 0 || n == 0 {
		d.session.proxy.buffers.put(buffer)
		return true
	}
	d.large = n == len(*buffer) || d.large && n > smallBuffer/2
	d.buffer = buffer
	return true
}

// write writes all of b to dst.
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
	d.stalled.Store(d.session.proxy.clock.soon())
}
