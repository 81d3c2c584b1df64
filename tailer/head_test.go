package tailer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func headOf(t *testing.T, source *Source, maxLines, maxBytes int) ([]string, error) {
	t.Helper()
	lines, err := source.Head(maxLines, maxBytes)
	var texts []string
	for _, line := range lines {
		texts = append(texts, string(line))
	}
	return texts, err
}

func TestHead(t *testing.T) {
	hole := string(make([]byte, 3<<20))
	for _, test := range []struct {
		name     string
		content  string
		lines    int
		bytes    int
		want     []string
		document bool
	}{
		{"some", "a\nb\r\nc\n", 2, 100, []string{"a", "b"}, false},
		{"all, the last without a newline", "a\nb", 9, 100, []string{"a", "b"}, false},
		{"empty", "", 9, 100, nil, false},
		{"cut by bytes", "aaa\nbbb\nccc\n", 9, 9, []string{"aaa", "bbb"}, false},
		{"cut at a line's end", "aaa\nbbb\nccc\n", 9, 8, []string{"aaa", "bbb"}, false},
		{"first line over the limit", strings.Repeat("x", 50) + "\nb\n", 9, 20, nil, false},
		{"hole in front", hole + "a\nb\n", 9, 4, []string{"a", "b"}, false},
		{"records", `[{"a":1}, {"b":2}, {"c":3}]`, 2, 100, []string{`{"a":1}`, `{"b":2}`}, true},
		{"records cut by bytes", `[{"a":1}, {"b":2}, {"c":3}]`, 9, 20, []string{`{"a":1}`, `{"b":2}`}, true},
		{"hole before records", hole + `[{"a":1}]`, 9, 20, []string{`{"a":1}`}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := writeFile(t, t.TempDir(), "access.log", []byte(test.content))
			sources, _ := Discover([]string{path}, Config{}, Events{})
			for range 2 { // nothing is used up
				got, err := headOf(t, sources[0], test.lines, test.bytes)
				if err != nil || !slices.Equal(got, test.want) || sources[0].Document != test.document {
					t.Fatalf("got %q, %v, document %v; want %q", got, err, sources[0].Document, test.want)
				}
			}
		})
	}
}

func TestHeadOfDamagedArchives(t *testing.T) {
	log := combinedLog(5000)
	for _, content := range [][]byte{gzipped(t, log), zstded(t, log)} {
		path := writeFile(t, t.TempDir(), "access.log", content[:len(content)*2/3])
		sources, _ := Discover([]string{path}, Config{}, Events{})
		lines, err := sources[0].Head(1<<20, 1<<30)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v: error %v", sources[0].Encoding, err)
		}
		if len(lines) == 0 || !bytes.HasPrefix(log, append(bytes.Join(lines, []byte{'\n'}), '\n')) {
			t.Errorf("%v: %d lines, not the first ones whole", sources[0].Encoding, len(lines))
		}
		if lines, err := sources[0].Head(5, 1<<30); len(lines) != 5 || err != nil {
			t.Errorf("%v: %d lines, %v, far from the cut", sources[0].Encoding, len(lines), err)
		}
	}
}

func TestHeadOfMissingFile(t *testing.T) {
	source := &Source{Name: filepath.Join(t.TempDir(), "missing")}
	if _, err := source.Head(1, 1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// What Head reads of a source that cannot be read twice is read again.
func TestHeadOfStdinIsReplayed(t *testing.T) {
	log := combinedLog(5000)
	for _, content := range [][]byte{log, gzipped(t, log), zstded(t, log), nil} {
		config := Config{Stdin: bytes.NewReader(content)}
		sources, _ := Discover([]string{StdinName}, config, Events{})
		for _, lines := range []int{3, 1000} {
			got, err := sources[0].Head(lines, 1<<20)
			if err != nil || len(content) > 0 && len(got) != lines {
				t.Fatalf("%d lines, %v; want %d", len(got), err, lines)
			}
		}
		got := readAll(t, NewArchive(sources, config))
		want := ""
		if len(content) > 0 {
			want = string(log)
		}
		if lines, _, _ := splitReference(want, 1<<20); !slices.Equal(got.lines, lines) || len(got.failures) > 0 {
			t.Errorf("%v: %d lines, failures %v; want %d lines", sources[0].Encoding, len(got.lines), got.failures, len(lines))
		}
	}
}

func TestHeadOfStdinIsBounded(t *testing.T) {
	for _, value := range []byte{0, 'x', '[', '{'} {
		config := Config{Stdin: &repeated{value, 1 << 40}}
		sources, _ := Discover([]string{StdinName}, config, Events{})
		if _, err := sources[0].Head(1000, 2<<20); err != nil {
			t.Error(err)
		}
		if kept := len(sources[0].kept); kept > 4<<20 {
			t.Errorf("%d MiB are kept of endless %q", kept>>20, value)
		}
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, combinedLog(5000), 0) }()
	sources, failures := Discover([]string{path}, Config{}, Events{})
	if len(failures) > 0 {
		t.Fatal(failures[0])
	}
	if lines, err := sources[0].Head(10, 1<<20); len(lines) != 10 || err != nil {
		t.Errorf("head of %d lines, %v", len(lines), err)
	}
	if got := readAll(t, NewArchive(sources, Config{})); len(got.lines) != 5000 || len(got.failures) > 0 {
		t.Errorf("%d lines, failures %v", len(got.lines), got.failures)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}
