package tailer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// down follows a log for a while, stops, has something done, and goes on.
func down(t *testing.T, before int, while func(w *logWriter)) (*logWriter, *logReader) {
	t.Helper()
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	r := follow(t, w.name, nil, false, quick)
	w.lines(before)
	r.expect(before)
	r.close()
	while(w)
	r.told = nil
	r.open(false)
	t.Cleanup(func() { r.close(); w.close() })
	return w, r
}

func TestResumeNothingHappened(t *testing.T) {
	w, r := down(t, 100, func(*logWriter) {})
	r.quiet()
	if r.place.Rotations != 0 || !r.f.Status().CaughtUp {
		t.Errorf("%+v, %+v", r.place, r.f.Status())
	}
	w.lines(100)
	r.expect(200)
}

func TestResumeInodeReuse(t *testing.T) {
	_, r := down(t, 100, func(w *logWriter) {
		for range 3 { // a file system that reuses inodes does by now
			w.close()
			w.must(os.Remove(w.name))
			w.create()
		}
		w.lines(200)
	})
	r.expect(300)
	if len(r.place.Lost) != 0 {
		t.Errorf("lost %v, and all that is known of was read", r.place.Lost)
	}
}

// TestResumeDeletedUnread has bytes deleted of which the place knows.
func TestResumeDeletedUnread(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	config := quick
	config.BlockSize = 1 << 10
	w.lines(100)
	r := follow(t, w.name, nil, true, config)
	r.step(time.Second)
	read := len(r.lines)
	if read == 0 || read == 100 {
		t.Fatalf("%d lines", read)
	}
	r.close()
	w.close()
	w.must(os.Rename(w.name, w.name+".1")) // its inode stays in use
	w.must(os.WriteFile(w.name+".1", []byte("another\n"), 0o644))
	w.must(os.Truncate(w.name+".1", 0))
	w.must(os.Remove(w.name + ".1"))
	w.create()
	w.lines(10)
	r.open(false)
	defer r.close()
	r.until("lines", func() bool { return len(r.lines) == read+10 })
	missing := r.isSubsequence(110)
	lost := r.place.Lost[LostToDeletion] + r.place.Lost[LostToTruncation]
	if missing != lost || !r.hears("lost") {
		t.Errorf("%d bytes are missing, and %v counted as lost; events %q", missing, r.place.Lost, r.told)
	}
	r.restart()
	if again := r.place.Lost[LostToDeletion] + r.place.Lost[LostToTruncation]; again != lost {
		t.Errorf("lost %d after another restart, was %d", again, lost)
	}
}

// TestResumeNewestGone deletes the file that was read and keeps what came after.
func TestResumeNewestGone(t *testing.T) {
	w, r := down(t, 100, func(w *logWriter) {
		w.must(os.Remove(w.name))
		for range 3 {
			w.create()
			w.lines(100)
			w.rename()
			w.compress(w.t.(*testing.T))
		}
		w.create()
		w.lines(100)
	})
	r.expect(500)
	if !r.hears("lost deleted 0 false") {
		t.Errorf("events %q", r.told)
	}
	w.lines(1)
	r.expect(501)
}

// TestResumeOldFilesStayUnread: what was there before the log was followed is
// not read because the newest file is gone.
func TestResumeOldFilesStayUnread(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	old := time.Now().Add(-time.Hour)
	for n := range 3 {
		path := fmt.Sprintf("%s.%d", w.name, n+1)
		w.must(os.WriteFile(path, []byte("old\n"), 0o644))
		w.must(os.Chtimes(path, old, old))
	}
	r := follow(t, w.name, nil, false, quick)
	w.lines(100)
	r.expect(100)
	r.close()
	w.close()
	w.must(os.Remove(w.name))
	r.open(false)
	r.quiet()
	r.close()
	w.create()
	w.lines(50)
	r.open(false)
	w.lines(50)
	r.expect(200)
	r.close()
	w.close()
}

func TestResumeWithoutFiles(t *testing.T) {
	w := &logWriter{t: t, name: filepath.Join(t.TempDir(), "access.log")}
	r := follow(t, w.name, nil, false, quick)
	r.close()
	w.create()
	w.lines(100)
	w.rename()
	w.compress(t)
	w.create()
	w.lines(100)
	w.rename()
	w.create()
	w.lines(100)
	r.open(false)
	defer r.close()
	r.expect(300)
	w.close()
}

