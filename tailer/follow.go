package tailer

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// FollowConfig bounds what following costs. In every field zero or less means
// the default.
type FollowConfig struct {
	Config

	// Poll is how often a file and its name are looked at; default 100 ms. Of all
	// Followers of a process the first one's counts.
	Poll time.Duration

	// Grace is how long an old file must have been silent and fully read, with a
	// newer one there, before the newer one is read; default 1 s.
	Grace time.Duration

	// Linger is how long an old file is kept open after that, in case that
	// something is still written to it; default 10 min.
	Linger time.Duration
}

func (c FollowConfig) poll() time.Duration   { return positive(c.Poll, 100*time.Millisecond) }
func (c FollowConfig) grace() time.Duration  { return positive(c.Grace, time.Second) }
func (c FollowConfig) linger() time.Duration { return positive(c.Linger, 10*time.Minute) }

// longestAhead is how many bytes a file may grow by without a line coming from
// nxadm/tail, which buffers the line.
func (c FollowConfig) longestAhead() int64 { return int64(c.maxLine() + c.blockSize()) }

func positive(value, standard time.Duration) time.Duration {
	if value <= 0 {
		return standard
	}
	return value
}

// FollowEvents reports what happened. Every function is optional; they are
// called from the goroutine that calls Next, one at a time.
type FollowEvents struct {
	// Opened is called for a file that is read from now on, at offset.
	Opened func(name string, offset int64)
	// Rotated is called when a newer file is behind the name.
	Rotated func()
	// Truncated is called when a file turned out shorter, or other, than it was.
	Truncated func(name string)
	// Recovered is called when what a truncated or vanished file had was found in
	// another one.
	Recovered func(name string, offset int64)
	// Lost is called when bytes are gone unread. Where known is false, how many
	// cannot be told, and bytes is what is known at least.
	Lost func(cause LossCause, bytes int64, known bool)
	// Late is called when something was written to an old file after a newer one
	// has been begun.
	Late func(name string, bytes int64)
	// Failed is called when a file cannot be opened or read; it is tried again.
	Failed func(name string, err error)
}

// FollowStatus is how far a Follower has got, for those who watch it.
type FollowStatus struct {
	Behind   int64         // bytes that are there and have not been handed out
	Since    time.Time     // when it last had handed out everything
	CaughtUp bool          // what was there when it started has been handed out
	Files    int           // open files
	Missing  time.Duration // how long no file has been behind the name; 0 while one is
}

// Follower reads one log as it is written: the file behind a name, and those
// that take its place. It hands out batches of whole lines as an Archive does,
// and knows at every batch the Place to go on from.
//
// Next, Place and Close belong to one goroutine; Status may be called from any.
type Follower struct {
	name   string
	config FollowConfig
	events FollowEvents
	reader blockReader
	watch  *watcher
	head   [maxFingerprint]byte // what a file's beginning is read into
	timer  *time.Timer
	closed bool

	// What is open, oldest first: files that have been left for a newer one, the
	// one that is read, and those that come after it.
	lingering []*generation
	current   *generation // nil between two files
	backlog   []*generation
	tail      *lineTail // of current; nil while it is read in blocks

	sources int       // so many files have been begun
	begun   bool      // some file was known before current
	woken   bool      // by the watcher
	retry   time.Time // not to read before, after an error
	told    string    // the failure that was reported last
	looked  time.Time // Place.Looked

	rotations, truncations int64
	lost                   map[LossCause]int64

	caughtUp bool // protected by watch.mu
}

// Follow opens the log at name. With a place it goes on from there: it finds the
// files of the place again by inode and fingerprint, renamed or compressed, and
// then reads every newer one. Without, it begins at the end of the file, or at
// its beginning where asked; a file that is not there yet is read from its
// beginning once it is.
//
// The place is settled, and Place returns it, before Follow returns, so that it
// can be kept before the first line is read. Events are called by Follow too.
func Follow(name string, place *Place, fromBeginning bool, config FollowConfig, events FollowEvents) (*Follower, error) {
	f := &Follower{
		name:   name,
		config: config,
		events: events,
		reader: blockReader{config: config.Config, pool: pool{limit: config.buffers(), blockSize: config.blockSize()}},
		watch: &watcher{
			name: filepath.Clean(name), config: config,
			wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
			known: map[identity]bool{}, since: time.Now(),
		},
		timer: time.NewTimer(time.Hour),
		lost:  map[LossCause]int64{},
	}
	var err error
	if place == nil {
		err = f.start(fromBeginning)
	} else {
		err = f.resume(place)
	}
	if err != nil {
		f.closeFiles()
		return nil, fmt.Errorf("cannot follow %q: %w", name, withoutPath(err))
	}
	f.looked = f.watch.looked
	f.publish()
	f.settle()
	go f.watch.run()
	return f, nil
}

// Next returns the next batch of whole lines. It waits until there is one, or
// ctx ends, whose error it then returns; it may be called again after that. A
// batch may have no lines where only the Place has changed. After Close the
// error is os.ErrClosed.
func (f *Follower) Next(ctx context.Context) (*Batch, error) {
	for {
		if f.closed {
			return nil, fmt.Errorf("cannot follow %q on: %w", f.name, os.ErrClosed)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		looked := f.take()
		f.settle()
		b := f.step()
		if b == nil {
			f.settle() // step may have met the end of what can be read
			b = f.wait(ctx)
		}
		if b != nil {
			f.looked = looked
			return b, nil
		}
	}
}

// Place sets place to where the follower stands after the batch that Next
// returned last.
func (f *Follower) Place(place *Place) {
	place.Files = place.Files[:0]
	for _, g := range f.open() {
		place.Files = append(place.Files, g.position())
	}
	place.Looked = f.looked
	place.Rotations, place.Truncations = f.rotations, f.truncations
	if place.Lost == nil {
		place.Lost = make(map[LossCause]int64, len(f.lost))
	}
	clear(place.Lost)
	maps.Copy(place.Lost, f.lost)
}

// open returns all open files, oldest first.
func (f *Follower) open() []*generation {
	list := slices.Clone(f.lingering)
	if f.current != nil {
		list = append(list, f.current)
	}
	for _, g := range f.backlog {
		if !slices.Contains(list, g) { // a file may be behind the name again
			list = append(list, g)
		}
	}
	return list
}

// Status returns how far the follower has got. It never waits for a file.
func (f *Follower) Status() FollowStatus {
	w := f.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	status := FollowStatus{Since: w.since, CaughtUp: f.caughtUp, Files: len(w.watched)}
	for _, g := range w.watched {
		status.Behind += g.behind()
	}
	for _, g := range w.fresh {
		if !slices.Contains(w.watched, g) {
			status.Behind += g.behind()
			status.Files++
		}
	}
	if status.Behind == 0 {
		status.Since = time.Now()
	}
	if !w.missing.IsZero() {
		status.Missing = time.Since(w.missing)
	}
	return status
}

// Close stops following and closes what is open; it leaves no goroutine or
// descriptor behind, but for what polls for nxadm/tail, which ends within a poll.
// Batches that are out stay valid. Close may be called more than once.
func (f *Follower) Close() {
	if f.closed {
		return
	}
	f.closed = true
	close(f.watch.stop)
	<-f.watch.done
	f.stopTail()
	f.take()
	f.closeFiles()
}

func (f *Follower) closeFiles() {
	f.timer.Stop()
	for _, g := range f.open() {
		g.close()
	}
	f.lingering, f.current, f.backlog = nil, nil, nil
	f.publish()
}
