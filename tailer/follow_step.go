package tailer

import (
	"context"
	"slices"
	"time"
)

// take takes over what the watcher has found, and returns until when that is all.
func (f *Follower) take() (looked time.Time) {
	w := f.watch
	w.mu.Lock()
	failures, fresh := w.failures, w.fresh
	w.failures, w.fresh = nil, nil
	looked = w.looked
	if len(fresh) > 0 {
		f.backlog = append(f.backlog, fresh...)
		w.watched, w.waiting = f.open(), len(f.backlog)
	}
	w.mu.Unlock()
	for _, err := range failures {
		f.report(f.name, err)
	}
	return looked
}

// publish shows the watcher what is open.
func (f *Follower) publish() {
	w := f.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched, w.waiting = f.open(), len(f.backlog)
	if len(w.fresh) == 0 {
		if last := len(f.backlog) - 1; last >= 0 {
			w.newest = f.backlog[last]
		} else if f.current != nil {
			w.newest = f.current
		}
	}
}

func (f *Follower) report(name string, err error) {
	if f.events.Failed != nil {
		f.events.Failed(name, err)
	}
}

// fail reports that a file cannot be read, once, and has it tried again later.
func (f *Follower) fail(g *generation, err error) {
	err = withoutPath(err)
	if text := g.name + err.Error(); f.told != text {
		f.told = text
		f.report(g.name, err)
	}
	f.retry = time.Now().Add(f.config.grace())
}

// settle finds out whether what was there in the beginning has been handed out.
// It is called when the batch before has been used.
func (f *Follower) settle() {
	if f.caughtUp {
		return
	}
	for _, g := range f.open() {
		if !g.reached && g.offset < g.goal {
			return
		}
	}
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	f.caughtUp = true
}

// step returns what can be handed out without waiting; nil where nothing can.
func (f *Follower) step() *Batch {
	if b := f.readLate(); b != nil {
		return b
	}
	g := f.current
	switch {
	case g == nil && len(f.backlog) == 0:
		return nil
	case g == nil:
		return f.begin()
	case g.packed != nil:
		return f.stepPacked(g)
	case f.tail != nil && !f.tailIsOver(g):
		return nil
	}
	return f.stepPlain(g)
}

// begin goes on to the next file.
func (f *Follower) begin() *Batch {
	g := f.backlog[0]
	f.backlog = slices.Delete(f.backlog, 0, 1)
	f.enter(g)
	f.publish()
	return f.news(g)
}

// enter makes g the file that is read.
func (f *Follower) enter(g *generation) {
	f.lingering = slices.DeleteFunc(f.lingering, func(other *generation) bool { return other == g })
	if g.packed == nil { // else it has been left, and its rest is read first
		g.mu.Lock()
		g.left = false
		g.mu.Unlock()
	}
	f.adopt(g)
	if g.rotates && f.begun {
		f.rotations++
		if f.events.Rotated != nil {
			f.events.Rotated()
		}
	}
	f.begun = true
	f.current = g
	f.retry = time.Time{}
	if f.events.Opened != nil {
		f.events.Opened(g.name, g.offset)
	}
}

// adopt gives g a source of its own: what batches of one add up to is one file.
func (f *Follower) adopt(g *generation) {
	if g.source == nil {
		g.source = &Source{Name: f.name, Index: f.sources, Size: -1, config: f.config.Config, known: true}
		f.sources++
	}
}

// news returns a batch without lines, for a Place that has changed.
func (f *Follower) news(g *generation) *Batch {
	f.adopt(g)
	b := f.reader.newBatch(g)
	g.sequence++
	return b
}

// stepPacked reads a compressed file.
func (f *Follower) stepPacked(g *generation) *Batch {
	b, err := f.reader.readPacked(g)
	if err != nil {
		f.fail(g, err)
	}
	if b == nil {
		return f.leave(g)
	}
	g.cut = false
	return f.handOut(g, b)
}

// stepPlain reads a plain file in blocks. At its end it has it tailed, if it is
// the newest, and else leaves it once it has been silent.
func (f *Follower) stepPlain(g *generation) *Batch {
	now := time.Now()
	if now.Before(f.retry) {
		return nil
	}
	size, _, err := g.look()
	if err != nil {
		f.fail(g, err)
		return nil
	}
	b, err := f.reader.read(g, false)
	switch {
	case err != nil:
		f.fail(g, err)
		return nil
	case b != nil:
		return f.deliver(g, b)
	}
	if whole, err := g.verify(g.offset, &f.head); err != nil {
		f.fail(g, err)
		return nil
	} else if !whole {
		return f.truncated(g)
	}
	g.setIdle(size)
	g.reached = true
	switch {
	case g.complete, len(f.backlog) > 0 && g.silent(now) >= f.config.grace():
		return f.finish(g)
	case len(f.backlog) == 0 && g.tailable && !g.cut && g.scanned <= g.offset && size != g.untailed:
		f.startTail(g)
	}
	return nil
}

// finish hands out what is left of a file, which needs no line end, and then
// leaves the file.
func (f *Follower) finish(g *generation) *Batch {
	b, err := f.reader.read(g, true)
	switch {
	case err != nil:
		f.fail(g, err)
		return nil
	case b != nil:
		return f.deliver(g, b)
	}
	return f.leave(g)
}

// leave leaves a file that has been read, and goes on to the next.
func (f *Follower) leave(g *generation) *Batch {
	f.stopTail()
	f.current = nil
	missing := max(0, g.promised-g.offset)
	if g.packed != nil || g.complete {
		g.close()
	} else {
		f.linger(g)
	}
	f.publish()
	if missing > 0 {
		f.lose(g.cause, missing, false)
	}
	if len(f.backlog) > 0 {
		return f.begin()
	}
	return f.news(g)
}

// deliver hands out b, unless the file is no longer the one that it was read of.
func (f *Follower) deliver(g *generation, b *Batch) *Batch {
	whole, err := g.verify(b.End, &f.head)
	if err != nil {
		b.Release()
		f.fail(g, err)
		return nil
	}
	if !whole {
		b.Release()
		return f.truncated(g)
	}
	g.cut = !g.ends
	return f.handOut(g, b)
}

// handOut makes b the last batch of g.
func (f *Follower) handOut(g *generation, b *Batch) *Batch {
	g.sequence++
	g.handOut(b.End)
	f.told = ""
	return b
}

// wait waits for something to do. It returns lines that nxadm/tail has read.
func (f *Follower) wait(ctx context.Context) *Batch {
	f.timer.Reset(f.pause())
	select {
	case line, ok := <-f.tailLines():
		if !ok {
			line = nil
		}
		return f.collect(ctx, line)
	case <-f.watch.wake:
		f.woken = true
	case <-f.timer.C:
	case <-ctx.Done():
	}
	return nil
}

// pause returns how long there is nothing to do, if nothing happens.
func (f *Follower) pause() time.Duration {
	now := time.Now()
	pause := time.Hour
	if g := f.current; g != nil && g.packed == nil && f.tail == nil {
		if len(f.backlog) > 0 {
			pause = min(pause, f.config.grace()-g.silent(now))
		}
		if now.Before(f.retry) {
			pause = max(pause, f.retry.Sub(now))
		}
	}
	if len(f.lingering) > 0 {
		pause = min(pause, f.lingering[0].leftAt.Add(f.config.linger()).Sub(now))
	}
	return max(pause, time.Millisecond)
}
