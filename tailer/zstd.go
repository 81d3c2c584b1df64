package tailer

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// newZstdReader reads any number of frames, skippable ones among them. One
// goroutine decodes, the caller's: the reader behind an Archive is one of
// several workers, and a second one for itself would take a core from them.
func newZstdReader(input *bufio.Reader, maxWindow int64) (io.ReadCloser, error) {
	if err := checkZstdWindow(input, maxWindow); err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(input,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(max(maxWindow, zstd.MinWindowSize))))
	if err != nil {
		return nil, err
	}
	return &zstdReader{decoder, maxWindow}, nil
}

// checkZstdWindow refuses a first frame with too large a window by name and
// number. Later frames are refused by the decoder, which does not say the size.
func checkZstdWindow(input *bufio.Reader, maxWindow int64) error {
	start, _ := input.Peek(zstd.HeaderMaxSize) // what is missing is the decoder's to report
	var header zstd.Header
	if err := header.Decode(start); err != nil || header.Skippable {
		return nil
	}
	window := header.WindowSize
	if header.SingleSegment {
		window = header.FrameContentSize
	}
	if window > uint64(maxWindow) {
		return errWindow("a zstd window", int64(window), maxWindow)
	}
	return nil
}

type zstdReader struct {
	decoder   *zstd.Decoder
	maxWindow int64
}

func (z *zstdReader) Read(p []byte) (int, error) {
	n, err := z.decoder.Read(p)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = fmt.Errorf("a frame needs a larger zstd window than the limit of %s: %w", byteSize(z.maxWindow), err)
	}
	return n, err
}

func (z *zstdReader) Close() error {
	z.decoder.Close()
	return nil
}
