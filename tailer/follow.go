package tailer

import (
	"context"
	"errors"
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
type Follower struct{}

// Follow opens the log at name. With a place it goes on from there: it finds the
// files of the place again by inode and fingerprint, renamed or compressed, and
// then reads every newer one. Without, it begins at the end of the file, or at
// its beginning where asked; a file that is not there yet is read from its
// beginning once it is.
//
// The place is settled, and Place returns it, before Follow returns, so that it
// can be kept before the first line is read.
func Follow(name string, place *Place, fromBeginning bool, config FollowConfig, events FollowEvents) (*Follower, error) {
	return nil, errors.New("not there yet")
}

// Next returns the next batch of whole lines. It waits until there is one, or
// ctx ends, whose error it then returns. A batch may have no lines where only
// the Place has changed.
func (f *Follower) Next(ctx context.Context) (*Batch, error) { return nil, ctx.Err() }

// Place sets place to where the follower stands after the batch that Next
// returned last.
func (f *Follower) Place(place *Place) {}

// Status returns how far the follower has got. It never waits.
func (f *Follower) Status() FollowStatus { return FollowStatus{} }

// Close stops following and leaves no goroutine or descriptor behind. Batches
// that are out stay valid.
func (f *Follower) Close() {}
