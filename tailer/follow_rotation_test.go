package tailer

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// while runs write in a goroutine of its own and takes batches until it is done.
func (r *logReader) while(write func()) {
	r.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		write()
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			r.step(5 * time.Millisecond)
		}
	}
}

// pace waits between two writes of a test's writer, which goes on by the clock
// as a server does.
func pace(d time.Duration) { <-time.After(d) }

// TestFollowLateWriter is nginx's usual rotation: the new file is there before
// all workers have left the old one.
func TestFollowLateWriter(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	config := quick
	config.Grace = 200 * time.Millisecond
	r := follow(t, w.name, nil, false, config)
	defer r.close()
	r.while(func() {
		for range 6 {
			w.lines(200)
			w.rename()
			empty, err := os.OpenFile(w.name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644) // logrotate's create
			w.must(err)
			empty.Close()
			for range 10 {
				pace(3 * time.Millisecond)
				w.lines(20)
			}
			w.create()
		}
	})
	r.expect(2400)
	if r.place.Rotations != 6 {
		t.Errorf("%d rotations", r.place.Rotations)
	}
	if r.place.Lost[LostToTruncation]+r.place.Lost[LostToDeletion] > 0 {
		t.Errorf("lost %v", r.place.Lost)
	}
}

// TestFollowLateLines is a worker that flushes its buffer long after the new
// file has been begun.
func TestFollowLateLines(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	w.lines(10)
	old := w.file
	defer old.Close()
	w.file = nil
	w.rename()
	w.create()
	w.lines(10)
	r.expect(20)
	for range 3 {
		if _, err := old.WriteString(numbered(w.next) + "\n"); err != nil {
			t.Fatal(err)
		}
		w.next++
		r.expect(w.next)
		w.lines(10)
		r.expect(w.next)
	}
	if !r.hears("late access.log") {
		t.Errorf("events %q", r.told)
	}
	if len(r.place.Files) != 2 || !r.place.Files[0].Left || r.place.Files[1].Left {
		t.Errorf("place %+v", r.place.Files)
	}
	r.close() // and it goes on to be late after a restart
	if _, err := old.WriteString(numbered(w.next) + "\n"); err != nil {
		t.Fatal(err)
	}
	w.next++
	r.open(false)
	defer r.close()
	r.expect(w.next)
	if r.place.Rotations != 1 {
		t.Errorf("%d rotations", r.place.Rotations)
	}
}

// TestFollowUnfinishedLastLine: a last line needs no line end, and what is
// appended to it afterwards is a line of its own.
func TestFollowUnfinishedLastLine(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	w.write("one\nhalf")
	old := w.file
	defer old.Close()
	w.file = nil
	w.rename()
	w.create()
	w.write("two\n")
	want := []string{"one", "half", "two"}
	for _, late := range []struct{ text, line string }{{"\nthree\n", "three"}, {"four\nhal", "four"}} {
		r.until("lines", func() bool { return len(r.lines) == len(want) })
		old.WriteString(late.text)
		want = append(want, late.line)
	}
	r.until("lines", func() bool { return len(r.lines) == len(want) })
	r.quiet()
	if fmt.Sprint(r.lines) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", r.lines, want)
	}
}

func TestFollowLingerEnds(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	config := quick
	config.Linger = 150 * time.Millisecond
	r := follow(t, w.name, nil, false, config)
	defer r.close()
	w.lines(1)
	old := w.file
	defer old.Close()
	w.file = nil
	w.rename()
	w.create()
	w.lines(1)
	r.expect(2)
	if _, err := old.WriteString(numbered(2)); err != nil { // unfinished, and late
		t.Fatal(err)
	}
	w.next = 3
	r.until("end of lingering", func() bool { return len(r.place.Files) == 1 && len(r.lines) == 3 })
	w.lines(1)
	r.expect(4)
	if got := r.f.Status().Files; got != 1 {
		t.Errorf("%d files are open", got)
	}
}

func TestFollowLingerIsBounded(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	for range maxLingering + 4 {
		w.lines(1)
		w.rename()
		w.create()
		r.until("rotation", func() bool { return len(r.lines) == w.next && r.f.watch.seesCurrent() })
	}
	w.lines(1)
	r.expect(w.next)
	r.until("closing", func() bool { return len(r.place.Files) <= maxLingering+1 })
}

// seesCurrent reports that the watcher has taken in what is behind the name.
func (w *watcher) seesCurrent() bool {
	state, err := stateOf(w.name, true)
	return err == nil && w.open(state.identity) != nil
}

func TestFollowDeleteAndRecreate(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	r.while(func() {
		for range 5 {
			w.lines(300)
			w.must(os.Remove(w.name))
			pace(20 * time.Millisecond)
			w.lines(100)
			w.create()
			w.lines(50)
			pace(20 * time.Millisecond) // what is deleted before anyone looks is gone
		}
	})
	r.expect(2250)
}

func TestFollowMissing(t *testing.T) {
	w := &logWriter{t: t, name: filepath.Join(t.TempDir(), "access.log")}
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	if len(r.place.Files) != 0 {
		t.Errorf("place %+v", r.place)
	}
	r.until("missing", func() bool { return r.f.Status().Missing > 0 })
	if !r.f.Status().CaughtUp {
		t.Error("there was nothing to catch up with")
	}
	w.create()
	w.lines(10)
	r.expect(10)
	if r.place.Rotations != 0 || r.f.Status().Missing != 0 {
		t.Errorf("%+v, %+v", r.place, r.f.Status())
	}
}

