package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// LockedError says that another Store has the directory.
type LockedError struct {
	Directory string
	PID       int // of the process that has it; 0 where that cannot be told
}

// Error quotes the directory and names the process.
func (e *LockedError) Error() string {
	holder := "another process"
	if e.PID > 0 {
		holder = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("cannot use the state in %q: %s is using it; stop that one, or name another directory", e.Directory, holder)
}

// CorruptError says that there was a state and that it could not be read. It is
// kept, and the next Save begins a new one.
type CorruptError struct {
	Kept string // the path that it has been renamed to
	Err  error  // what is wrong with it
}

// Error says what is wrong and where the file is now.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("cannot read the state: %v; it is kept as %q", e.Err, e.Kept)
}

// Unwrap returns what is wrong.
func (e *CorruptError) Unwrap() error { return e.Err }

// VersionError says that a newer program has written the state. It stays where
// it is, and Save fails.
type VersionError struct {
	Path    string
	Version int // of the file
}

// Error says what can be done about it.
func (e *VersionError) Error() string {
	return fmt.Sprintf("cannot read the state %q of version %d: this program reads up to version %d; "+
		"use the one that wrote it, or move the file away to begin anew", e.Path, e.Version, version)
}

// The causes of failures, as Cause names them.
const (
	causeNoSpace    = "no_space"
	causeReadOnly   = "read_only"
	causePermission = "permission"
	causeOther      = "other"
)

// Causes returns all that Cause may return.
func Causes() []string { return []string{causeNoSpace, causeReadOnly, causePermission, causeOther} }

// Cause returns why Open, Load or Save failed, in a word: a value for a label.
func Cause(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return causeNoSpace
	case errors.Is(err, syscall.EROFS):
		return causeReadOnly
	case errors.Is(err, fs.ErrPermission):
		return causePermission
	}
	return causeOther
}
