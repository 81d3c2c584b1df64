package tailer

import (
	"context"
	"runtime"
	"time"
)

// startTail has nxadm/tail go on behind what has been handed out of g.
func (f *Follower) startTail(g *generation) {
	t, err := startTail(g.file, g.offset, f.config.poll())
	if err != nil {
		g.tailable = false // it is read in blocks as it grows
		f.fail(g, err)
		return
	}
	f.tail = t
	g.setTailed(true)
}

// stopTail goes back to reading in blocks.
func (f *Follower) stopTail() {
	if f.tail == nil {
		return
	}
	f.tail.stop()
	f.tail = nil
	f.current.setTailed(false)
}

// tailLines returns where lines come from; nil while nothing is tailed.
func (f *Follower) tailLines() <-chan *tailLine {
	if f.tail == nil {
		return nil
	}
	return f.tail.lines
}

// tailIsOver reports that g is to be read in blocks again: a newer file is
// there, g has changed in a way that a tail does not show, or it has grown and
// no line came. What the tail has read and not handed out is read again.
func (f *Follower) tailIsOver(g *generation) bool {
	switch {
	case len(f.backlog) > 0:
	case !f.woken:
		return false
	default:
		f.woken = false
		size, _, err := g.look()
		whole, failure := g.verify(g.offset, &f.head)
		if err == nil && failure == nil && whole && !g.awaits(f.config.longestAhead(), 3*f.config.poll(), time.Now()) {
			return false
		}
		g.untailed = size // an unfinished line is waited for without a tail
	}
	f.stopTail()
	return true
}

// burstPause is how long a line may take that has been written already, before
// those that have come are handed out.
const burstPause = 2 * time.Millisecond

// collect makes line, and those that come right after it, a batch. A nil line
// is one that the tail has not got: the file is read in blocks then.
func (f *Follower) collect(ctx context.Context, line *tailLine) *Batch {
	g := f.current
	b := f.reader.newBatch(g)
	data, end, ok := b.buffer[:0], g.offset, true
	for {
		data, end, ok = appendLine(data, line, end)
		if !ok || len(data) >= f.config.blockSize() {
			break
		}
		if line = f.nextLine(ctx, g, end); line == nil {
			break
		}
	}
	if !ok {
		f.stopTail()
	}
	b.buffer = data
	if len(data) == 0 {
		f.reader.pool.put(b)
		return nil
	}
	g.ends = true
	return f.deliver(g, fill(b, g, data))
}

// nextLine returns the next line of a burst, or nil where that is over: no line
// has come, and none has been written.
func (f *Follower) nextLine(ctx context.Context, g *generation, end int64) *tailLine {
	for range 4 {
		select {
		case line := <-f.tail.lines:
			return line
		default:
			runtime.Gosched() // the tail's goroutine has been waiting for this one
		}
	}
	if size, _, err := g.look(); err != nil || size <= end {
		return nil
	}
	f.timer.Reset(burstPause)
	select {
	case line := <-f.tail.lines:
		return line
	case <-f.timer.C:
	case <-ctx.Done():
	}
	return nil
}
