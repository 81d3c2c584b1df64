package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mountSmall mounts a file system of size bytes on a new directory. Only root
// may; elsewhere the test is skipped, unless it is continuous integration.
func mountSmall(t *testing.T, size int) string {
	t.Helper()
	directory := t.TempDir()
	if err := unix.Mount("tmpfs", directory, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("cannot mount a small file system: %v", err)
		}
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(directory, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return directory
}

// huge returns a state that does not compress below size bytes.
func huge(size int) *State {
	state := numbered(3)
	name := make([]byte, size)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range name {
		name[i] = byte(random.Uint32())
	}
	state.Logs[0].Name = string(name)
	return state
}

// TestDiskFull: the old state stays whole, nothing is left half-written, and
// once there is room it goes on.
func TestDiskFull(t *testing.T) {
	directory := mountSmall(t, 256<<10)
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	before := readFile(t, s.path())
	for range 3 {
		_, err := s.Save(huge(512 << 10))
		if Cause(err) != causeNoSpace {
			t.Fatalf("got %v, cause %q", err, Cause(err))
		}
		if !bytes.Equal(readFile(t, s.path()), before) {
			t.Fatal("the state is not the old one")
		}
		wantOnlyState(t, directory)
	}
	if result := mustSave(t, s, numbered(1)); result.Written {
		t.Error("the old state was written again, and it was there")
	}
	mustSave(t, s, numbered(2))
	if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(2)) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestOpenOnFullDisk: nothing to write is no reason not to start.
func TestOpenOnFullDisk(t *testing.T) {
	directory := mountSmall(t, 256<<10)
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	s.Close()
	_ = os.WriteFile(filepath.Join(directory, "filler"), make([]byte, 512<<10), 0o600) // as far as it goes
	s = open(t, directory)
	if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(1)) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := s.Save(numbered(2)); Cause(err) != causeNoSpace {
		t.Errorf("got %v", err)
	}
}

// TestReadOnlyDirectory covers the directory by itself, read-only: what is open
// already stays as it is, as when a file system goes read-only after an error.
func TestReadOnlyDirectory(t *testing.T) {
	directory := mountSmall(t, 256<<10)
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	if err := unix.Mount(directory, directory, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	cover := func() {
		if err := unix.Unmount(directory, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
	if err := unix.Mount("", directory, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		cover()
		t.Fatal(err)
	}
	if _, err := s.Save(numbered(2)); Cause(err) != causeReadOnly {
		t.Errorf("got %v, cause %q", err, Cause(err))
	}
	if _, err := s.Save(numbered(1)); err != nil {
		t.Errorf("nothing has changed, and Save fails: %v", err)
	}
	if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(1)) {
		t.Errorf("got %v, %v", got, err)
	}
	s.Close()
	if _, err := Open(directory); Cause(err) != causeReadOnly {
		t.Errorf("Open: got %v, cause %q", err, Cause(err))
	}
	cover()
	wantOnlyState(t, directory)
}

// TestCorruptOnReadOnlyDirectory: what can neither be read nor put aside is not
// written over later either.
func TestCorruptOnReadOnlyDirectory(t *testing.T) {
	directory := mountSmall(t, 256<<10)
	s := openLoaded(t, directory)
	writeFile(t, []byte("rubbish"), s.path())
	asNobody(t, directory, func() {
		state, err := s.Load()
		if state != nil || errors.As(err, new(*CorruptError)) || Cause(err) != causePermission {
			t.Errorf("got %v, %v", state, err)
		}
	})
	if _, err := s.Save(numbered(1)); err == nil {
		t.Error("Save has written over it")
	}
	if got := readFile(t, s.path()); string(got) != "rubbish" {
		t.Errorf("the file holds %q", got)
	}
}

func TestWithoutPermission(t *testing.T) {
	directory := t.TempDir()
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	asNobody(t, directory, func() {
		if _, err := s.Save(numbered(2)); Cause(err) != causePermission {
			t.Errorf("got %v, cause %q", err, Cause(err))
		}
	})
	wantOnlyState(t, directory)
	if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(1)) {
		t.Errorf("got %v, %v", got, err)
	}
	mustSave(t, s, numbered(2))
}

// asNobody calls f where directory may be read and not written. Root may write
// everywhere, so it becomes somebody else, for this thread and for files only.
func asNobody(t *testing.T, directory string, f func()) {
	t.Helper()
	readable := func(mode os.FileMode, file os.FileMode) {
		if err := errors.Join(os.Chmod(directory, mode), os.Chmod(filepath.Join(directory, stateName), file)); err != nil {
			t.Fatal(err)
		}
	}
	readable(0o555, 0o444)
	defer readable(0o700, 0o600)
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

func TestCause(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, causeNoSpace},
		{syscall.EDQUOT, causeNoSpace},
		{syscall.EROFS, causeReadOnly},
		{syscall.EACCES, causePermission},
		{syscall.EPERM, causePermission},
		{fs.ErrPermission, causePermission},
		{syscall.EIO, causeOther},
		{&LockedError{}, causeOther},
	} {
		wrapped := fmt.Errorf("cannot: %w", &fs.PathError{Op: "write", Path: "x", Err: test.err})
		if got := Cause(wrapped); got != test.want {
			t.Errorf("%v: got %q, want %q", test.err, got, test.want)
		}
	}
	if got := Causes(); len(got) != 4 {
		t.Errorf("got %q", got)
	}
}
