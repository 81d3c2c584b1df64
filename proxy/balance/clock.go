package balance

import "time"

// instant is a moment, as the time since the first one that the pool was told.
type instant = time.Duration

const (
	longAgo instant = -1 << 60 // before everything; differences do not overflow
	farOff  instant = 1 << 60
)

// clock turns the caller's times into instants, and never steps back.
type clock struct {
	// origin is when the pool was made. It is of no meaning but to be subtracted:
	// keeping the caller's first time instead would keep what a Query points to
	// on the heap. Unlike a time of the calendar it has the reading of the
	// machine's steady clock.
	origin  time.Time
	first   time.Duration // the first time that was told, since origin
	started bool
	now     instant // the latest there was
}

// read returns a time as an instant. The zero time is now.
func (c *clock) read(at time.Time) instant {
	if at.IsZero() || !c.started {
		return c.now
	}
	return min(max(sinceOrigin(at.Sub(c.origin))-c.first, longAgo), farOff)
}

// sinceOrigin keeps a difference within what can be reckoned with.
func sinceOrigin(d time.Duration) time.Duration { return min(max(d, longAgo), farOff) }

// advance reads a time, and lets the clock go on to it if it is later.
func (c *clock) advance(at time.Time) instant {
	if !c.started && !at.IsZero() {
		c.started, c.first = true, sinceOrigin(at.Sub(c.origin))
	}
	read := c.read(at)
	c.now = max(c.now, read)
	return read
}

// time returns an instant as a time.
func (c *clock) time(i instant) time.Time { return c.origin.Add(c.first + i) }