func TestResumeCopyTruncated(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		t.Run(fmt.Sprintf("compressed %t", compressed), func(t *testing.T) {
			w, r := down(t, 100, func(w *logWriter) {
				w.lines(100)
				w.copyTruncate()
				if compressed {
					w.compress(w.t.(*testing.T))
				}
				w.lines(100)
			})
			r.expect(300)
			if r.place.Truncations != 1 || len(r.place.Lost) != 0 {
				t.Errorf("place %+v", r.place)
			}
			w.lines(1)
			r.restart()
			r.expect(301)
		})
	}
}

// TestResumeBesideUnfinishedCompression: gzip has not finished, so the plain
// file is still there.
func TestResumeBesideUnfinishedCompression(t *testing.T) {
	_, r := down(t, 100, func(w *logWriter) {
		w.lines(100)
		for n := 1; n <= 2; n++ {
			w.rename()
			for _, packed := range []int{0, 10, 500} {
				content, err := os.ReadFile(w.name + ".1")
				w.must(err)
				whole := gzipped(w.t.(*testing.T), content)
				w.must(os.WriteFile(w.name+".1.gz", whole[:min(packed, len(whole)-1)], 0o644))
			}
			w.create()
			w.lines(100)
		}
	})
	r.expect(400)
}

// TestResumeWithinCompressed stops while a compressed file is read.
func TestResumeWithinCompressed(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	config := quick
	config.BlockSize = 2 << 10
	r := follow(t, w.name, nil, false, config)
	w.lines(50)
	r.expect(50)
	r.close()
	w.lines(500)
	for range 2 {
		w.rename()
		w.compress(t)
		w.create()
		w.lines(500)
	}
	w.close()
	r.open(false)
	for len(r.lines) < 1550 {
		r.step(time.Second)
		r.restart()
	}
	defer r.close()
	r.expect(1550)
	if r.place.Lost[LostToDeletion] != 0 {
		t.Errorf("lost %v", r.place.Lost)
	}
}

func TestResumeZstandard(t *testing.T) {
	_, r := down(t, 100, func(w *logWriter) {
		w.lines(100)
		for range 2 {
			w.close()
			content, err := os.ReadFile(w.name)
			w.must(err)
			os.Rename(w.name+".1.zst", w.name+".2.zst") // the first time there is none
			w.must(os.WriteFile(w.name+".1.zst", zstded(w.t.(*testing.T), content), 0o644))
			w.must(os.Remove(w.name))
			w.create()
			w.lines(100)
		}
	})
	r.expect(400)
}

// TestResumeStorm starts and stops all the time while a log is written to and
// rotated. The place is what was kept last, so that batches after it come again:
// as after a crash, they are not counted.
func TestResumeStorm(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	stop := make(chan struct{})
	done := make(chan struct{})
	var counted atomic.Int64
	go func() {
		defer close(done)
		defer w.close()
		random := rand.New(rand.NewPCG(1, 2))
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if pace(time.Millisecond); int64(w.next)-counted.Load() > 4000 {
				n-- // what rotation deletes at last must have been read
				continue
			}
			w.lines(random.IntN(40))
			switch {
			case n%25 == 10:
				w.rename()
				w.lines(random.IntN(10))
				w.create()
			case n%25 == 20:
				w.compress(t)
			}
		}
	}()
	config := quick
	config.BlockSize, config.Grace = 4<<10, 10*time.Millisecond
	r := follow(t, w.name, &Place{Looked: time.Now().Add(-time.Hour)}, false, config)
	for range 200 {
		for range rand.IntN(6) {
			r.step(4 * time.Millisecond)
		}
		kept, lines := r.place, len(r.lines)
		if rand.IntN(3) == 0 { // a crash: what came after the checkpoint was not counted
			r.step(2 * time.Millisecond)
			r.place, r.lines = kept, r.lines[:lines]
		}
		counted.Store(int64(len(r.lines)))
		for i := max(0, lines-500); i < len(r.lines); i++ {
			if line := r.lines[i]; line != numbered(i) {
				t.Fatalf("line %d is %.10q; events %q kept %+v now %+v", i, line, r.told[max(0, len(r.told)-12):], kept, r.place)
			}
		}
		r.restart()
	}
	close(stop)
	<-done
	defer r.close()
	r.expect(w.next)
	if len(r.place.Lost) != 0 {
		t.Errorf("lost %v, events %q", r.place.Lost, r.told)
	}
}

func TestFollowLeavesNothingBehind(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	w.lines(100)
	w.rename()
	w.compress(t)
	w.create()
	w.lines(100)
	descriptors := func() int {
		runtime.GC()
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := descriptors()
	for n := range 1000 {
		r := follow(t, w.name, nil, n%2 == 0, quick)
		r.step(time.Duration(n%4) * time.Millisecond)
		r.restart()
		r.close()
		r.close()
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	goleak.VerifyNone(t)
}
