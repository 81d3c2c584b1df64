package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

const (
	stateName = "state"
	tempName  = "." + stateName // and a number, as renameio names them
)

// Store is the directory that a state is kept in, locked.
type Store struct {
	directory string
	lock      *os.File
	encoder   *zstd.Encoder
	now       func() time.Time

	refusal error // why Save must not write; nil when it may
	saved   saved // what the file holds
}

// errNotLoaded keeps a Save from overwriting a file that nobody has looked at.
var errNotLoaded = errors.New("BUG: what is there has not been loaded")

// Open makes directory if need be and locks it. While another Store has it,
// which may be in another process, the error is a *LockedError. What a crash
// has left half-written is removed.
func Open(directory string) (*Store, error) {
	if err := makeDirectory(directory); err != nil {
		return nil, fmt.Errorf("cannot make the directory of the state: %w", err)
	}
	lock, err := acquire(directory)
	if err != nil {
		return nil, err
	}
	encoder, err := newEncoder()
	if err == nil {
		err = removeLeftovers(directory)
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("cannot use the state in %q: %w", directory, err)
	}
	return &Store{directory: directory, lock: lock, encoder: encoder, now: time.Now, refusal: errNotLoaded}, nil
}

// Close gives the directory free. What was not saved is not kept.
func (s *Store) Close() error {
	s.refusal = fs.ErrClosed
	return errors.Join(s.lock.Close(), s.encoder.Close())
}

// path returns the path of the state.
func (s *Store) path() string { return filepath.Join(s.directory, stateName) }

func makeDirectory(directory string) error {
	if info, err := os.Stat(directory); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(filepath.Clean(directory)))
}

// syncDirectory makes the names in a directory survive a loss of power. There
// are file systems that know no such thing.
func syncDirectory(directory string) error {
	file, err := os.Open(directory)
	if err != nil {
		return err
	}
	err = file.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, file.Close())
}

// removeLeftovers removes what was being written when a process was killed. One
// that cannot be removed takes room, and harms nothing else.
func removeLeftovers(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		number, ok := strings.CutPrefix(entry.Name(), tempName)
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || !entry.Type().IsRegular() {
			continue
		}
		_ = os.Remove(filepath.Join(directory, entry.Name()))
	}
	return nil
}
