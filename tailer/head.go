package tailer

import (
	"bytes"
	"errors"
	"io"
)

// Head returns the first whole lines of s, or the first records of a JSON
// document: at most maxLines of them, from about the first maxBytes bytes. They
// are copies, without line ends. Nothing is used up: a source that cannot be
// read twice is kept in memory as far as Head has read it. An empty source has
// no lines and no error. With an error, the lines are those before it.
//
// Head sets Encoding and Document.
func (s *Source) Head(maxLines, maxBytes int) (lines [][]byte, err error) {
	if err := s.learn(); err != nil {
		return nil, err
	}
	content, err := s.reopen()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	limited := &limitedReader{reader: content, left: maxBytes, text: s.once != nil}
	reader := newBatchReader(limited, s.Document, s.config)
	for more := true; more && len(lines) < maxLines; {
		b := &Batch{flawOffset: -1}
		more = reader.next(b)
		ended := more || reader.failure() == nil
		for line, defect, ok := b.Next(); ok && len(lines) < maxLines; line, defect, ok = b.Next() {
			if defect == Whole && (ended || !b.endsInside()) {
				lines = append(lines, bytes.Clone(line))
			}
		}
	}
	if err := reader.failure(); !errors.Is(err, errLimit) {
		return lines, err
	}
	return lines, nil
}

// endsInside reports that the line Next has just returned is the last of its
// batch and has no newline.
func (b *Batch) endsInside() bool {
	return !b.document && b.position == len(b.data) && len(b.data) > 0 && b.data[len(b.data)-1] != '\n'
}

// errLimit ends what Head reads.
var errLimit = errors.New("the limit of Head")

// limitedReader ends with errLimit after left bytes. A run of NUL bytes at the
// beginning is free, for what Head is after is behind it; not so where text is
// set from the start, because all that is read has to be kept.
type limitedReader struct {
	reader io.Reader
	left   int  // bytes
	text   bool // the run is over
}

func (r *limitedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLimit
	}
	if r.text {
		p = p[:min(len(p), r.left)]
	}
	n, err := r.reader.Read(p)
	hole := 0
	if !r.text {
		hole = nulRun(p[:n])
		r.text = hole < n
	}
	counted := min(n-hole, r.left)
	r.left -= counted
	return hole + counted, err
}