func TestFollowWhatCannotBeOpened(t *testing.T) {
	w := &logWriter{t: t, name: filepath.Join(t.TempDir(), "access.log")}
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	w.must(os.Mkdir(w.name, 0o755))
	r.until("failure", func() bool { return r.hears("failed access.log is a directory") })
	for range 5 {
		r.step(10 * time.Millisecond)
	}
	if len(r.told) != 1 {
		t.Errorf("told %q, once is enough", r.told)
	}
	w.must(os.Remove(w.name))
	w.create()
	w.lines(10)
	r.expect(10)
	if f, err := Follow(t.TempDir(), nil, false, quick, FollowEvents{}); err == nil {
		f.Close()
		t.Error("a directory is followed")
	}
}

// TestFollowStalled rotates while nobody reads, both slower and faster than the
// watcher looks.
func TestFollowStalled(t *testing.T) {
	for _, pause := range []time.Duration{0, 20 * time.Millisecond} {
		t.Run(pause.String(), func(t *testing.T) {
			w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
			defer w.close()
			r := follow(t, w.name, nil, false, quick)
			defer r.close()
			for range 6 {
				w.lines(100)
				w.rename()
				w.create()
				pace(pause)
			}
			w.lines(100)
			r.expect(700)
			if r.place.Rotations != 6 {
				t.Errorf("%d rotations", r.place.Rotations)
			}
		})
	}
}

// TestFollowMoreThanPinned has more files come than are held open.
func TestFollowMoreThanPinned(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	config := quick
	config.Grace = time.Millisecond
	r := follow(t, w.name, nil, false, config)
	defer r.close()
	stop := false
	for n := 0; !stop; n++ {
		w.lines(10)
		w.close()
		w.must(os.Rename(w.name, fmt.Sprintf("%s-%08d", w.name, 20260101+n)))
		w.create()
		stop = n == maxPinned+20
	}
	w.lines(10)
	r.expect(w.next)
}

func TestFollowRotationDuringCatchUp(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	w.lines(20_000)
	config := quick
	config.BlockSize = 4 << 10
	r := follow(t, w.name, nil, true, config)
	defer r.close()
	for range 3 {
		r.step(time.Second)
	}
	w.rename()
	w.lines(100)
	for range 10 {
		r.step(time.Second)
	}
	w.create()
	w.lines(20_000)
	r.expect(40_100)
}

func TestFollowRenameThenCompress(t *testing.T) {
	for _, read := range []bool{true, false} {
		t.Run(fmt.Sprintf("read %t", read), func(t *testing.T) {
			w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
			defer w.close()
			r := follow(t, w.name, nil, false, quick)
			defer r.close()
			for range 4 {
				w.lines(100)
				if read {
					r.expect(w.next)
				}
				w.rename()
				w.create()
				w.compress(t)
				w.lines(100)
			}
			r.expect(800)
		})
	}
}

func TestFollowDates(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	for day := 20261101; day < 20261106; day++ {
		w.lines(100)
		w.must(os.Rename(w.name, fmt.Sprintf("%s-%d", w.name, day)))
		w.create()
		if day == 20261103 { // the others pass while nobody follows, or looks
			r.expect(w.next)
			r.close()
		}
	}
	w.lines(100)
	r.open(false)
	defer r.close()
	r.expect(600)
}

func TestFollowSymlinkSwap(t *testing.T) {
	directory := t.TempDir()
	link := filepath.Join(directory, "access.log")
	var w *logWriter
	next := 0
	swap := func(n int) {
		target := filepath.Join(directory, fmt.Sprintf("access-%d.log", n))
		if w != nil {
			next = w.next
			w.close()
		}
		w = newLogWriter(t, target)
		w.next = next
		w.must(os.Symlink(target, link+".new"))
		w.must(os.Rename(link+".new", link))
	}
	swap(0)
	r := follow(t, link, nil, false, quick)
	defer r.close()
	for n := range 4 {
		w.lines(100)
		r.expect(w.next)
		swap(n + 1)
		w.lines(100)
	}
	r.expect(800)
	r.close()
	w.lines(50)
	swap(9)
	defer w.close()
	w.lines(50)
	r.open(false)
	defer r.close()
	r.expect(900)
	if r.place.Rotations != 5 {
		t.Errorf("%d rotations", r.place.Rotations)
	}
}

// TestFollowBackAndForth has the name lead to a file that was left already.
func TestFollowBackAndForth(t *testing.T) {
	directory := t.TempDir()
	link := filepath.Join(directory, "access.log")
	a := newLogWriter(t, filepath.Join(directory, "a"))
	b := newLogWriter(t, filepath.Join(directory, "b"))
	defer a.close()
	defer b.close()
	lead := func(w *logWriter) {
		w.must(os.Symlink(w.name, link+".new"))
		w.must(os.Rename(link+".new", link))
	}
	lead(a)
	r := follow(t, link, nil, false, quick)
	defer r.close()
	for n := range 6 {
		w, other := a, b
		if n%2 == 1 {
			w, other = b, a
		}
		lead(w)
		w.lines(100)
		other.next = w.next
		r.expect(w.next)
	}
}

func TestFollowDirectoryReplaced(t *testing.T) {
	top := t.TempDir()
	directory := filepath.Join(top, "nginx")
	w := newLogWriterIn(t, directory)
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	for n := range 3 {
		w.lines(100)
		w.must(os.Rename(directory, fmt.Sprintf("%s.%d", directory, n)))
		w.lines(100)
		next := w.next
		w.close()
		w = newLogWriterIn(t, directory)
		w.next = next
		w.lines(100)
		r.expect(w.next)
	}
	w.close()
}

func newLogWriterIn(t *testing.T, directory string) *logWriter {
	t.Helper()
	if err := os.MkdirAll(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	return newLogWriter(t, filepath.Join(directory, "access.log"))
}
