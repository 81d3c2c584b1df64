package checkpoint

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSaveAndLoad(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		directory := filepath.Join(t.TempDir(), "made", "by", "need")
		s := openLoaded(t, directory)
		want := states().Draw(r, "state")
		if result := mustSave(t, s, want); !result.Written || result.Size <= 0 || result.Duration <= 0 {
			t.Fatalf("got %+v of the first Save", result)
		}
		s.Close()
		got, err := open(t, directory).Load()
		if err != nil {
			t.Fatal(err)
		}
		if !equal(t, got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
		if age := time.Since(got.Written); age < 0 || age > time.Hour {
			t.Fatalf("written %v ago", age)
		}
		wantOnlyState(t, directory)
	})
}

func TestLoadOfNothing(t *testing.T) {
	state, err := open(t, t.TempDir()).Load()
	if state != nil || err != nil {
		t.Errorf("got %v, %v", state, err)
	}
}

// TestPermissions: what clients asked for is nobody else's to read.
func TestPermissions(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "state")
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	for path, want := range map[string]fs.FileMode{directory: 0o700, s.path(): 0o600, filepath.Join(directory, lockName): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
}

func TestSaveOnlyWhatHasChanged(t *testing.T) {
	s := openLoaded(t, t.TempDir())
	now := time.Unix(1_764_000_000, 0).UTC()
	s.now = func() time.Time { return now }
	save := func(state *State, want bool) {
		t.Helper()
		before, _ := os.Stat(s.path())
		if result := mustSave(t, s, state); result.Written != want || (result.Size > 0) != want {
			t.Fatalf("got %+v, want Written %v", result, want)
		}
		after, err := os.Stat(s.path())
		if err != nil {
			t.Fatal(err)
		}
		if replaced := before == nil || !os.SameFile(before, after); replaced != want {
			t.Fatalf("the file was replaced: %v, want %v", replaced, want)
		}
	}
	state := numbered(1)
	save(state, true)
	now = now.Add(renewal - 1)
	save(state, false)
	if want := now.Add(1 - renewal); !state.Written.Equal(want) {
		t.Errorf("Written is %v, want that of the file, %v", state.Written, want)
	}
	save(numbered(1), false)
	looked := numbered(1)
	looked.Logs[0].Place.Looked = now.Add(time.Hour)
	save(looked, false)
	changed := numbered(1)
	changed.Logs[2].Place.Files[0].Offset++
	save(changed, true)
	save(numbered(1), true)

	// The time in the file is kept young, also where the clock was set back.
	now = now.Add(renewal)
	save(numbered(1), true)
	now = now.Add(-time.Second)
	save(numbered(1), true)

	// What Load has found need not be written either.
	if _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	save(numbered(1), false)

	// Whoever takes the file away, or puts another there, gets it back.
	if err := os.Remove(s.path()); err != nil {
		t.Fatal(err)
	}
	save(numbered(1), true)
	content := readFile(t, s.path())
	if err := os.Remove(s.path()); err != nil {
		t.Fatal(err)
	}
	writeFile(t, content[:len(content)-1], s.path())
	save(numbered(1), true)
}

func TestSaveWithoutLoadIsRefused(t *testing.T) {
	directory := t.TempDir()
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(1))
	s.Close()
	before := readFile(t, s.path())
	if _, err := open(t, directory).Save(numbered(2)); !errors.Is(err, errNotLoaded) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Save(numbered(2)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
	if !bytes.Equal(readFile(t, s.path()), before) {
		t.Error("the file has changed")
	}
}

