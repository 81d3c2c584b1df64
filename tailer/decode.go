package tailer

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
)

// compressedBlock is how much compressed data is read at once, in bytes. The
// decoders themselves ask for a few bytes at a time.
const compressedBlock = 64 << 10

// newDecoder returns the uncompressed content of raw, which begins at a
// source's first byte. A decoder uses memory for one window of at most
// maxWindow bytes and runs in the caller's goroutine.
func newDecoder(raw io.Reader, encoding Encoding, maxWindow int64) (io.ReadCloser, error) {
	if encoding == Plain {
		return io.NopCloser(raw), nil
	}
	buffered := bufio.NewReaderSize(raw, compressedBlock)
	var decoder io.ReadCloser
	var err error
	switch encoding {
	case Gzip:
		decoder = &gzipReader{input: buffered}
	case Zstd:
		decoder, err = newZstdReader(buffered, maxWindow)
	case Bzip2:
		decoder = io.NopCloser(bzip2.NewReader(buffered))
	case XZ:
		decoder, err = newXZReader(buffered, maxWindow)
	}
	if err != nil {
		return nil, explainEnd(err, encoding)
	}
	return &decoderErrors{decoder, encoding}, nil
}

// decoderErrors explains the errors of a decoder.
type decoderErrors struct {
	io.ReadCloser
	encoding Encoding
}

func (d *decoderErrors) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = explainEnd(err, d.encoding)
	}
	return n, err
}

// explainEnd says what an early end means for a compressed file: nothing else
// is as common, and "unexpected EOF" says it to few.
func explainEnd(err error, encoding Encoding) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("unexpected end of the %v data; the file was cut off or is still being written: %w", encoding, err)
	}
	return err
}

// errWindow refuses a compressed stream that needs too much memory.
func errWindow(what string, size, limit int64) error {
	return fmt.Errorf("needs %s of %s, and the limit is %s; compress it again with a smaller one or raise the limit",
		what, byteSize(size), byteSize(limit))
}
