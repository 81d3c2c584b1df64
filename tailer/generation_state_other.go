//go:build !linux

package tailer

import (
	"io/fs"
	"os"
	"syscall"
)

// stateOf returns the state of the file behind a name; of a symbolic link, that
// of what it leads to where follow is set.
func stateOf(name string, follow bool) (fileState, error) {
	stat := os.Lstat
	if follow {
		stat = os.Stat
	}
	info, err := stat(name)
	if err != nil {
		return fileState{}, err
	}
	return stateFrom(info), nil
}

// stateOfOpen returns the state of an open file.
func stateOfOpen(file *os.File) (fileState, error) {
	info, err := file.Stat()
	if err != nil {
		return fileState{}, err
	}
	return stateFrom(info), nil
}

func stateFrom(info fs.FileInfo) fileState {
	state := fileState{
		size: info.Size(), modified: info.ModTime(),
		regular: info.Mode().IsRegular(), folder: info.IsDir(),
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		state.identity = identity{device: uint64(stat.Dev), inode: uint64(stat.Ino)}
	}
	return state
}
