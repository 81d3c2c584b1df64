package tailer

import (
	"errors"
	"time"
)

// identity is what the kernel knows a file by. An inode is used again as soon
// as its file is gone, often for the next file that is created, so the time of
// creation belongs to it, where the file system tells.
type identity struct {
	device, inode uint64
	born          int64 // ns since 1970; 0 where it is not known
}

// wasBornAfter reports that the file was created after moment, so that it is
// another than one with its inode that was there then.
func (i identity) wasBornAfter(moment time.Time) bool {
	return i.born != 0 && !moment.IsZero() && i.born > moment.UnixNano()
}

// fileState is what is asked of a file.
type fileState struct {
	identity
	size     int64 // bytes
	modified time.Time
	regular  bool
	folder   bool
}

// check returns why a file cannot be followed; nil where it can.
func (s fileState) check() error {
	switch {
	case s.folder:
		return errors.New("is a directory, and a log is a file")
	case !s.regular:
		return errors.New("is no regular file but a pipe, socket or device; only a file can be followed")
	}
	return nil
}
