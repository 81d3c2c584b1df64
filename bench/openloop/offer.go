package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// errTooMany is counted for connections that this side had no descriptor for.
var errTooMany = errors.New("too many connections open on this side")

// offer opens connections at a rate, and waits until all have ended.
func offer(ctx context.Context, o options, t *target) *result {
	return offerTo(ctx, o, descriptors(), t.converse)
}

// offerTo has converse called for each connection when it is due, in a goroutine
// of its own, but for no more than limit at once.
func offerTo(ctx context.Context, o options, limit int64, converse func(ctx context.Context, number int64, due time.Time, r *recorder)) *result {
	r := newRecorder()
	s := schedule{begin: time.Now(), rate: o.rate, count: max(1, int64(o.rate*o.duration.Seconds()))}
	var open atomic.Int64
	var running sync.WaitGroup
	offered := s.run(ctx, func(number int64, due time.Time) {
		if open.Add(1) > limit {
			open.Add(-1)
			r.add(answer{outcome: failed, err: errTooMany}, time.Since(due))
			return
		}
		running.Go(func() {
			defer open.Add(-1)
			r.begun(time.Since(due))
			converse(ctx, number, due, r)
		})
	})
	took := time.Since(s.begin)
	running.Wait()
	return r.result(took, offered)
}

// descriptors is how many connections this process may open.
func descriptors() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 900
	}
	return max(16, int64(min(limit.Cur, 1<<30))-100)
}

// converse opens a connection and sends its requests, one after the other. The
// first one is due when the connection was; the others when the one before has
// been answered.
func (t *target) converse(ctx context.Context, number int64, due time.Time, r *recorder) {
	c, err := t.dial(ctx, number, due.Add(t.timeout))
	if err != nil {
		r.add(answer{outcome: classify(err, false), err: cause(err)}, time.Since(due))
		return
	}
	defer c.close()
	for left := t.requests; left > 0; left-- {
		a := c.ask(left == 1, due.Add(t.timeout))
		now := time.Now()
		r.add(a, now.Sub(due))
		if a.closes {
			return
		}
		due = now
	}
}
