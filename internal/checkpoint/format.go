package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

// The file: a magic, a byte with the version, the body as one zstd frame, and
// the xxhash of everything before it, eight bytes, little endian.
//
// The version stands for all that is in the body, snapshots of the aggregator
// included: when their version changes, this one does too, so that an older
// program does not take a newer file for a damaged one. A new version has to
// read the ones before.
const (
	magic        = "SGSTATE"
	version      = 2
	checksumSize = 8
)

// Limits of what is read, and so of what is written. States are far smaller:
// a log with every dimension full is about 10 MiB.
const (
	maxFile = 1 << 30 // bytes
	maxBody = 1 << 30 // bytes, uncompressed
)

// seal returns the file that holds body.
func seal(encoder *zstd.Encoder, body []byte) ([]byte, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("it has %d bytes, at most %d can be kept", len(body), maxBody)
	}
	file := append([]byte(magic), version)
	file = encoder.EncodeAll(body, file)
	return binary.LittleEndian.AppendUint64(file, xxhash.Sum64(file)), nil
}

// newEncoder returns the compressor of a store. A small window costs little
// memory for as long as the agent runs, and the body repeats itself closely.
func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
}

// unseal returns the body of a file. The version is looked at first: what comes
// behind it is that version's business.
func unseal(file []byte) (body []byte, err error) {
	const headerSize = len(magic) + 1
	switch {
	case len(file) > maxFile:
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	case !bytes.HasPrefix(file, []byte(magic)):
		return nil, fmt.Errorf("it does not begin with %q", magic)
	case len(file) < headerSize+checksumSize:
		return nil, fmt.Errorf("it ends after %d bytes", len(file))
	case file[len(magic)] > version:
		return nil, &VersionError{Version: int(file[len(magic)])}
	case file[len(magic)] == 0:
		return nil, errors.New("it is of version 0, which there has never been")
	}
	rest := len(file) - checksumSize
	if xxhash.Sum64(file[:rest]) != binary.LittleEndian.Uint64(file[rest:]) {
		return nil, errors.New("its checksum is wrong: it was cut off or changed")
	}
	return decompress(file[headerSize:rest], maxBody)
}

// decompress does not trust the size that a frame says it has: memory grows
// with what is there.
func decompress(packed []byte, limit int64) ([]byte, error) {
	decoder, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	body, err := io.ReadAll(io.LimitReader(decoder, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = fmt.Errorf("it holds more than %d bytes", limit)
	}
	return body, err
}
