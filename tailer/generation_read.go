package tailer

import (
	"bytes"
	"io"
)

// blockReader reads plain files in blocks that end with a line. What is read
// counts only once it has been handed out: until then, the next read begins at
// the same offset.
type blockReader struct {
	config Config
	pool   pool
}

// newBatch returns an empty batch of g.
func (r *blockReader) newBatch(g *generation) *Batch {
	b := r.pool.get()
	b.Source, b.Sequence, b.End = g.source, g.sequence, g.offset
	b.maxLine = r.config.maxLine()
	return b
}

// smallestBlock is how much room a batch has at least, in bytes. A log that is
// hardly written to must not cost a whole block.
const smallestBlock = 4 << 10

// room gives b a buffer for what is there of g.
func (r *blockReader) room(b *Batch, g *generation) []byte {
	g.mu.Lock()
	ahead := g.size - g.offset + 1
	g.mu.Unlock()
	want := min(r.config.blockSize(), int(min(max(ahead, smallestBlock), 1<<30)))
	if cap(b.buffer) < want {
		b.buffer = make([]byte, 0, want)
	}
	return b.buffer[:0]
}

// read returns the next whole lines of g, or nil where there are none yet.
// Where final is set the end of the file ends a line too. A batch has no lines
// where only a hole was there, the NUL bytes that a writer leaves whose file was
// truncated.
func (r *blockReader) read(g *generation, final bool) (*Batch, error) {
	b := r.newBatch(g)
	buffer := r.room(b, g)
	g.ends = true
	if g.scanned > g.offset {
		return r.readLong(b, buffer, g, final)
	}
	longest := max(r.config.maxLine(), headBytes) + 1 // as in lineReader
	for {
		searched := len(buffer)
		n, err := g.file.ReadAt(buffer[searched:cap(buffer)], g.offset+int64(searched))
		buffer = buffer[:searched+n]
		b.buffer = buffer
		if err != nil && err != io.EOF {
			r.pool.put(b)
			return nil, withoutPath(err)
		}
		cut := searched + bytes.LastIndexByte(buffer[searched:], '\n') + 1
		hole := 0
		if cut == searched {
			cut = 0
			hole = max(0, nulRun(buffer)-1) // one stays, so that a line of nothing else is none
		}
		switch {
		case cut > 0:
			return fill(b, g, buffer[:cut]), nil
		case hole > 0:
			b.nulBytes = int64(hole)
			b.bytes, b.End = int64(hole), g.offset+int64(hole)
			return b, nil
		case len(buffer) > longest+1 || len(buffer) > longest && buffer[0] != 0:
			g.beginLong(buffer)
			return r.readLong(b, buffer, g, final)
		case err == io.EOF && final && len(buffer) > 0:
			g.ends = false
			return fill(b, g, buffer), nil
		case err == io.EOF:
			r.pool.put(b)
			return nil, nil
		}
		if len(buffer) == cap(buffer) {
			buffer = append(make([]byte, 0, min(2*cap(buffer), longest+2+r.config.blockSize())), buffer...)
		}
	}
}

// fill makes data, the bytes of g behind its offset, the lines of b.
func fill(b *Batch, g *generation, data []byte) *Batch {
	b.bytes, b.End = int64(len(data)), g.offset+int64(len(data))
	if g.cut {
		// The line before was handed out without its end, which is here.
		data = bytes.TrimPrefix(data, []byte{'\r'})
		data = bytes.TrimPrefix(data, []byte{'\n'})
	}
	b.data = data
	return b
}

// beginLong remembers the beginning of a line that is too long to be kept.
func (g *generation) beginLong(start []byte) {
	g.scanned = g.offset + int64(len(start))
	g.longNUL = start[0] == 0
	if g.longNUL {
		start = start[1:]
	}
	g.longHead = append(g.longHead[:0], start[:min(headBytes, len(start))]...)
}

// readLong looks for the end of a line that is too long. It is handed out once,
// as its first bytes, when the end is there; what was searched is not searched
// again.
func (r *blockReader) readLong(b *Batch, buffer []byte, g *generation, final bool) (*Batch, error) {
	for {
		n, err := g.file.ReadAt(buffer[:cap(buffer)], g.scanned)
		if err != nil && err != io.EOF {
			r.pool.put(b)
			return nil, withoutPath(err)
		}
		end := bytes.IndexByte(buffer[:n], '\n')
		if end < 0 {
			g.scanned += int64(n)
		}
		switch {
		case end >= 0:
			return flaw(b, g, g.scanned+int64(end)+1), nil
		case err == io.EOF && final:
			g.ends = false
			return flaw(b, g, g.scanned), nil
		case err == io.EOF:
			r.pool.put(b)
			return nil, nil
		}
	}
}

// flaw makes b the line of g that is too long, and ends at end.
func flaw(b *Batch, g *generation, end int64) *Batch {
	start := g.offset
	if g.longNUL {
		start++
		b.nulBytes = 1
	}
	b.setFlaw(TooLong, start, g.longHead)
	b.bytes, b.End = end-g.offset, end
	return b
}
