package tailer

import (
	"io"

	"github.com/cespare/xxhash/v2"
)

// maxFingerprint is how much of a file's beginning tells it from others, in
// bytes. Every line of a log has a time in it, so that a KiB is no other log's.
const maxFingerprint = 1 << 10

// fingerprintOf returns the fingerprint of a file that begins with head.
func fingerprintOf(head []byte) Fingerprint {
	head = head[:min(len(head), maxFingerprint)]
	return Fingerprint{Length: len(head), Sum: xxhash.Sum64(head)}
}

// fits reports that a file which begins with head may be the one that p was
// taken of, when that was no longer than it is now.
func (p Fingerprint) fits(head []byte) bool {
	if p.Length <= 0 {
		return true
	}
	return p.Length <= len(head) && xxhash.Sum64(head[:p.Length]) == p.Sum
}

// readHead reads as much of a file's beginning as a fingerprint may cover.
func readHead(file io.ReaderAt, buffer *[maxFingerprint]byte) ([]byte, error) {
	n, err := file.ReadAt(buffer[:], 0)
	if err == io.EOF {
		err = nil
	}
	return buffer[:n], err
}
