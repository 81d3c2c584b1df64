package tailer

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// stateOf returns the state of the file behind a name; of a symbolic link, that
// of what it leads to where follow is set.
func stateOf(name string, follow bool) (fileState, error) {
	flags := 0
	if !follow {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	return statx(unix.AT_FDCWD, name, flags)
}

// stateOfOpen returns the state of an open file.
func stateOfOpen(file *os.File) (fileState, error) {
	return statx(int(file.Fd()), "", unix.AT_EMPTY_PATH)
}

// statx asks for what os.Stat does not tell, the time of a file's creation. Some
// sandboxes refuse the call; there inodes are all that files are known by.
func statx(directory int, name string, flags int) (fileState, error) {
	var stat unix.Statx_t
	err := ignoringEINTR(func() error {
		return unix.Statx(directory, name, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &stat)
	})
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		return fstatat(directory, name, flags)
	}
	if err != nil {
		return fileState{}, &fs.PathError{Op: "statx", Path: name, Err: err}
	}
	state := fileState{
		identity: identity{device: unix.Mkdev(stat.Dev_major, stat.Dev_minor), inode: stat.Ino},
		size:     int64(stat.Size),
		modified: time.Unix(stat.Mtime.Sec, int64(stat.Mtime.Nsec)),
		regular:  stat.Mode&unix.S_IFMT == unix.S_IFREG,
		folder:   stat.Mode&unix.S_IFMT == unix.S_IFDIR,
	}
	if stat.Mask&unix.STATX_BTIME != 0 {
		state.born = time.Unix(stat.Btime.Sec, int64(stat.Btime.Nsec)).UnixNano()
	}
	return state, nil
}

func fstatat(directory int, name string, flags int) (fileState, error) {
	var stat unix.Stat_t
	err := ignoringEINTR(func() error { return unix.Fstatat(directory, name, &stat, flags) })
	if err != nil {
		return fileState{}, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return fileState{
		identity: identity{device: uint64(stat.Dev), inode: stat.Ino},
		size:     stat.Size,
		modified: time.Unix(stat.Mtim.Unix()),
		regular:  stat.Mode&unix.S_IFMT == unix.S_IFREG,
		folder:   stat.Mode&unix.S_IFMT == unix.S_IFDIR,
	}, nil
}

func ignoringEINTR(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
