package tailer

import (
	"errors"
	"io/fs"
	"sync"
	"time"
)

// maxPinned is how many files that are not being read yet are held open. Those
// beyond are found later, by their names.
const maxPinned = 64

// watcher looks at a log's name and at its open files, in a goroutine of its
// own, so that a newer file is open before rotation can take it away, however
// far behind reading is.
type watcher struct {
	name   string
	config FollowConfig
	wake   chan struct{} // capacity 1: something is there to be taken
	stop   chan struct{} // closed by who owns the watcher
	done   chan struct{} // closed when the goroutine has ended

	// Of the goroutine.
	behind identity          // of the file behind the name, when it was taken in last
	known  map[identity]bool // the siblings there when they were listed last
	denied denied
	told   string               // the failure that was reported last
	head   [maxFingerprint]byte // what a file's beginning is read into

	mu       sync.Mutex    // protects what follows
	watched  []*generation // open files in the order of their age; not owned
	newest   *generation   // of all that were ever found; may be closed
	waiting  int           // of watched, not begun yet
	fresh    []*generation // newer ones, owned until they are taken
	failures []error
	looked   time.Time // when all that was there had been found
	missing  time.Time // since when nothing is behind the name; zero while something is
	since    time.Time // when everything had been handed out
}

// denied is a file that could not be opened when following began.
type denied struct {
	identity
	size int64 // bytes, then
}

// run looks until it is stopped.
func (w *watcher) run() {
	defer close(w.done)
	ticker := time.NewTicker(w.config.poll())
	defer ticker.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
			w.look()
		}
	}
}

// look looks once at everything.
func (w *watcher) look() {
	now := time.Now()
	w.lookAtName(now)
	if w.lookAtFiles(now) {
		w.signal()
	}
}

func (w *watcher) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// lookAtName takes in what is new behind the name.
func (w *watcher) lookAtName(now time.Time) {
	state, err := stateOf(w.name, true)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.fail(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.missing.IsZero() {
			w.missing = now
		}
		return
	}
	if state.identity != w.behind && !w.takeIn(state.identity) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked, w.missing = now, time.Time{}
}

// lookAtFiles looks at the open files and reports whether one wants reading.
func (w *watcher) lookAtFiles(now time.Time) (wake bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	limit, patience := w.config.longestAhead(), 3*w.config.poll()
	var behind int64
	for _, list := range [][]*generation{w.watched, w.fresh} {
		for _, g := range list {
			size, changed, err := g.look()
			rewritten := changed && size == g.lastOffset() // perhaps with other bytes
			if err == nil && (rewritten || g.awaits(limit, patience, now)) {
				wake = true
			}
			if g.wantsHead() {
				g.learnHead(&w.head) // where it fails, reading will say so
			}
			behind += g.behind()
		}
	}
	if behind == 0 {
		w.since = now
	}
	return wake
}

// fail has a failure reported, unless it was the last one too.
func (w *watcher) fail(err error) {
	err = withoutPath(err)
	if w.told == err.Error() {
		return
	}
	w.told = err.Error()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, err)
	w.signal()
}

// takeIn finds the files that came since the name was looked at last, up to the
// one behind it now, and opens them. It reports whether it has found all.
func (w *watcher) takeIn(id identity) bool {
	if g := w.open(id); g != nil {
		w.takeBack(g)
		return true
	}
	g, err := openGeneration(w.name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.fail(err)
		}
		return false
	}
	if w.open(g.identity) != nil { // renamed back meanwhile
		g.close()
		return false
	}
	if g.identity == w.denied.identity {
		g.offset = lineStart(g.file, w.denied.size, w.config.maxLine())
	}
	w.told = ""
	found, certain := w.between(g)
	for try := 0; !certain; try++ {
		if try == 10 { // the next look will find it, and this one
			g.close()
			return false
		}
		found, certain = w.between(g)
	}
	return w.queue(append(found, g))
}

// open returns the open generation with an identity, if there is one.
func (w *watcher) open(id identity) *generation {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range [][]*generation{w.fresh, w.watched} {
		for _, g := range list {
			if g.identity == id && !g.complete {
				return g
			}
		}
	}
	return nil
}

// takeBack queues an open file that is behind the name again.
func (w *watcher) takeBack(g *generation) {
	w.behind = g.identity
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.newest != nil && w.newest.identity == g.identity {
		return
	}
	g.rotates = true
	w.newest = g
	w.fresh = append(w.fresh, g)
	w.signal()
}

// queue hands files on to be read, as many as may be pinned, and reports
// whether that is all of them.
func (w *watcher) queue(found []*generation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	room := min(len(found), max(0, maxPinned-w.waiting-len(w.fresh)))
	closeAll(found[room:])
	if room == 0 {
		return false
	}
	for _, g := range found[:room] {
		g.rotates = true
		w.newest = g
		w.fresh = append(w.fresh, g)
	}
	if room == len(found) {
		w.behind = w.newest.identity
	}
	w.signal()
	return room == len(found)
}
