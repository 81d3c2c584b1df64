package proxy

import (
	"sync/atomic"
	"time"
)

// clock is a coarse one: the sweep moves it on, everybody reads it for the price
// of a load. It counts nanoseconds from the proxy's start and is never 0.
//
// It stands still while the sweep is kept from running, as on a machine that is
// overloaded or was stopped for a while: what has happened meanwhile bears the
// time before, and would else seem to be long ago. So a time-out may come late,
// never early.
type clock struct {
	moved time.Time    // by the sweep; its own
	last  atomic.Int64 // what it shows
	ahead atomic.Int64 // what it shows after the next move, at most
}

func newClock(tick time.Duration) *clock {
	c := &clock{moved: time.Now()}
	c.last.Store(1)
	c.ahead.Store(1 + int64(2*tick))
	return c
}

// now returns a time not after the present one.
func (c *clock) now() int64 { return c.last.Load() }

// soon returns a time not before the present one: what is measured from it, by
// now, is never too long, so that no time-out comes early.
func (c *clock) soon() int64 { return c.ahead.Load() }

// move moves the clock on, to be moved again after a tick.
func (c *clock) move(now time.Time, tick time.Duration) int64 {
	shows := min(c.last.Load()+max(0, int64(now.Sub(c.moved))), c.ahead.Load())
	c.moved = now
	c.last.Store(shows)
	c.ahead.Store(shows + int64(2*tick))
	return shows
}
