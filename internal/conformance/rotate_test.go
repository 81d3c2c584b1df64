package conformance

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// shift renames the rotated files of a log: .1 becomes .2 and so on, compressed
// or not, and the log itself .1, as logrotate does. It creates no new file.
func (t *trial) shift(path string) {
	t.Helper()
	highest := 0
	for exists(rotated(path, highest+1)) {
		highest++
	}
	for number := highest; number > 0; number-- {
		name := rotated(path, number)
		t.must(os.Rename(name, fmt.Sprintf("%s.%d%s", path, number+1, compression(name))))
	}
	t.must(os.Rename(path, path+".1"))
}

// rotated returns the name of the rotated file with that number, compressed or
// not.
func rotated(path string, number int) string {
	name := fmt.Sprintf("%s.%d", path, number)
	for _, extension := range []string{".gz", ".zst"} {
		if exists(name + extension) {
			return name + extension
		}
	}
	return name
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// create makes the new file of a log, which the writer does not know of yet.
func (t *trial) create(path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	t.must(err)
	t.must(file.Close())
}

// compress compresses a file with gzip or zstd, which take the file itself away.
func (t *trial) compress(program, path string) {
	t.Helper()
	arguments := []string{"-q", path}
	if program == "zstd" {
		arguments = append(arguments, "--rm")
	}
	t.run(program, arguments...)
}

// rotate renames the log, creates a new one, and lets the writer know after a
// while in which it goes on writing to the old file.
func (t *trial) rotate(w *logWriter, rate int, late time.Duration) {
	t.Helper()
	t.shift(w.path)
	t.create(w.path)
	w.pour(rate, late)
	w.reopen()
}

// copyTruncate copies a log to another file, and makes it empty.
func (t *trial) copyTruncate(path, to string) {
	t.Helper()
	t.copyOut(path, to)
	t.must(os.Truncate(path, 0))
}

// copyOut copies a log to another file, which must not be there yet.
func (t *trial) copyOut(path, to string) {
	t.Helper()
	source, err := os.Open(path)
	t.must(err)
	defer source.Close()
	destination, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	t.must(err)
	_, err = io.Copy(destination, source)
	t.must(err)
	t.must(destination.Close())
}

// inode returns the number by which a file system knows a file.
func (t *trial) inode(path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	t.must(err)
	return info.Sys().(*syscall.Stat_t).Ino
}

// compression returns the extension that compression has given a file, if any.
func compression(name string) string {
	if extension := filepath.Ext(name); extension == ".gz" || extension == ".zst" {
		return extension
	}
	return ""
}
