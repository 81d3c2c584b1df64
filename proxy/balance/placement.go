package balance

// placement is a choice that has not ended.
type placement struct {
	life     uint32 // of which use of this slot; a choice of an earlier one has ended
	trial    bool
	linked   bool // it waits for an answer
	sent     bool
	answered bool

	isConnected bool

	server    *Server
	picked    instant // by the caller's time
	began     instant // by the pool's, which does not step back
	connected instant
	asked     instant // when what is to be answered was sent, or the connection was there
	counted   instant // when the answer was counted

	since    instant // when it began to wait
	previous uint32  // of those of the server that wait; none at an end
	next     uint32
}

// placements are all choices under way. Slots are used again, so that a choice
// allocates nothing.
type placements struct {
	slots []placement
	free  []uint32
}

// queue is a server's placements that wait, longest first.
type queue struct {
	first, last uint32
	length      int
}

// none is no slot.
const none = ^uint32(0)

// take returns a slot for a new choice.
func (p *placements) take() uint32 {
	if last := len(p.free) - 1; last >= 0 {
		slot := p.free[last]
		p.free = p.free[:last]
		return slot
	}
	p.slots = append(p.slots, placement{})
	return uint32(len(p.slots) - 1)
}

// release makes a slot free again.
func (p *placements) release(slot uint32) {
	p.slots[slot] = placement{life: p.slots[slot].life + 1}
	p.free = append(p.free, slot)
}

// wait puts a placement at the end of its server's queue.
func (p *placements) wait(slot uint32, now instant) {
	p.unlink(slot)
	pl := &p.slots[slot]
	q := &pl.server.waiting
	pl.linked, pl.since, pl.previous, pl.next = true, now, none, none
	if q.length > 0 {
		pl.previous = q.last
		p.slots[q.last].next = slot
	} else {
		q.first = slot
	}
	q.last = slot
	q.length++
}

// unlink takes a placement out of its server's queue.
func (p *placements) unlink(slot uint32) {
	pl := &p.slots[slot]
	if !pl.linked {
		return
	}
	q := &pl.server.waiting
	if pl.previous != none {
		p.slots[pl.previous].next = pl.next
	} else {
		q.first = pl.next
	}
	if pl.next != none {
		p.slots[pl.next].previous = pl.previous
	} else {
		q.last = pl.previous
	}
	pl.linked = false
	q.length--
}

// longestWaiting returns since when somebody has been waiting for a server.
func (p *placements) longestWaiting(s *Server) (since instant, waits bool) {
	if s.waiting.length == 0 {
		return 0, false
	}
	return p.slots[s.waiting.first].since, true
}
