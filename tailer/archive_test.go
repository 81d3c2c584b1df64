package tailer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// repeated is the same byte many times.
type repeated struct {
	value byte
	left  int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.left))
	if n > 0 {
		p[0] = r.value
	}
	for done := 1; done < n; done *= 2 { // much faster than a loop over bytes, under the race detector
		copy(p[done:n], p[:done])
	}
	r.left -= int64(n)
	return n, nil
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHugeLinesAreNotBuffered(t *testing.T) {
	const size, small = 200 << 20, 20 << 20
	huge := func(value byte) io.Reader { return &repeated{value, size} }
	large := func(value byte) io.Reader { return &repeated{value, small} }
	head := strings.Repeat("x", headBytes)
	for _, test := range []struct {
		name  string
		input io.Reader
		lines []string
		nul   int64
		flaws []int64
		bytes int64
	}{
		{"line", io.MultiReader(strings.NewReader("a\n"), huge('x'), strings.NewReader("\nb\n")),
			[]string{"a", head, "b"}, 0, []int64{2}, size + 5},
		{"last line", io.MultiReader(strings.NewReader("a\n"), huge('x')),
			[]string{"a", head}, 0, []int64{2}, size + 2},
		{"only line", huge('x'), []string{head}, 0, []int64{0}, size},
		{"hole", io.MultiReader(strings.NewReader("a\n"), huge(0), strings.NewReader("b\n")),
			[]string{"a", "b"}, size, nil, size + 4},
		{"hole and nothing else", large(0), nil, small, nil, small},
		{"hole before a long line", io.MultiReader(large(0), large('x'), strings.NewReader("\nb")),
			[]string{head, "b"}, small, []int64{small}, 2*small + 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got outcome
			if used := allocated(func() { got = readFile(t, StdinName, Config{Stdin: test.input}) }); used > 24<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
			if !slices.Equal(got.lines, test.lines) || got.nul != test.nul || got.bytes != test.bytes || !slices.Equal(got.flaws, test.flaws) {
				t.Errorf("lines %.40q, %d NUL bytes, %d bytes, flaws at %d; want %.40q, %d, %d, %d",
					got.lines, got.nul, got.bytes, got.flaws, test.lines, test.nul, test.bytes, test.flaws)
			}
			if len(got.failures) > 0 {
				t.Error(got.failures[0])
			}
		})
	}
}

func TestHugeLineInGzip(t *testing.T) {
	const members = 20
	path := writeFile(t, t.TempDir(), "huge.gz", bytes.Repeat(gzipped(t, bytes.Repeat([]byte{'x'}, 10<<20)), members))
	var got outcome
	if used := allocated(func() { got = readFile(t, path, Config{}) }); used > 24<<20 {
		t.Errorf("%d MiB allocated", used>>20)
	}
	if len(got.lines) != 1 || got.defects[0] != TooLong || got.bytes != members*10<<20 {
		t.Errorf("%d lines, %v, %d bytes", len(got.lines), got.defects, got.bytes)
	}
}

// A batch that held a long line must not stay as large as it became.
func TestLargeBuffersAreNotKept(t *testing.T) {
	config := Config{BlockSize: 1 << 10, Stdin: strings.NewReader(strings.Repeat("x", 100<<10) + "\na\n")}
	sources, _ := Discover([]string{StdinName}, config, Events{})
	a := NewArchive(sources, config)
	readAll(t, a)
	for _, b := range a.pool.free {
		if cap(b.buffer) > maxKeptBlocks<<10 {
			t.Errorf("a buffer of %d bytes is kept", cap(b.buffer))
		}
	}
}

func TestConcurrentNext(t *testing.T) {
	directory := t.TempDir()
	log := combinedLog(20_000)
	var names []string
	for i, content := range [][]byte{log, gzipped(t, log), zstded(t, log), log[:len(log)-1]} {
		names = append(names, writeFile(t, directory, fmt.Sprint("access.log.", i), content))
	}
	sources, _ := Discover(names, Config{}, Events{})
	config := Config{BlockSize: 16 << 10, Buffers: 3}
	a := NewArchive(sources, config)
	defer a.Close()

	var mu sync.Mutex
	parts := map[*Source]map[int]string{}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				b, err := a.Next()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				var text strings.Builder
				for line, _, ok := b.Next(); ok; line, _, ok = b.Next() {
					text.Write(line)
					text.WriteByte('\n')
				}
				mu.Lock()
				if parts[b.Source] == nil {
					parts[b.Source] = map[int]string{}
				}
				parts[b.Source][b.Sequence] = text.String()
				mu.Unlock()
				a.Progress()
				b.Release()
			}
		})
	}
	group.Wait()
	for _, source := range sources {
		var text strings.Builder
		for i := range len(parts[source]) {
			text.WriteString(parts[source][i])
		}
		if text.String() != string(log) {
			t.Errorf("%q came out differently", source.Name)
		}
	}
	if failures := a.Failures(); len(failures) > 0 {
		t.Error(failures[0])
	}
}

// endless is a log without an end.
type endless struct{ block []byte }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.block), nil }

func TestSteadyStateAllocatesNothing(t *testing.T) {
	config := Config{Stdin: endless{combinedLog(1000)}}
	sources, _ := Discover([]string{StdinName}, config, Events{})
	a := NewArchive(sources, config)
	defer a.Close()
	batch := func() {
		b, err := a.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, _, ok := b.Next(); ok; _, _, ok = b.Next() {
		}
		b.Release()
	}
	batch()
	batch() // the carry has its size now
	if allocations := testing.AllocsPerRun(100, batch); allocations != 0 {
		t.Errorf("%v allocations a batch", allocations)
	}
}

func TestReleasedLinesAreOverwritten(t *testing.T) {
	config := Config{Stdin: strings.NewReader("line\n")}
	sources, _ := Discover([]string{StdinName}, config, Events{})
	b, err := NewArchive(sources, config).Next()
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := b.Next()
	b.Release()
	if poisons := string(line) != "line"; poisons != poisoned {
		t.Errorf("the line is %q after its release", line)
	}
}

func TestClose(t *testing.T) {
	path := writeFile(t, t.TempDir(), "access.log.zst", zstded(t, combinedLog(20_000)))
	sources, _ := Discover([]string{path, StdinName}, Config{}, Events{})
	a := NewArchive(sources, Config{})
	b, err := a.Next()
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a.Close()
	if _, err := a.Next(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
	if _, _, ok := b.Next(); !ok {
		t.Error("a batch that is out has lost its lines")
	}
	b.Release()
}

func TestSourceLostAfterDiscovery(t *testing.T) {
	directory := t.TempDir()
	lost := writeFile(t, directory, "lost.log", []byte("gone\n"))
	good := writeFile(t, directory, "good.log", []byte(twoLines))
	sources, _ := Discover([]string{lost, good}, Config{}, Events{})
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	a := NewArchive(sources, Config{})
	got := readAll(t, a)
	if len(got.lines) != 2 || len(got.failures) != 1 || !errors.Is(got.failures[0], os.ErrNotExist) {
		t.Errorf("lines %q, failures %v", got.lines, got.failures)
	}
	if done, total := a.Progress(); done != total {
		t.Errorf("progress %d of %d", done, total)
	}
}

func TestNoSources(t *testing.T) {
	a := NewArchive(nil, Config{})
	if _, err := a.Next(); err != io.EOF {
		t.Error(err)
	}
	if done, total := a.Progress(); done != 0 || total != 0 {
		t.Error(done, total)
	}
	a.Close()
}
