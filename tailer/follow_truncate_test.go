package tailer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFollowCopyTruncateQuiet(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	for range 4 {
		w.lines(200)
		r.expect(w.next)
		w.copyTruncate()
	}
	w.lines(200)
	r.expect(w.next)
	if r.place.Truncations == 0 || r.place.Rotations != 0 {
		t.Errorf("place %+v", r.place)
	}
	if len(r.place.Lost) != 0 || r.hears("lost") {
		t.Errorf("lost %v, events %q", r.place.Lost, r.told)
	}
}

// TestFollowCopyTruncateUnread truncates what has not been read, which the copy
// has.
func TestFollowCopyTruncateUnread(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		t.Run(fmt.Sprintf("compressed %t", compressed), func(t *testing.T) {
			w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
			defer w.close()
			r := follow(t, w.name, nil, false, quick)
			defer r.close()
			w.lines(100)
			r.expect(100)
			w.lines(500)
			w.copyTruncate()
			if compressed {
				w.compress(t)
			}
			w.lines(50)
			r.expect(650)
			if !r.hears("recovered access.log.1") || len(r.place.Lost) != 0 {
				t.Errorf("events %q, lost %v", r.told, r.place.Lost)
			}
			r.restart()
			w.lines(50)
			r.expect(700)
		})
	}
}

// isSubsequence reports that the lines are numbered ones, each at most once and
// in order, and returns how many bytes are missing among the first count.
func (r *logReader) isSubsequence(count int) (missing int64) {
	r.t.Helper()
	next := 0
	for _, line := range r.lines {
		at := next
		for at < count && numbered(at) != line {
			missing += int64(len(numbered(at)) + 1)
			at++
		}
		if at == count {
			r.t.Fatalf("line %q was not written, or is out of order; events %q", line, r.told)
		}
		next = at + 1
	}
	for ; next < count; next++ {
		missing += int64(len(numbered(next)) + 1)
	}
	return missing
}

// TestFollowTruncatedUnread has no copy: the bytes are gone, and those that
// anyone has seen are counted.
func TestFollowTruncatedUnread(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	w.lines(100)
	r.expect(100)
	w.lines(100)
	r.until("look", func() bool { return r.f.Status().Behind > 0 || len(r.lines) == 200 })
	w.must(os.Truncate(w.name, 0))
	w.lines(100)
	r.until("lines", func() bool { return len(r.lines) > 0 && r.lines[len(r.lines)-1] == numbered(299) })
	missing := r.isSubsequence(300)
	if r.place.Lost[LostToTruncation] != missing {
		t.Errorf("%d bytes are missing, and %d counted as lost", missing, r.place.Lost[LostToTruncation])
	}
	if !r.hears("lost truncated") || r.place.Truncations != 1 {
		t.Errorf("events %q", r.told)
	}
}

// TestFollowTruncateAndRegrow lets the file grow beyond where it was read to
// before anyone looks: only its beginning tells.
func TestFollowTruncateAndRegrow(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	for n := range 10 {
		w.lines(100)
		r.expect(w.next)
		w.must(os.Truncate(w.name, 0))
		w.lines(100 + 20*n)
		r.expect(w.next)
	}
	if r.place.Truncations < 10 {
		t.Errorf("%d truncations", r.place.Truncations)
	}
	if r.place.Lost[LostToTruncation] != 0 {
		t.Errorf("lost %v, and everything was read", r.place.Lost)
	}
}

// TestFollowCopyTruncateBusy writes all the time: what is written between the
// copy and the truncation is gone, and nothing else; no line is damaged.
func TestFollowCopyTruncateBusy(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	var gone int64 // bytes
	r.while(func() {
		for range 40 {
			for range 10 {
				w.lines(20)
				pace(time.Millisecond)
			}
			content, err := os.ReadFile(w.name)
			w.must(err)
			w.must(os.WriteFile(w.name+".1", content, 0o644))
			w.lines(3)
			info, err := os.Stat(w.name)
			w.must(err)
			gone += info.Size() - int64(len(content))
			w.must(os.Truncate(w.name, 0))
		}
	})
	w.lines(1)
	last := numbered(w.next - 1)
	r.until("last line", func() bool { return len(r.lines) > 0 && r.lines[len(r.lines)-1] == last })
	missing := r.isSubsequence(w.next)
	if missing > gone {
		t.Errorf("%d bytes are missing, and %d were gone; events %q", missing, gone, r.told)
	}
	if lost := r.place.Lost[LostToTruncation]; lost > missing {
		t.Errorf("%d bytes are counted as lost, and %d are missing", lost, missing)
	}
}

