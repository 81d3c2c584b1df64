package balance

import "time"

// instant is a moment, as the time since the first one that the pool was told.
type instant = time.Duration

const (
	longAgo instant = -1 << 61 // before everything; differences do not overflow
	farOff  instant = 1 << 61
)

// clock turns the caller's times into instants. It has none of its own.
type clock struct {
	epoch time.Time
	now   instant // the latest there was
}

// read returns a time as an instant. The zero time is now.
func (c *clock) read(at time.Time) instant {
	if at.IsZero() {
		return c.now
	}
	if c.epoch.IsZero() {
		return 0
	}
	return min(max(at.Sub(c.epoch), longAgo), farOff)
}

// advance reads a time, and lets the clock go on to it if it is later.
func (c *clock) advance(at time.Time) instant {
	if c.epoch.IsZero() {
		c.epoch = at
	}
	read := c.read(at)
	c.now = max(c.now, read)
	return read
}

// time returns an instant as the caller's time.
func (c *clock) time(i instant) time.Time { return c.epoch.Add(i) }
