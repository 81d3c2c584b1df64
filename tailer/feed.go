package tailer

import (
	"bytes"
	"io"
	"slices"
)

// feed moves the uncompressed bytes of a source into the buffers of batches,
// and keeps count of them: every byte belongs to exactly one batch.
type feed struct {
	reader    io.Reader
	blockSize int

	carry    []byte // read, but not part of a batch yet
	received int64  // bytes from reader, carry included
	spent    int64  // bytes that are part of a batch
	end      error  // nil until reader has ended: io.EOF, or why it failed
}

// begin returns b's buffer with what the batch before left over, and room for more.
func (f *feed) begin(b *Batch) []byte {
	if cap(b.buffer) < f.blockSize {
		b.buffer = make([]byte, 0, f.blockSize)
	}
	buffer := append(b.buffer[:0], f.carry...)
	f.carry = f.carry[:0]
	return buffer
}

// fill reads until buffer is full or the source has ended. Reading straight
// into a batch's buffer is what makes a plain file cost one copy, the kernel's.
func (f *feed) fill(buffer []byte) []byte {
	for idle := 0; len(buffer) < cap(buffer) && f.end == nil; {
		var n int
		n, f.end = f.reader.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		f.received += int64(n)
		if n > 0 {
			idle = 0
		} else if idle++; idle == 100 && f.end == nil {
			f.end = io.ErrNoProgress
		}
	}
	return buffer
}

// widen makes room in a full buffer, up to limit bytes in all.
func (f *feed) widen(buffer []byte, limit int) []byte {
	if len(buffer) < cap(buffer) {
		return buffer
	}
	return append(make([]byte, 0, min(2*cap(buffer), limit)), buffer...)
}

// keep leaves rest for the next batch. It may alias an earlier carry.
func (f *feed) keep(rest []byte) { f.carry = append(f.carry[:0], rest...) }

// seek drops what is read until find returns an offset behind what is looked
// for; what follows there is kept. It reports whether that was found. The
// dropped bytes are never in memory together.
func (f *feed) seek(find func(data []byte) (end int, found bool)) bool {
	for f.end == nil {
		f.carry = f.fill(slices.Grow(f.carry[:0], f.blockSize))
		if end, found := find(f.carry); found {
			f.keep(f.carry[end:])
			return true
		}
	}
	f.carry = f.carry[:0]
	return false
}

// afterNewline finds the start of the next line, for seek.
func afterNewline(data []byte) (end int, found bool) {
	end = bytes.IndexByte(data, '\n') + 1
	return end, end > 0
}

// deliver makes b the span from the end of the batch before to the carry.
func (f *feed) deliver(b *Batch, buffer, data []byte) {
	b.buffer, b.data = buffer, data
	end := f.received - int64(len(f.carry))
	b.bytes, b.End = end-f.spent, end
	f.spent = end
}

// failure returns why the source ended early; nil at its proper end.
func (f *feed) failure() error {
	if f.end == io.EOF {
		return nil
	}
	return f.end
}
