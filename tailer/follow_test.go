package tailer

import (
	"path/filepath"
	"testing"
)

func TestFollowFromTheEnd(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	w.write("old line\nunfinished ")
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	if got := r.place.Files[0].Offset; got != 9 {
		t.Errorf("the place is at %d before the first line, want 9", got)
	}
	w.write("line\n")
	r.until("line", func() bool { return len(r.lines) == 1 })
	if r.lines[0] != "unfinished line" {
		t.Errorf("got %q", r.lines)
	}
	r.lines = nil
	w.lines(1000)
	r.expect(1000)
}

func TestFollowFromTheBeginning(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	w.lines(10_000)
	r := follow(t, w.name, nil, true, quick)
	defer r.close()
	if status := r.f.Status(); status.CaughtUp || status.Behind == 0 {
		t.Errorf("before anything was read: %+v", status)
	}
	r.expect(10_000)
	if status := r.f.Status(); !status.CaughtUp || status.Behind != 0 || status.Files != 1 {
		t.Errorf("after everything was read: %+v", status)
	}
	w.lines(10_000)
	r.expect(20_000)
}

func TestFollowRename(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	defer r.close()
	for range 5 {
		w.lines(100)
		w.rename()
		w.lines(100)
		w.create()
		w.lines(100)
	}
	r.expect(1500)
	if r.place.Rotations == 0 || r.place.Rotations > 5 {
		t.Errorf("%d rotations", r.place.Rotations)
	}
}

func TestResumeAfterRenames(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	w.lines(100)
	r.expect(100)
	r.close()
	w.lines(100)
	w.rename()
	w.create()
	w.lines(100)
	w.rename()
	w.create()
	w.lines(100)
	r.open(false)
	defer r.close()
	r.expect(400)
	if r.place.Rotations != 2 {
		t.Errorf("%d rotations", r.place.Rotations)
	}
}

func TestResumeAfterCompression(t *testing.T) {
	w := newLogWriter(t, filepath.Join(t.TempDir(), "access.log"))
	defer w.close()
	r := follow(t, w.name, nil, false, quick)
	w.lines(100)
	r.expect(100)
	r.close()
	w.lines(100)
	for range 3 {
		w.rename()
		w.create()
		w.compress(t)
		w.lines(100)
	}
	r.open(false)
	defer r.close()
	r.expect(500)
}
