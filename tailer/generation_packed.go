package tailer

import (
	"bytes"
	"io"
)

// unpacking reads a compressed file, which is complete.
type unpacking struct {
	content io.ReadCloser // nil until it is read
	lines   *lineReader
	ended   bool
	err     error // why it ended early, until that has been returned
}

// readPacked returns the next lines of a compressed file; nil where it has
// ended. An error is why it ended early.
func (r *blockReader) readPacked(g *generation) (*Batch, error) {
	p := g.packed
	if !p.ended && p.lines == nil {
		p.err = r.unpack(g)
		p.ended = p.err != nil
	}
	if p.ended {
		err := p.err
		p.err = nil
		return nil, err
	}
	b := r.newBatch(g)
	if p.ended = !p.lines.next(b); p.ended {
		p.err = p.lines.failure()
	}
	if b.bytes == 0 && b.flaw == Whole {
		r.pool.put(b)
		return r.readPacked(g)
	}
	if g.cut {
		b.data = bytes.TrimPrefix(bytes.TrimPrefix(b.data, []byte{'\r'}), []byte{'\n'})
	}
	return b, nil
}

// unpack begins a compressed file at its offset, which lies in what is
// uncompressed: everything before it is uncompressed and dropped.
func (r *blockReader) unpack(g *generation) error {
	start := make([]byte, magicBytes)
	n, err := g.file.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return withoutPath(err)
	}
	raw := io.NewSectionReader(g.file, 0, 1<<62)
	content, err := newDecoder(raw, detectEncoding(start[:n]), r.config.maxWindow())
	if err != nil {
		return err
	}
	g.packed.content = content
	if _, err := io.CopyN(io.Discard, content, g.offset); err != nil {
		return err
	}
	g.packed.lines = &lineReader{
		feed:    feed{reader: content, blockSize: r.config.blockSize(), received: g.offset, spent: g.offset},
		maxLine: r.config.maxLine(),
	}
	return nil
}

func (p *unpacking) close() {
	if p.content != nil {
		p.content.Close()
		p.content = nil
	}
	p.ended = true
}
