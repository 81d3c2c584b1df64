package tailer

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLiveFiles(t *testing.T) {
	for _, test := range []struct {
		name    string
		pattern string
		files   []string
		want    []string
	}{
		{"numbered", "access*",
			[]string{"access.log", "access.log.1", "access.log.2.gz", "access.log.10.zst", "access.log.0"}, []string{"access.log"}},
		{"dated", "*",
			[]string{"access.log", "access.log-20261125", "access.log-20261124.gz", "access.log-2026112510", "access.log-2026-11-25", "access_log", "access_log.20261125"},
			[]string{"access.log", "access_log"}},
		{"dated, between renaming and creating", "access*", []string{"access.log-20261125", "access.log.1"}, nil},
		{"a number that is no date", "*.log",
			[]string{"access-2026.log", "site1.example.com_access.log", "10.0.0.1.log", "8080.log", "web10.log"},
			[]string{"10.0.0.1.log", "8080.log", "access-2026.log", "site1.example.com_access.log", "web10.log"}},
		{"a number at the end", "*", []string{"access-1", "access3", "access_2", "site-443"}, []string{"access-1", "access3", "access_2", "site-443"}},
		{"a date in the middle, alone", "*.log",
			[]string{"access-20261124.log", "access-20261125.log"}, []string{"access-20261124.log", "access-20261125.log"}},
		{"a date or number in the middle, beside the log", "*.log",
			[]string{"access-20261124.log", "access.log", "access.1.log", "error.1.log", "access-1.log"}, []string{"access-1.log", "access.log", "error.1.log"}},
		{"put aside by hand", "access*",
			[]string{"access.log", "access.log.old", "access.log.bak", "access.log~", "access.log.orig", "access.log.save", "access.log.1.old"}, []string{"access.log"}},
		{"compressed", "*",
			[]string{"a.log.gz", "a.log.zst", "a.log.xz", "a.log.bz2", "a.zip", "a.log.Z", "a.log.lz4", "gz", "bz2.log"}, []string{"bz2.log", "gz"}},
		{"hidden", "*", []string{".access.log.swp", ".hidden", "access.log"}, []string{"access.log"}},
		{"hidden, asked for", ".h*", []string{".hidden", "h"}, []string{".hidden"}},
		{"in directories", "*/access.log", []string{"b/access.log", "a/access.log", "access.log", "a/access.log.1"}, []string{"a/access.log", "b/access.log"}},
		{"none", "*.log", []string{"access.txt"}, nil},
		{"a name", "access.log.1", []string{"access.log", "access.log.1"}, []string{"access.log.1"}},
		{"a name that is not there", "no.log", nil, []string{"no.log"}},
		{"a name that looks like a glob", "[a].log", []string{"[a].log", "a.log"}, []string{"[a].log"}},
		{"a glob that looks like a name", "[a].log", []string{"a.log"}, []string{"a.log"}},
		{"escaped", `\*.log`, []string{"*.log", "a.log"}, []string{"*.log"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			for _, name := range test.files {
				if err := os.MkdirAll(filepath.Join(directory, filepath.Dir(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				writeFile(t, directory, name, []byte("line\n"+name)) // none is like another
			}
			wantLiveFiles(t, directory, test.pattern, test.want...)
		})
	}
}

// wantLiveFiles compares with what there should be below directory.
func wantLiveFiles(t *testing.T, directory, pattern string, want ...string) {
	t.Helper()
	got, err := LiveFiles(filepath.Join(directory, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range want {
		want[i] = filepath.Join(directory, name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestLiveFilesAreFiles(t *testing.T) {
	directory := t.TempDir()
	path := func(name string) string { return filepath.Join(directory, name) }
	writeFile(t, directory, "m.log", nil)
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path("socket.log"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, err := range []error{
		os.Mkdir(path("directory.log"), 0o755),
		unix.Mkfifo(path("pipe.log"), 0o600),
		os.Symlink("/dev/null", path("device.log")),
		os.Symlink("gone", path("dangling.log")),
		os.Symlink("circle.log", path("circle.log")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// Of a link that goes in a circle nobody can tell what it is.
	wantLiveFiles(t, directory, "*.log", "circle.log", "m.log")
}

// TestLiveFilesOnce: a link stands for the file, also where its name comes
// later, and the same file is not read under two names.
func TestLiveFilesOnce(t *testing.T) {
	directory := t.TempDir()
	path := func(name string) string { return filepath.Join(directory, name) }
	writeFile(t, directory, "b-20261124.log", nil)
	writeFile(t, directory, "b-20261125.log", nil)
	writeFile(t, directory, "hard1.log", nil)
	for _, err := range []error{
		os.Symlink("b-20261125.log", path("current.log")),
		os.Symlink("current.log", path("z.log")),
		os.Link(path("hard1.log"), path("hard2.log")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantLiveFiles(t, directory, "*.log", "b-20261124.log", "current.log", "hard1.log")
}

func TestLiveFilesRefuses(t *testing.T) {
	for _, pattern := range []string{"", "[", "a[b", `x\`} {
		if names, err := LiveFiles(pattern); err == nil {
			t.Errorf("%q: got %q", pattern, names)
		}
	}
}
