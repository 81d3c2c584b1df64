package tailer

import "sync"

// maxKeptBlocks is how many block sizes a buffer may have grown to, by a long
// line, and still be kept: one such line must not stay in memory for each
// batch (golang.org/issue/23199).
const maxKeptBlocks = 4

// pool keeps released batches. It is bounded by count and by size; a
// sync.Pool would be by neither, and would lose them at every collection.
type pool struct {
	limit     int // batches
	blockSize int // bytes

	mu   sync.Mutex
	free []*Batch // protected by mu
}

// get returns an empty batch.
func (p *pool) get() *Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		b := p.free[last]
		p.free = p.free[:last]
		return b
	}
	return &Batch{release: p.put, flawOffset: -1}
}

// put takes back a batch; its buffers stay with it.
func (p *pool) put(b *Batch) {
	*b = Batch{
		buffer:     b.buffer[:0],
		starts:     b.starts[:0],
		ends:       b.ends[:0],
		flawHead:   b.flawHead[:0],
		flawOffset: -1,
		release:    b.release,
	}
	if cap(b.buffer) > maxKeptBlocks*p.blockSize {
		b.buffer = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < p.limit {
		p.free = append(p.free, b)
	}
}
