package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/google/renameio/v2"
)

// Result is what a Save has done.
type Result struct {
	Size     int64         // bytes of the file, as compressed; 0 where it was not written
	Duration time.Duration // of all of it, fsync included
	Written  bool          // false where the file said so already
}

// saved is what the file is known to hold. The zero value is nothing.
type saved struct {
	sum     uint64      // of what is kept, without the times until when it held
	written time.Time   // as in the file
	info    fs.FileInfo // of the file; nil where there is none
}

// renewal is how old the times in the file may get while nothing changes. They
// say until when nothing had changed, which is what tells, after a restart, a
// file that was written to since from one that had been read before.
const renewal = time.Minute

// Save writes the state and sets its Written to now. Where the file holds the
// same already but for Written and the places' Looked, and these are less than a
// minute old in it, nothing is written, and Written is set to what it is there.
//
// After an error the file is the one before, whole, and Cause tells why.
// Only where the directory could not be synced may it be the new one.
func (s *Store) Save(state *State) (Result, error) {
	begun := time.Now()
	result, err := s.save(state)
	result.Duration = time.Since(begun)
	if err != nil {
		err = fmt.Errorf("cannot save the state in %q: %w", s.directory, err)
	}
	return result, err
}

func (s *Store) save(state *State) (Result, error) {
	if s.refusal != nil {
		return Result{}, s.refusal
	}
	next := *state
	next.Written = s.now().UTC().Round(0)
	body, size, err := encode(&next)
	if err != nil {
		return Result{}, err
	}
	sum := xxhash.Sum64(body[:size])
	info, err := os.Lstat(s.path())
	switch {
	case err == nil && !info.Mode().IsRegular():
		return Result{}, notRegular(s.path())
	case err == nil && s.saved.holds(sum, next.Written, info):
		state.Written = s.saved.written
		return Result{}, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return Result{}, err
	}
	file, err := seal(s.encoder, body)
	if err == nil {
		err = s.replace(file)
	}
	if err != nil {
		return Result{}, err
	}
	state.Written = next.Written
	s.saved = saved{sum: sum, written: next.Written}
	if s.saved.info, err = os.Lstat(s.path()); err != nil {
		s.saved = saved{} // somebody was there: write it again the next time
	}
	return Result{Size: int64(len(file)), Written: true}, nil
}

// holds reports whether the file, now found as info, says what is to be said
// and not too long ago by the wall clock, nor later than it is.
func (s *saved) holds(sum uint64, now time.Time, info fs.FileInfo) bool {
	if s.info == nil || sum != s.sum || !os.SameFile(info, s.info) || info.Size() != s.info.Size() {
		return false
	}
	age := now.Sub(s.written)
	return age >= 0 && age < renewal
}

// replace makes content the file: it is written under another name, synced and
// renamed, which renameio does, and then the directory is synced, which it does
// not.
func (s *Store) replace(content []byte) error {
	file, err := renameio.NewPendingFile(s.path(), renameio.WithTempDir(s.directory), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	if _, err = file.Write(content); err == nil {
		err = file.CloseAtomicallyReplace()
	}
	if err != nil {
		return errors.Join(err, file.Cleanup())
	}
	if err := syncDirectory(s.directory); err != nil {
		s.saved = saved{} // what a loss of power leaves is not known
		return err
	}
	return nil
}
