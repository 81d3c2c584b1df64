package tailer

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// discoverNames returns the base names of what Discover found.
func discoverNames(sources []*Source) []string {
	var names []string
	for _, source := range sources {
		names = append(names, filepath.Base(source.Name))
	}
	return names
}

func TestDiscoverExpands(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"b.log", "a.log", "odd[1].log", "odd1.log", "note.txt"} {
		writeFile(t, directory, name, []byte("line\n"))
	}
	for _, test := range []struct {
		argument string
		want     []string
	}{
		{"a.log", []string{"a.log"}},
		{"?.log", []string{"a.log", "b.log"}},
		{"[ab].*", []string{"a.log", "b.log"}},
		{"odd[1].log", []string{"odd[1].log"}}, // such a file exists
		{"odd[12].log", []string{"odd1.log"}},
	} {
		sources, failures := Discover([]string{filepath.Join(directory, test.argument)}, Config{}, Events{})
		if got := discoverNames(sources); !slices.Equal(got, test.want) || len(failures) > 0 {
			t.Errorf("%q: got %q, failures %v; want %q", test.argument, got, failures, test.want)
		}
	}
}

func TestDiscoverFailuresSpareTheOthers(t *testing.T) {
	directory := t.TempDir()
	good := writeFile(t, directory, "good.log", []byte("line\n"))
	loop := filepath.Join(directory, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		argument string
		is       error
		says     string
	}{
		{"missing", filepath.Join(directory, "missing.log"), fs.ErrNotExist, "no such file"},
		{"directory", directory, nil, "is a directory; name its files, for example \"" + directory + "/*.log\""},
		{"below a file", filepath.Join(good, "x.log"), syscall.ENOTDIR, "not a directory"},
		{"symlink loop", loop, syscall.ELOOP, "too many levels of symbolic links"},
		{"glob without a match", filepath.Join(directory, "*.gz"), nil, "no file matches this glob"},
		{"bad glob", filepath.Join(directory, "[a"), filepath.ErrBadPattern, "needs its ]"},
		{"empty name", "", nil, "the name is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sources, failures := Discover([]string{test.argument, good}, Config{}, Events{})
			if len(sources) != 1 || sources[0].Name != good {
				t.Errorf("sources %q, want the good file", discoverNames(sources))
			}
			if len(failures) != 1 {
				t.Fatalf("failures %v, want one", failures)
			}
			text := failures[0].Error()
			if !strings.HasPrefix(text, `cannot read "`+test.argument+`": `) || !strings.Contains(text, test.says) {
				t.Errorf("failure %q, want it to name the argument once and say %q", text, test.says)
			}
			if test.is != nil && !errors.Is(failures[0], test.is) {
				t.Errorf("failure %q is not %v", text, test.is)
			}
		})
	}
}

func TestDiscoverUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		runAsNobody(t) // root may read everything
		return
	}
	path := writeFile(t, t.TempDir(), "secret.log", []byte("line\n"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, failures := Discover([]string{path}, Config{}, Events{})
	if len(failures) != 1 || !errors.Is(failures[0], fs.ErrPermission) {
		t.Fatalf("failures %v, want permission denied", failures)
	}
}

// runAsNobody runs the test again in a process of its own without privileges.
func runAsNobody(t *testing.T) {
	t.Helper()
	// By its link, because the directory of the binary is root's alone.
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	again.Dir = "/"
	again.Env = append(os.Environ(), "TMPDIR=")
	const nobody = 65534
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := again.CombinedOutput()
	if err != nil || !bytes.Contains(output, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("as nobody: %v\n%s", err, output)
	}
}

func TestDiscoverReadsAFileOnce(t *testing.T) {
	directory := t.TempDir()
	path := writeFile(t, directory, "access.log", []byte("line\n"))
	twin := writeFile(t, directory, "twin.log", []byte("line\n"))
	symlink, hardlink := filepath.Join(directory, "symlink"), filepath.Join(directory, "hardlink")
	if err := errors.Join(os.Symlink(path, symlink), os.Link(path, hardlink)); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()

	var dropped []string
	events := Events{Duplicate: func(name, first string) {
		if first != path {
			t.Errorf("%q is said to be %q, want %q", name, first, path)
		}
		dropped = append(dropped, name)
	}}
	sources, failures := Discover([]string{path, symlink, hardlink, path, "-", twin}, Config{Stdin: stdin}, events)
	if want := []string{symlink, hardlink, path, "-"}; !slices.Equal(dropped, want) {
		t.Errorf("dropped %q, want %q", dropped, want)
	}
	if got := discoverNames(sources); !slices.Equal(got, []string{"access.log", "twin.log"}) || len(failures) > 0 {
		t.Errorf("sources %q, failures %v", got, failures)
	}
}

func TestDiscoverStdinOnce(t *testing.T) {
	duplicates := 0
	sources, failures := Discover([]string{"-", "-"}, Config{Stdin: bytes.NewReader(nil)},
		Events{Duplicate: func(name, first string) { duplicates++ }})
	if len(sources) != 1 || sources[0].Name != StdinName || sources[0].Size != -1 || len(failures) > 0 || duplicates != 1 {
		t.Errorf("sources %v, failures %v, %d duplicates", sources, failures, duplicates)
	}
	if _, failures := Discover([]string{"-", "-"}, Config{Stdin: bytes.NewReader(nil)}, Events{}); len(failures) > 0 {
		t.Error("events without functions:", failures)
	}
}
