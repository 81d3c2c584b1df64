package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// setup is what a proxy shall do.
type setup struct {
	listen  string
	servers []string
	splice  bool

	// Limits, 0: none. Connections that are served at once, that wait, and for
	// how long; and connections a second of one source.
	connections, queue int
	wait               time.Duration
	rate               float64
	burst              int

	logs []string // of the servers, in their order, to learn from
}

// kind is a program that forwards.
type kind int

const (
	direct kind = iota // none: straight to the backend
	haproxy
	stream
	own
)

// contestant is a program with what it shall do. Its listen and servers are
// filled in when it starts.
type contestant struct {
	name    string
	kind    kind
	setup   setup
	process *process
}

// baseline is the row that others are compared with.
const baseline = "HAProxy"

// The names of rows that several parts have.
const (
	ownName    = "splitgauge"
	streamName = "nginx stream"
	directName = "none: nginx itself"
)

// url returns where a contestant is asked for a path.
func (c *contestant) url(path string) string { return "http://" + c.setup.listen + path }

// begin starts a contestant before servers, at a free address.
func (h *harness) begin(ctx context.Context, c *contestant, servers ...string) (err error) {
	c.setup.servers = servers
	if c.kind == direct {
		c.setup.listen = servers[0]
		return nil
	}
	addresses, err := freeAddresses(1)
	if err != nil {
		return err
	}
	c.setup.listen = addresses[0]
	switch c.kind {
	case haproxy:
		c.process, err = h.startHAProxy(ctx, c.setup)
	case stream:
		c.process, err = h.startStream(ctx, c.setup)
	case own:
		c.process, err = h.startOwn(ctx, c.setup)
	}
	return err
}

func (h *harness) end(c *contestant) {
	if c.process != nil {
		h.stop(c.process)
		c.process = nil
	}
}

// beginAll starts contestants; whoever gets no error ends them.
func (h *harness) beginAll(ctx context.Context, contestants []*contestant, servers ...string) error {
	for _, c := range contestants {
		if err := h.begin(ctx, c, servers...); err != nil {
			h.endAll(contestants)
			return err
		}
	}
	return nil
}

func (h *harness) endAll(contestants []*contestant) {
	for _, c := range contestants {
		h.end(c)
	}
}

// alternate measures contestants in turns (A B C, A B C, …), once each without
// looking, and then as often as there are runs.
func (h *harness) alternate(ctx context.Context, contestants []*contestant, t *table, measure func(c *contestant) ([]float64, error)) error {
	first := -1
	if h.quick {
		first = 0
	}
	for turn := first; turn < h.runs; turn++ {
		for _, c := range contestants {
			values, err := measure(c)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(h.progress, "  %d %-30s %.4g\n", turn, c.name, values)
			if turn >= 0 {
				t.add(c.name, values...)
			}
		}
	}
	return nil
}