// TestFollowShortened cuts off the end of a file that was not read: what is left
// must not be read again.
func TestFollowShortened(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	w.lines(100)
	r.expect(100)
	info, err := os.Stat(w.name)
	w.must(err)
	half := info.Size() / 100 * 50
	content, err := os.ReadFile(w.name)
	w.must(err)
	half = int64(strings.LastIndexByte(string(content[:half]), '\n') + 1)
	w.must(os.Truncate(w.name, half))
	r.until("truncation", func() bool { return r.hears("truncated") })
	w.lines(100)
	r.expect(200)
}

// TestFollowHole has the writer go on where it was in a file that was truncated.
func TestFollowHole(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	w.close()
	file, err := os.OpenFile(w.name, os.O_WRONLY, 0o644) // without O_APPEND
	w.must(err)
	w.file = file
	defer w.close()
	config := quick
	config.BlockSize, config.MaxLine = 1<<10, 4<<10
	r := follow(t, w.name, nil, false, config)
	defer r.close()
	w.lines(1000)
	r.expect(1000)
	w.must(os.Truncate(w.name, 0))
	w.lines(1000)
	r.expect(2000)
	r.restart()
	w.lines(1000)
	r.expect(3000)
}

func TestFollowHalfLines(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	r.while(func() {
		for n := range 200 {
			line := numbered(w.next) + "\n"
			cut := n % len(line)
			w.write(line[:cut])
			if n%20 == 0 {
				pace(30 * time.Millisecond) // longer than a tail is waited for
			}
			if n%10 == 5 {
				w.rename()
				pace(2 * time.Millisecond)
			}
			w.write(line[cut:])
			w.next++
			if n%10 == 5 {
				w.create()
			}
		}
	})
	r.expect(200)
}

// TestFollowLongLines writes lines longer than is kept, bit by bit.
func TestFollowLongLines(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	config := quick
	config.MaxLine, config.BlockSize = 100_000, 8<<10
	r := follow(t, w.name, nil, false, config)
	defer r.close()
	piece := strings.Repeat("x", 50_000)
	r.while(func() {
		w.write("a\n")
		for range 400 {
			w.write(piece)
			if pace(200 * time.Microsecond); w.next%100 == 50 {
				pace(20 * time.Millisecond)
			}
			w.next++
		}
		w.write("\nb\n" + strings.Repeat("y", 100_000) + "\n" + strings.Repeat("z", 100_001) + "\nc\n")
		w.write(strings.Repeat("w", 300_000)) // unfinished
	})
	r.until("lines", func() bool { return len(r.lines) == 6 })
	r.restart()
	w.rename()
	w.create()
	w.write("d\n")
	r.until("lines", func() bool { return len(r.lines) == 8 })
	r.quiet()
	want := []string{"a", piece[:headBytes], "b", strings.Repeat("y", 100_000), strings.Repeat("z", headBytes), "c", strings.Repeat("w", headBytes), "d"}
	if !slices.Equal(r.lines, want) {
		for _, line := range r.lines {
			t.Errorf("%d bytes: %.20q", len(line), line)
		}
	}
	flaws := []Defect{Whole, TooLong, Whole, Whole, TooLong, Whole, TooLong, Whole}
	if !slices.Equal(r.defects, flaws) {
		t.Errorf("defects %v, want %v", r.defects, flaws)
	}
}

// TestFollowLinesLongerThanTheTailSplits: nxadm/tail hands them out in parts.
func TestFollowLinesLongerThanTheTailSplits(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	var want []string
	for n := range 20 {
		for _, length := range []int{10, tailBuffer + n - 10, 3 * tailBuffer, 20} {
			want = append(want, strings.Repeat(string(rune('a'+n)), length))
		}
		r.step(time.Millisecond)
		w.write(strings.Join(want[len(want)-4:], "\n") + "\n")
	}
	r.until("lines", func() bool { return len(r.lines) >= len(want) })
	r.quiet()
	if !slices.Equal(r.lines, want) {
		t.Errorf("%d lines, want %d", len(r.lines), len(want))
	}
}
