package proxy

import (
	"sync/atomic"
	"time"
)

// clock is a coarse one: the sweep sets it, everybody reads it for the price of
// a load. It counts nanoseconds from the proxy's start and is never 0.
type clock struct {
	start time.Time
	last  atomic.Int64 // when it was set
	next  atomic.Int64 // when it will be
}

func newClock() *clock {
	c := &clock{start: time.Now()}
	c.set(c.start, 0)
	return c
}

// now returns a time not after the present one.
func (c *clock) now() int64 { return c.last.Load() }

// soon returns a time not before the present one: what is measured from it, by
// now, is never too long, so that no time-out comes early.
func (c *clock) soon() int64 { return c.next.Load() }

// set sets the clock, to be set again after a tick.
func (c *clock) set(now time.Time, tick time.Duration) int64 {
	ticks := max(1, int64(now.Sub(c.start)))
	c.last.Store(ticks)
	c.next.Store(ticks + int64(tick))
	return ticks
}
