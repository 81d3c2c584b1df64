package nginxconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// wantError checks that an error has all of some parts in its text.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want %q in it", err, part)
		}
	}
}

func TestMainFileMissing(t *testing.T) {
	_, err := Parse("/c/nginx.conf", inMemory(nil))
	wantError(t, err, "cannot read nginx configuration: open /c/nginx.conf")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

func TestIncludedFileMissing(t *testing.T) {
	_, err := Parse("/c/nginx.conf", inMemory(map[string]string{"/c/nginx.conf": "events {}\ninclude a;"}))
	wantError(t, err, "/c/nginx.conf:2:1", "`include a`", `"/c/a"`)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

func TestIncludeDepth(t *testing.T) {
	files := map[string]string{"/c/nginx.conf": "include 1;"}
	for i := 1; i < maxIncludeDepth; i++ {
		files[fmt.Sprintf("/c/%d", i)] = fmt.Sprintf("include %d;", i+1)
	}
	files[fmt.Sprintf("/c/%d", maxIncludeDepth)] = "access_log x;"
	_, err := Parse("/c/nginx.conf", inMemory(files))
	var located *Error
	if !errors.As(err, &located) || len(located.Includes) != maxIncludeDepth {
		t.Fatalf("%v, want access_log refused %d includes down", err, maxIncludeDepth)
	}

	files[fmt.Sprintf("/c/%d", maxIncludeDepth)] = "include last;"
	_, err = Parse("/c/nginx.conf", inMemory(files))
	wantError(t, err, "101 files are open here, want fewer", `"/c/nginx.conf" includes "/c/1"`, `includes "/c/100" includes "/c/last"`)
}

// Few bytes make a configuration without end where files include each other
// more than once.
func TestIncludeBomb(t *testing.T) {
	files := map[string]string{"/c/nginx.conf": "include 1;"}
	for i := 1; i < 50; i++ {
		files[fmt.Sprintf("/c/%d", i)] = strings.Repeat(fmt.Sprintf("include %d;", i+1), 2)
	}
	files["/c/50"] = ""
	_, err := parse("/c/nginx.conf", inMemory(files), limits{1000, 1 << 20, 0})
	wantError(t, err, "1000 files have been included so far, want fewer")

	files["/c/nginx.conf"] = strings.Repeat("include large;", 10)
	files["/c/large"] = strings.Repeat(" ", 1000)
	_, err = parse("/c/nginx.conf", inMemory(files), limits{1000, 5000, 0})
	wantError(t, err, "/c/large:1:1", "the configuration is longer than 5000 bytes with this file")
}

func TestPatternBomb(t *testing.T) {
	options := inMemory(map[string]string{"/c/nginx.conf": "include " + strings.Repeat("*/../", 200) + "*;"})
	options.ReadDir = func(string) ([]string, error) { return []string{"a", "b"}, nil }
	_, err := parse("/c/nginx.conf", options, limits{1000, 5000, 100_000})
	wantError(t, err, "/c/nginx.conf:1:1", "100000 names have been tried for patterns so far, want fewer")
}

func TestBlockDepth(t *testing.T) {
	blocks := func(n int) string { return strings.Repeat("a {", n) + strings.Repeat("}", n) }
	if _, err := parseTree("f", blocks(maxBlockDepth)); err != nil {
		t.Error(err)
	}
	_, err := parseTree("f", blocks(maxBlockDepth+1))
	wantError(t, err, "f:1:3001", "1000 blocks are open here, want fewer")
}

func TestAll(t *testing.T) {
	files := map[string]string{"/c/nginx.conf": "a; include ?; b { c; }", "/c/1": "d; include x/2;", "/c/3": "f;", "/c/x/2": "e;"}
	config, err := Parse("/c/nginx.conf", inMemory(files))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for directive := range All(config.Main.Directives) {
		names = append(names, directive.Name.Text)
		if directive.Name.Text == "e" && directive.Name.File != "/c/x/2" {
			t.Errorf("%q is in %s", "e", directive.Name.File)
		}
		if directive.Name.Text == "f" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "a d e f" {
		t.Errorf("went through %s", got)
	}
}
