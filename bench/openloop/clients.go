package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// dialing is how many connections are opened at once before the measurement:
// few enough for any backlog.
const dialing = 64

// keepBusy has so many clients ask, each on a connection of its own that is
// opened before the first one asks.
func keepBusy(ctx context.Context, o options, t *target) (*result, error) {
	if limit := descriptors(); int64(o.clients) > limit {
		return nil, fmt.Errorf("-clients %d: the limit of open files leaves room for %d", o.clients, limit)
	}
	r := newRecorder()
	connections := t.dialAll(ctx, o.clients, r)
	begin := time.Now()
	var asked atomic.Int64
	var running sync.WaitGroup
	for i, c := range connections {
		running.Go(func() {
			client := client{target: t, recorder: r, number: int64(i), connection: c}
			asked.Add(client.run(ctx, o, begin))
		})
	}
	running.Wait()
	// The last requests end after their time: what they took counts, since what
	// they brought does.
	return r.result(time.Since(begin), asked.Load()), nil
}

// client is one of those that are busy.
type client struct {
	target     *target
	recorder   *recorder
	number     int64
	connection *connection // nil: there is none
}

// run asks until the time is over, as often as it can or at its share of the
// rate, and returns how often.
func (c *client) run(ctx context.Context, o options, begin time.Time) (asked int64) {
	defer func() {
		if c.connection != nil {
			c.connection.close()
		}
	}()
	end := begin.Add(o.duration)
	if o.rate > 0 {
		own := o.rate / float64(o.clients)
		first := begin.Add(time.Duration(float64(c.number) / o.rate * float64(time.Second)))
		s := schedule{begin: first, rate: own, count: max(1, int64(math.Ceil(end.Sub(first).Seconds()*own)))}
		return s.run(ctx, func(_ int64, due time.Time) { c.ask(ctx, due) })
	}
	for due := begin; due.Before(end) && ctx.Err() == nil; due = time.Now() {
		c.ask(ctx, due)
		asked++
	}
	return asked
}

// ask sends a request, on a new connection if the last one is gone.
func (c *client) ask(ctx context.Context, due time.Time) {
	deadline := due.Add(c.target.timeout)
	if c.connection == nil {
		var err error
		if c.connection, err = c.target.dial(ctx, c.number, deadline); err != nil {
			c.recorder.add(answer{outcome: classify(err, false), err: cause(err)}, time.Since(due))
			return
		}
	}
	a := c.connection.ask(false, deadline)
	c.recorder.add(a, time.Since(due))
	if a.closes {
		c.connection.close()
		c.connection = nil
	}
}

// dialAll opens connections, some at once. What fails is counted, and nil.
func (t *target) dialAll(ctx context.Context, count int, r *recorder) []*connection {
	connections := make([]*connection, count)
	var next atomic.Int64
	var running sync.WaitGroup
	for range dialing {
		running.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(count) || ctx.Err() != nil {
					return
				}
				begin := time.Now()
				c, err := t.dial(ctx, i, begin.Add(t.timeout))
				if err != nil {
					r.add(answer{outcome: classify(err, false), err: cause(err)}, time.Since(begin))
					continue
				}
				connections[i] = c
			}
		})
	}
	running.Wait()
	return connections
}
