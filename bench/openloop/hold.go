package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// held says how many connections are open: after all were opened, and again
// before they are closed.
type held struct {
	Held   int64            `json:"held"`
	Lost   int64            `json:"lost"` // asked for and not there, or not any more
	Errors map[string]int64 `json:"errors"`
}

// hold opens connections, sends a request on each, and lets them be until in
// ends or ctx does. It writes a line when all are there and one before it closes
// them.
func hold(ctx context.Context, o options, t *target, in io.Reader, out io.Writer) error {
	if limit := descriptors(); int64(o.hold) > limit {
		return fmt.Errorf("-hold %d: the limit of open files leaves room for %d", o.hold, limit)
	}
	r := newRecorder()
	connections := t.dialAll(ctx, o.hold, r)
	for i, c := range connections {
		if c == nil {
			continue
		}
		a := c.ask(false, time.Now().Add(t.timeout))
		r.add(a, 0)
		if a.outcome != good || a.closes {
			c.close()
			connections[i] = nil
		}
	}
	if err := report(connections, r, out); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { // ends with the process where in does not end
		io.Copy(io.Discard, in)
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	for i, c := range connections {
		if c != nil && !c.idle() {
			connections[i] = nil
		}
	}
	return report(connections, r, out)
}

func report(connections []*connection, r *recorder, out io.Writer) error {
	h := held{Errors: r.errors}
	for _, c := range connections {
		if c != nil {
			h.Held++
		} else {
			h.Lost++
		}
	}
	return json.NewEncoder(out).Encode(h)
}
