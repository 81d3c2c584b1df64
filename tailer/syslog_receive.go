package tailer

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// receive moves datagrams into the queue until Close. It is a goroutine of its
// own because what nginx sends has no other place to wait: with all but the
// smallest delay the queue of a unix socket is full.
func (s *Syslog) receive() {
	defer close(s.ended)
	for {
		full := false
		var failure error
		err := s.raw.Read(func(descriptor uintptr) (done bool) {
			full, failure = s.drain(int(descriptor))
			return full || failure != nil
		})
		switch {
		case err != nil:
			s.failure = err
		case failure != nil:
			s.failure = failure
		}
		select {
		case <-s.closed:
			s.failure = net.ErrClosed
		default:
		}
		if s.failure != nil {
			return
		}
		select {
		case <-s.taken:
		case <-s.closed:
		}
	}
}

// drain receives what is there. It reports whether the queue is full.
func (s *Syslog) drain(descriptor int) (full bool, err error) {
	for {
		full, err := s.receiveOne(descriptor)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return false, nil
		case err != nil || full:
			return full, err
		default:
			tell(s.arrived)
		}
	}
}

// receiveOne receives one datagram, if there is one and room for it.
func (s *Syslog) receiveOne(descriptor int) (full bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.filling()
	if b == nil {
		return true, nil
	}
	// One byte more than fits tells a datagram that was cut off. read returns a
	// datagram as recv does, and allocates nothing.
	start := len(b.buffer)
	space := b.buffer[start : start+maxDatagram+1]
	size, err := unix.Read(descriptor, space)
	if err != nil {
		return false, err
	}
	datagram := space[:size]
	message := syslogMessage(datagram)
	header := size - len(message)
	if size > maxDatagram || len(message) > s.maxLine {
		b.setFlaw(TooLong, s.end+int64(header), message)
	} else {
		b.buffer = b.buffer[:start+size]
		b.starts = append(b.starts, start+header)
		b.ends = append(b.ends, start+size)
	}
	s.end += int64(size)
	b.bytes += int64(size)
	b.End = s.end
	return false, nil
}

// filling returns the batch that the next datagram goes into; nil where too
// much waits already.
func (s *Syslog) filling() *Batch {
	if last := len(s.queue) - 1; last >= 0 {
		b := s.queue[last]
		if b.flaw == Whole && cap(b.buffer)-len(b.buffer) > maxDatagram {
			return b
		}
	}
	if len(s.queue)*s.pool.blockSize >= maxQueue {
		return nil
	}
	b := s.pool.get()
	if cap(b.buffer) < s.pool.blockSize {
		b.buffer = make([]byte, 0, s.pool.blockSize)
	}
	b.Source, b.Sequence, b.End, b.document = s.source, s.sequence, s.end, true
	s.sequence++
	s.queue = append(s.queue, b)
	return b
}
