package tailer

import "bytes"

// lineReader cuts a source into batches of whole lines.
type lineReader struct {
	feed
	maxLine int
}

// next fills b and reports whether the source goes on behind it.
func (r *lineReader) next(b *Batch) bool {
	b.maxLine = r.maxLine
	buffer := r.begin(b)
	for {
		buffer = r.fill(buffer)
		cut := bytes.LastIndexByte(buffer, '\n') + 1
		buffer = b.shrinkHole(buffer, cut)
		rest := buffer[cut:]
		switch {
		case r.isTooLong(rest):
			if rest[0] == 0 {
				rest = rest[1:]
				b.nulBytes++
			}
			b.setFlaw(TooLong, r.received-int64(len(rest)), rest)
			r.seek(afterNewline)
			r.deliver(b, buffer, buffer[:cut])
		case r.end != nil: // a last line needs no newline
			r.deliver(b, buffer, buffer)
		case cut > 0:
			r.keep(rest)
			r.deliver(b, buffer, buffer[:cut])
		default:
			buffer = r.widen(buffer, r.longest()+1+r.blockSize) // 1: a NUL byte
			continue
		}
		return r.end == nil || len(r.carry) > 0
	}
}

// isTooLong reports that the start of a line is already too much.
func (r *lineReader) isTooLong(start []byte) bool {
	if len(start) > 0 && start[0] == 0 {
		start = start[1:]
	}
	return len(start) > r.longest()
}

// longest is how many bytes of a line are kept at most. One over the limit may
// still turn out to be a "\r", which Batch.Next judges, and the head that is
// shown of a line must not depend on where blocks end.
func (r *lineReader) longest() int { return max(r.maxLine, headBytes) + 1 }
