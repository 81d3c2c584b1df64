package balance

import "time"

// begin takes the pool's lock for a choice that has not ended, and reads the
// time. It returns nil, and no lock, if there is nothing (more) to note.
func (c *Choice) begin(at time.Time) (pl *placement, read instant) {
	if c.pool == nil {
		return nil, 0
	}
	p := c.pool
	p.mu.Lock()
	pl = &p.placements.slots[c.slot]
	if pl.life != c.life {
		p.mu.Unlock()
		return nil, 0
	}
	return pl, p.advance(at)
}

// Connected notes that the connection to the server is there.
func (c *Choice) Connected(at time.Time) {
	pl, read := c.begin(at)
	if pl == nil {
		return
	}
	defer c.pool.unlock()
	if pl.isConnected || pl.answered {
		return
	}
	pl.isConnected, pl.connected, pl.asked = true, max(read, pl.picked), max(read, pl.picked)
	if c.pool.serverFirst {
		c.pool.placements.wait(c.slot, c.pool.clock.now)
	} else {
		c.pool.placements.unlink(c.slot) // whether it is asked anything is up to the client
	}
}

// Sent notes that bytes of the client went on to the server. Of several calls
// before FirstByte the last counts; one is enough.
func (c *Choice) Sent(at time.Time) {
	pl, read := c.begin(at)
	if pl == nil {
		return
	}
	defer c.pool.unlock()
	if pl.answered {
		return
	}
	c.pool.connect(pl, read)
	pl.sent, pl.asked = true, max(read, pl.connected)
	c.pool.placements.wait(c.slot, c.pool.clock.now)
}

// connect makes up for a Connected that was not told.
func (p *Pool) connect(pl *placement, read instant) {
	if !pl.isConnected {
		pl.isConnected, pl.connected, pl.asked = true, max(read, pl.picked), max(read, pl.picked)
	}
}

// FirstByte notes the first bytes that came from the server.
func (c *Choice) FirstByte(at time.Time) {
	pl, read := c.begin(at)
	if pl == nil {
		return
	}
	p := c.pool
	defer p.unlock()
	if pl.answered {
		return
	}
	p.connect(pl, read)
	pl.answered, pl.counted = true, p.clock.now
	p.serverFirst = !pl.sent
	p.placements.unlink(c.slot)
	s := pl.server
	s.answered = p.clock.now
	s.latency.observe(pl.waited(read), p.median, p.clock.now)
	s.own.add(p.clock.now, 1, 0)
	if !s.brokeOff {
		p.succeeded(s, pl)
	}
}

// waited returns for how long the server has let wait, in seconds: the time to
// connect, and that from being asked on.
func (pl *placement) waited(until instant) float64 {
	if !pl.isConnected {
		return seconds(max(0, until-pl.picked))
	}
	return seconds(pl.connected - pl.picked + max(0, until-pl.asked))
}

// Done ends a choice whose connection was established.
func (c *Choice) Done(at time.Time, outcome Outcome) {
	pl, read := c.begin(at)
	if pl == nil {
		return
	}
	p, s := c.pool, pl.server
	defer p.unlock()
	switch {
	case outcome == Abandoned && !pl.answered:
		// It took at least this long; how long it would have taken nobody knows.
		if waited := pl.waited(read); waited > s.latency.current(p.median, p.clock.now) {
			s.latency.observe(waited, p.median, p.clock.now)
		}
	case outcome == Completed:
		if !pl.answered {
			s.own.add(p.clock.now, 1, 0)
		}
		s.brokeOff = false
		p.succeeded(s, pl)
	}
	p.end(c.slot)
}

// Failed ends a choice whose connection could not be established or broke.
func (c *Choice) Failed(at time.Time, fault Fault) {
	pl, read := c.begin(at)
	if pl == nil {
		return
	}
	p, s := c.pool, pl.server
	defer p.unlock()
	if fault == Local {
		s.locals++
		p.end(c.slot)
		return
	}
	now := p.clock.now
	s.failures++
	attempts := int64(1)
	if pl.answered {
		s.brokeOff = true
		if now-pl.counted < windowLength-time.Second {
			attempts = 0 // it is in the window already
		}
	} else {
		s.latency.observe(max(pl.waited(read), p.median), p.median, now)
	}
	s.own.add(now, attempts, 1)
	p.failed(s, pl)
	p.end(c.slot)
}

// end takes a choice off its server.
func (p *Pool) end(slot uint32) {
	pl := &p.placements.slots[slot]
	p.placements.unlink(slot)
	pl.server.inFlight--
	if pl.trial {
		pl.server.trial = false
	}
	p.placements.release(slot)
}
