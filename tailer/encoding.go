package tailer

import "bytes"

// Encoding is how a source is compressed.
type Encoding uint8

// The encodings that are told apart.
const (
	Plain Encoding = iota
	Gzip
	Zstd
	Bzip2
	XZ
)

// String returns the encoding's usual name.
func (e Encoding) String() string {
	return [...]string{"plain", "gzip", "zstd", "bzip2", "xz"}[e]
}

// magicBytes is how much of a source detectEncoding needs.
const magicBytes = 10

// detectEncoding tells the encoding from a source's first bytes. A magic number
// is taken as a whole, version and block header included, so that a text that
// happens to begin with "BZh" stays a text.
func detectEncoding(start []byte) Encoding {
	has := func(magic string) bool { return bytes.HasPrefix(start, []byte(magic)) }
	switch {
	case has("\x1f\x8b\x08"): // 8: deflate, the only method ever defined
		return Gzip
	case has("\x28\xb5\x2f\xfd"), isSkippableFrame(start):
		return Zstd
	case has("\xfd7zXZ\x00"):
		return XZ
	case isBzip2(start):
		return Bzip2
	}
	return Plain
}

// isSkippableFrame reports a zstd frame without content, which pzstd and
// seekable archives begin with. Its magic number has sixteen forms.
func isSkippableFrame(start []byte) bool {
	return len(start) >= 4 && start[0]&0xf0 == 0x50 && string(start[1:4]) == "\x2a\x4d\x18"
}

// isBzip2 reports "BZh", a level, and the header of a first block or of an
// empty stream's end.
func isBzip2(start []byte) bool {
	if len(start) < 10 || string(start[:3]) != "BZh" || start[3] < '1' || start[3] > '9' {
		return false
	}
	header := string(start[4:10])
	return header == "\x31\x41\x59\x26\x53\x59" || header == "\x17\x72\x45\x38\x50\x90"
}
