package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"
)

// Load returns the state that was saved last; nil, and no error, where there is
// none.
//
// A *CorruptError says that there was one that could not be read, and where it
// is now. A *VersionError says that a newer program wrote it. Other errors are
// those of the file system. Only after success and after a *CorruptError may
// Save write.
func (s *Store) Load() (*State, error) {
	state, err := s.load()
	s.refusal = err
	if errors.As(err, new(*CorruptError)) {
		s.refusal = nil
	}
	return state, err
}

func (s *Store) load() (*State, error) {
	s.saved = saved{}
	file, info, err := readState(s.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("cannot read the state: %w", err)
	}
	state, kept, err := parse(file)
	if newer := (*VersionError)(nil); errors.As(err, &newer) {
		newer.Path = s.path()
		return nil, newer
	}
	if err != nil {
		return nil, s.putAside(err)
	}
	s.saved = saved{sum: kept, written: state.Written, info: info}
	return state, nil
}

// readState reads the file at path, if it is a file.
func readState(path string) (content []byte, info fs.FileInfo, err error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, notRegular(path)
	}
	content, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	return content, info, err
}

func notRegular(path string) error { return fmt.Errorf("%q is not a regular file", path) }

// parse returns the state in a file, and the hash of what it keeps.
func parse(file []byte) (state *State, kept uint64, err error) {
	body, err := unseal(file)
	if err != nil {
		return nil, 0, err
	}
	state, size, err := decode(body)
	if err != nil {
		return nil, 0, err
	}
	return state, xxhash.Sum64(body[:size]), nil
}

// putAside renames a state that cannot be read, for problem, to a name that is
// free.
func (s *Store) putAside(problem error) error {
	base := s.path() + ".corrupt-" + s.now().UTC().Format("20060102T150405Z")
	name := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return fmt.Errorf("cannot read the state: %w; nor can it be put aside: %w", problem, err)
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
	// Nobody else takes the name meanwhile: the directory is locked.
	if err := errors.Join(os.Rename(s.path(), name), syncDirectory(s.directory)); err != nil {
		return fmt.Errorf("cannot read the state: %w; nor can it be put aside: %w", problem, err)
	}
	return &CorruptError{Kept: name, Err: problem}
}
