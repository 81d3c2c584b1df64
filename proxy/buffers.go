package proxy

import "sync"

// Sizes of what is read at once. A connection begins with small ones; one that
// fills them is a transfer, for which large ones save system calls.
const (
	smallBuffer = 16 << 10
	largeBuffer = 64 << 10
)

// buffers are the pools that buffers come from. One is held only from a read
// that brought something until that is written.
type buffers struct {
	small, large sync.Pool // of *[]byte
}

func newBuffers() *buffers {
	return &buffers{
		small: sync.Pool{New: func() any { b := make([]byte, smallBuffer); return &b }},
		large: sync.Pool{New: func() any { b := make([]byte, largeBuffer); return &b }},
	}
}

func (b *buffers) get(large bool) *[]byte {
	if large {
		return b.large.Get().(*[]byte)
	}
	return b.small.Get().(*[]byte)
}

func (b *buffers) put(buffer *[]byte) {
	if len(*buffer) == largeBuffer {
		b.large.Put(buffer)
		return
	}
	b.small.Put(buffer)
}
