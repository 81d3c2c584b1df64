package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const lockName = "lock"

// acquire locks directory for as long as the file that it returns is open. The
// kernel unlocks it when the process is gone, however that ended. The file
// itself stays: to remove it would let two processes lock one each.
func acquire(directory string) (*os.File, error) {
	path := filepath.Join(directory, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the state: %w", err)
	}
	switch err := flock(file); {
	case errors.Is(err, unix.EWOULDBLOCK):
		err = &LockedError{Directory: directory, PID: readPID(file)}
		file.Close()
		return nil, err
	case err != nil:
		file.Close()
		return nil, fmt.Errorf("cannot lock the state: flock %q: %w", path, err)
	}
	// Who has it is told for people; a full disk must not stop the agent here.
	if err := file.Truncate(0); err == nil {
		_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return file, nil
}

func flock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EINTR {
			return err
		}
	}
}

// readPID returns 0 for anything but a number.
func readPID(file io.ReaderAt) int {
	var text [20]byte
	n, _ := file.ReadAt(text[:], 0) // io.EOF: it is shorter
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
