package tailer

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// SourceError says that a source could not be read, or not to its end.
type SourceError struct {
	Source *Source // of a failure of Discover only the Name is set
	Offset int64   // uncompressed bytes that were read, and count
	Err    error
}

// Error quotes the name and, where reading had begun, says how far it got.
func (e *SourceError) Error() string {
	if e.Offset == 0 {
		return fmt.Sprintf("cannot read %q: %v", e.Source.Name, e.Err)
	}
	return fmt.Sprintf("cannot read %q beyond byte %d (uncompressed): %v", e.Source.Name, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// withoutPath takes the operation and the path off a file system error, since
// SourceError names the file already.
func withoutPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}

// byteSize writes a number of bytes as a person would, when that is exact.
func byteSize(size int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB"}
	unit := 0
	for unit < len(units)-1 && size >= 1024 && size%1024 == 0 {
		size /= 1024
		unit++
	}
	return strconv.FormatInt(size, 10) + " " + units[unit]
}
