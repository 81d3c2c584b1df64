package proxy

import (
	"context"
	"sync"
	"time"
)

// dialContext is a context with a deadline that costs a dial no timer of its
// own and no goroutine, and that the sweep can cancel.
type dialContext struct {
	deadline time.Time
	never    <-chan struct{}

	mu        sync.Mutex
	cancelled bool
	abort     func()
}

var _ context.Context = (*dialContext)(nil)

// begin makes the context good for one more dial.
func (c *dialContext) begin(deadline time.Time, never <-chan struct{}) *dialContext {
	c.deadline, c.never = deadline, never
	return c
}

func (c *dialContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Done is never closed: a dial waits for AfterFunc instead.
func (c *dialContext) Done() <-chan struct{} { return c.never }
func (c *dialContext) Value(any) any         { return nil }

func (c *dialContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancelled {
		return context.Canceled
	}
	return nil
}

// AfterFunc is what context.AfterFunc uses of a context that has it.
func (c *dialContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancelled {
		go f()
		return func() bool { return false }
	}
	c.abort = f
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		stopped := c.abort != nil
		c.abort = nil
		return stopped
	}
}

// cancel makes a dial fail, the present one or the next.
func (c *dialContext) cancel() {
	c.mu.Lock()
	abort := c.abort
	c.cancelled, c.abort = true, nil
	c.mu.Unlock()
	if abort != nil {
		abort()
	}
}
