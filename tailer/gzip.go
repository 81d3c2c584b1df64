package tailer

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipReader reads the members of a gzip file one after the other: nginx
// itself writes one for each flushed buffer. Zeros behind a member are the
// padding of a block device; anything else is reported once all before it has
// been read, since gzip's own multistream mode cannot tell it from a cut.
type gzipReader struct {
	input  *bufio.Reader
	member gzip.Reader
	inside bool // a member, that is, and not between two
	began  bool // some member
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.open(); err != nil {
				return 0, err
			}
		}
		n, err := g.member.Read(p)
		if err == io.EOF {
			g.inside = false
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// open begins the next member; io.EOF where there is none.
func (g *gzipReader) open() error {
	if g.began {
		if err := g.skipPadding(); err != nil {
			return err
		}
	}
	if err := g.member.Reset(g.input); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // something was there to be a header
		}
		return err
	}
	g.member.Multistream(false)
	g.inside, g.began = true, true
	return nil
}

func (g *gzipReader) skipPadding() error {
	for {
		next, err := g.input.ReadByte()
		switch {
		case err != nil:
			return err
		case next == 0:
			continue
		case next != 0x1f:
			return errors.New("data behind the last gzip member is no gzip member; it was left out")
		}
		return g.input.UnreadByte()
	}
}

func (g *gzipReader) Close() error { return nil }
