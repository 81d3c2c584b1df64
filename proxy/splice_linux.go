package proxy

import (
	"sync"

	"golang.org/x/sys/unix"
)

// A pipe is what splice moves bytes through. Its size is the kernel's default,
// 64 KiB: asking for more is refused from the 65th pipe of an unprivileged user
// on, who from then on gets pipes of 8 KiB.
type pipe struct{ read, write int }

// spliceAtOnce is how many bytes are asked for at once: what a pipe holds.
const spliceAtOnce = 64 << 10

// pipes are kept for use again, up to a number in all. A direction has one from
// when the socket has something to when that is written, as with buffers.
type pipes struct {
	mu     sync.Mutex
	free   []*pipe
	open   int
	limit  int
	closed bool
}

func newPipes(limit int) *pipes { return &pipes{limit: limit} }

// get returns a pipe without anything in it, or nil.
func (p *pipes) get() *pipe {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		last := p.free[n-1]
		p.free = p.free[:n-1]
		return last
	}
	if p.open >= p.limit || p.closed {
		return nil
	}
	var fds [2]int
	if unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK) != nil {
		return nil
	}
	p.open++
	return &pipe{read: fds[0], write: fds[1]}
}

// put takes an empty pipe back.
func (p *pipes) put(used *pipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.discardLocked(used)
		return
	}
	p.free = append(p.free, used)
}

// discard closes a pipe that may have something in it.
func (p *pipes) discard(used *pipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.discardLocked(used)
}

func (p *pipes) discardLocked(used *pipe) {
	unix.Close(used.read)
	unix.Close(used.write)
	p.open--
}

// close closes what is free, and what comes back from now on.
func (p *pipes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, unused := range p.free {
		p.discardLocked(unused)
	}
	p.free = nil
}

// made returns how many pipes are open, two descriptors each.
func (p *pipes) made() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// wantsSplice says whether d is a bulk transfer by now.
func (d *direction) wantsSplice() bool {
	after := d.session.route.config.SpliceAfter
	return after > 0 && d.large && d.bytes.Load() >= after
}

// spliceIn moves what src has into a pipe. ok false: it cannot, and bytes are to
// be copied.
func (d *direction) spliceIn(fd uintptr) (done, ok bool) {
	through := d.session.proxy.pipes.get()
	if through == nil {
		return false, false
	}
	for {
		// Without SPLICE_F_MORE: it makes the other socket wait for more, up to 200 ms
		// at the end of a message (golang.org/issue/10948).
		n, err := unix.Splice(int(fd), nil, through.write, nil, spliceAtOnce, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			d.session.proxy.pipes.put(through)
			return false, true
		case err == unix.EINVAL: // not a socket that can
			d.session.proxy.pipes.put(through)
			d.large = false
			return false, false
		case err != nil:
			d.session.proxy.pipes.put(through)
			d.n, d.errno = 0, errnoOf(err)
			return true, true
		}
		d.n, d.errno = int(n), 0
		if n == 0 {
			d.session.proxy.pipes.put(through)
			return true, true
		}
		d.spliced = through
		return true, true
	}
}

// drainPipe writes to dst what the pipe holds.
func (d *direction) drainPipe() ending {
	d.errno = 0
	how := d.written(d.dst.raw.Write(d.onPipeReady))
	if how == running {
		d.session.proxy.pipes.put(d.spliced)
	} else {
		d.session.proxy.pipes.discard(d.spliced) // what is left in it must not reach anybody else
	}
	d.spliced = nil
	return how
}

// onPipeReady is onWritable for a pipe.
func (d *direction) onPipeReady(fd uintptr) bool {
	for d.n > 0 {
		n, err := unix.Splice(d.spliced.read, nil, int(fd), nil, d.n, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		switch err {
		case nil:
			d.n -= int(n)
			d.took(int(n))
		case unix.EINTR:
		case unix.EAGAIN:
			d.stall()
			return false
		default:
			d.errno = errnoOf(err)
			return true
		}
	}
	return true
}
