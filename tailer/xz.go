package tailer

import (
	"bufio"
	"errors"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// Sizes and numbers of the xz file format, version 1.2.1, sections 2.1 and 3.1.
const (
	xzStreamHeader   = 12
	xzMaxBlockHeader = 1024
	xzLZMA2          = 0x21
)

// newXZReader reads any number of xz streams. The dictionary is checked where
// the first block asks for it; writers use one size throughout a file. A file
// made to ask for more later gets address space, of which it can fill only as
// much as it unpacks to.
func newXZReader(input *bufio.Reader, maxWindow int64) (io.ReadCloser, error) {
	start, _ := input.Peek(xzStreamHeader + xzMaxBlockHeader) // may be less
	if size, ok := xzDictionary(start); ok && size > maxWindow {
		return nil, errWindow("an xz dictionary", size, maxWindow)
	}
	// The decoder takes the larger of this and what the file asks for, so the
	// least it accepts is asked for here.
	decoder, err := xz.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(input)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(decoder), nil
}

// xzDictionary returns the size in bytes of the dictionary that the first
// block of a stream needs. Where the header is not one this understands, that
// is for the decoder to refuse.
func xzDictionary(stream []byte) (size int64, ok bool) {
	if len(stream) <= xzStreamHeader || stream[xzStreamHeader] == 0 { // 0: an index, so no block
		return 0, false
	}
	header := stream[xzStreamHeader:]
	headerSize := (int(header[0]) + 1) * 4
	if len(header) < headerSize {
		return 0, false
	}
	flags := header[1]
	fields := xzFields{rest: header[2 : headerSize-4]} // without its checksum
	if flags&0x40 != 0 {
		fields.number() // compressed size
	}
	if flags&0x80 != 0 {
		fields.number() // uncompressed size
	}
	for range flags&0x03 + 1 {
		filter := fields.number()
		properties := fields.bytes(fields.number())
		if fields.err != nil {
			return 0, false
		}
		if filter == xzLZMA2 && len(properties) == 1 {
			size, err := lzma.DecodeDictCap(properties[0])
			return size, err == nil
		}
	}
	return 0, false
}

// xzFields takes apart the fields of a block header. After an error everything
// is empty.
type xzFields struct {
	rest []byte
	err  error
}

var errXZField = errors.New("xz block header ends inside a field")

// number reads seven bits a byte, the lowest first.
func (f *xzFields) number() uint64 {
	var value uint64
	for i := 0; i < 9 && i < len(f.rest); i++ {
		value |= uint64(f.rest[i]&0x7f) << (7 * i)
		if f.rest[i]&0x80 == 0 {
			f.rest = f.rest[i+1:]
			return value
		}
	}
	f.rest, f.err = nil, errXZField
	return 0
}

func (f *xzFields) bytes(count uint64) []byte {
	if count > uint64(len(f.rest)) {
		f.rest, f.err = nil, errXZField
		return nil
	}
	taken := f.rest[:count]
	f.rest = f.rest[count:]
	return taken
}