func TestCorruptIsKept(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	now := time.Date(2026, 11, 25, 10, 15, 0, 0, time.FixedZone("", 3600))
	s.now = func() time.Time { return now }
	var kept []string
	for _, content := range []string{"", "rubbish", magic, magic + "\x01", magic + "\x0112345678", magic + "\x00"} {
		writeFile(t, []byte(content), s.path())
		state, err := s.Load()
		corrupt := (*CorruptError)(nil)
		if state != nil || !errors.As(err, &corrupt) {
			t.Fatalf("%q: got %v, %v", content, state, err)
		}
		if !strings.HasPrefix(corrupt.Kept, s.path()+".corrupt-20261125T091500Z") || !strings.Contains(err.Error(), corrupt.Kept) {
			t.Errorf("%q is kept as %q, and the error is %q", content, corrupt.Kept, err)
		}
		if got := readFile(t, corrupt.Kept); string(got) != content {
			t.Errorf("kept %q of %q", got, content)
		}
		kept = append(kept, corrupt.Kept)
	}
	slices.Sort(kept)
	if len(slices.Compact(kept)) != 6 || len(names(t, directory)) != 6 {
		t.Errorf("kept as %q, in the directory are %q", kept, names(t, directory))
	}
	mustSave(t, s, numbered(1))
	if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(1)) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestNewerVersionStays(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	content := []byte(magic + "\x03of another form")
	writeFile(t, content, s.path())
	for range 2 {
		state, err := s.Load()
		newer := (*VersionError)(nil)
		if state != nil || !errors.As(err, &newer) || newer.Version != version+1 || newer.Path != s.path() {
			t.Fatalf("got %v, %v", state, err)
		}
		if _, err := s.Save(numbered(1)); !errors.As(err, new(*VersionError)) {
			t.Errorf("Save: got %v", err)
		}
	}
	if !bytes.Equal(readFile(t, s.path()), content) {
		t.Error("the file has changed")
	}
	wantOnlyState(t, directory)
}

// TestNotAFile: what is no regular file is neither read nor replaced.
func TestNotAFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"symlink":   func(path string) error { return os.Symlink("elsewhere", path) },
		"pipe":      mkfifo,
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			s := openLoaded(t, directory)
			if err := put(s.path()); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(s.path())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Save(numbered(1)); err == nil {
				t.Error("Save replaced it")
			}
			if state, err := s.Load(); state != nil || err == nil {
				t.Errorf("Load: got %v, %v", state, err)
			}
			if _, err := s.Save(numbered(1)); err == nil {
				t.Error("Save replaced what Load could not read")
			}
			if after, err := os.Lstat(s.path()); err != nil || !os.SameFile(before, after) {
				t.Errorf("it is not there any more: %v", err)
			}
			wantOnlyState(t, directory)
		})
	}
}

// TestCrashBetweenSteps puts a directory as a crash would leave it after each
// step of writing: until the name is changed it is the old state that counts.
func TestCrashBetweenSteps(t *testing.T) {
	directory := t.TempDir()
	s := openLoaded(t, directory)
	mustSave(t, s, numbered(2))
	next := readFile(t, s.path())
	mustSave(t, s, numbered(1))
	s.Close()
	for cut := 0; cut <= len(next); cut += 1 + len(next)/50 {
		writeFile(t, next[:cut], directory, tempName+"123456")
		writeFile(t, nil, directory, tempName+"9")
		s := open(t, directory)
		if got, err := s.Load(); err != nil || !equalKept(t, got, numbered(1)) {
			t.Fatalf("%d bytes written: got %v, %v", cut, got, err)
		}
		wantOnlyState(t, directory)
		s.Close()
	}
	writeFile(t, next, directory, tempName+"123456")
	if err := os.Rename(filepath.Join(directory, tempName+"123456"), filepath.Join(directory, stateName)); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, directory).Load(); err != nil || !equalKept(t, got, numbered(2)) {
		t.Fatalf("renamed: got %v, %v", got, err)
	}
}

// TestOnlyLeftoversAreRemoved: what a person has put there stays.
func TestOnlyLeftoversAreRemoved(t *testing.T) {
	directory := t.TempDir()
	foreign := []string{".state", ".state-old", ".state1.bak", ".statement1", "state.bak", "state.corrupt-1", "x"}
	for _, name := range append([]string{".state1", ".state9223372036854775807"}, foreign...) {
		writeFile(t, nil, directory, name)
	}
	if err := os.Mkdir(filepath.Join(directory, ".state2"), 0o700); err != nil {
		t.Fatal(err)
	}
	open(t, directory)
	want := append(foreign, ".state2")
	slices.Sort(want)
	if got := names(t, directory); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestOpenOfWhatIsNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, nil, path)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(filepath.Join(path, "below")); err == nil {
		t.Error("a directory below a file was made")
	}
}
