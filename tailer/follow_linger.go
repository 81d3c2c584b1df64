package tailer

import (
	"slices"
	"time"
)

// maxLingering is how many files that have been left are kept open.
const maxLingering = 8

// linger keeps a file that has been left, for what may still be written to it.
func (f *Follower) linger(g *generation) {
	g.mu.Lock()
	g.left, g.leftAt = true, time.Now()
	g.checked = g.size
	g.mu.Unlock()
	g.reached = true
	f.lingering = append(f.lingering, g)
}

// readLate returns what was written to a file after it had been left; nil where
// nothing was. A file whose time is over is closed, after its unfinished last
// line, if there is one.
func (f *Follower) readLate() *Batch {
	if len(f.lingering) == 0 {
		return nil
	}
	now := time.Now()
	for i, g := range f.lingering {
		over := i < len(f.lingering)-maxLingering || now.Sub(g.leftAt) >= f.config.linger()
		if !over && g.lastSize() == g.checked {
			continue
		}
		if b := f.readLingering(g, over); b != nil {
			return b
		}
	}
	return nil
}

func (f *Follower) readLingering(g *generation, over bool) *Batch {
	size, _, err := g.look()
	f.adopt(g)
	var b *Batch
	if err == nil {
		b, err = f.reader.read(g, over)
	}
	whole := true
	if err == nil {
		end := g.offset
		if b != nil {
			end = b.End
		}
		whole, err = g.verify(end, &f.head)
	}
	if b != nil && (err != nil || !whole) {
		b.Release()
		b = nil
	}
	switch {
	case err != nil:
		f.fail(g, err)
	case !whole:
		return f.truncatedLate(g)
	case b != nil:
		g.cut = !g.ends
		if f.events.Late != nil {
			f.events.Late(g.name, b.bytes)
		}
		return f.handOut(g, b)
	}
	g.checked, g.reached = size, true
	g.setIdle(size)
	if !over {
		return nil
	}
	g.close()
	f.lingering = slices.DeleteFunc(f.lingering, func(other *generation) bool { return other == g })
	f.publish()
	return f.news(g)
}
