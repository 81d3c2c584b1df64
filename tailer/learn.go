package tailer

import (
	"io"
)

// How much of a source's content decides whether it is one JSON document: what
// is read first, in bytes, and what at most. A first line beyond that which
// begins like an object is one.
const (
	firstPeek = 4 << 10
	maxPeek   = 1 << 20
)

// learn finds out what s is, unless that is known.
func (s *Source) learn() error {
	if s.known {
		return nil
	}
	encoding, err := s.peekEncoding()
	if err != nil {
		return err
	}
	s.Encoding = encoding
	content, err := s.reopen()
	if err != nil {
		return err
	}
	defer content.Close()
	s.Document = peekDocument(&limitedReader{reader: content, left: maxPeek, text: s.once != nil})
	s.known = true
	return nil
}

func (s *Source) peekEncoding() (Encoding, error) {
	raw, err := s.openRaw(true)
	if err != nil {
		return Plain, err
	}
	defer raw.Close()
	start := make([]byte, magicBytes)
	n, err := io.ReadFull(raw, start)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return Plain, withoutPath(err)
	}
	return detectEncoding(start[:n]), nil
}

// peekDocument reads as much as it takes to decide. An error ends the content
// like its end does; who reads the content will meet it again.
func peekDocument(content io.Reader) bool {
	var start []byte
	for size := firstPeek; ; size *= 4 {
		grown := make([]byte, size)
		kept := copy(grown, start)
		n, err := io.ReadFull(content, grown[kept:])
		start = grown[:kept+n]
		start = start[nulRun(start):]
		document, decided := looksLikeDocument(start, err != nil)
		if decided {
			return document
		}
		if len(start) == 0 {
			size = firstPeek / 4 // nothing but a hole so far
		}
	}
}
