package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// idleLimit is what a connection that is idle may take of our process, in KiB.
const idleLimit = 16

// measureIdle measures how much a process grows by connections that do nothing.
func measureIdle(ctx context.Context, h *harness, out io.Writer) error {
	fmt.Fprintf(out, "Resident set with %d connections, after one request on each and 3 s of rest, less the resident set before, for each connection; "+
		"what the kernel holds for sockets is not in it. A process of its own for each run. Promised of splitgauge: at most %d KiB.\n\n", h.many, idleLimit)
	t := &table{columns: []column{
		{title: "KiB a connection", format: "%.1f", ratio: true, spread: true},
		{title: "before, MiB", format: "%.1f"},
		{title: "with all, MiB", format: "%.1f"},
		{title: "lost", format: "%.0f"},
	}}
	err := h.alternate(ctx, h.proxies(), t, func(c *contestant) ([]float64, error) {
		if err := h.begin(ctx, c, h.origin); err != nil {
			return nil, err
		}
		defer h.end(c)
		return h.grow(ctx, c)
	})
	if err != nil {
		return err
	}
	t.write(out)
	h.writeHeld(out, t.median(ownName, 0) <= idleLimit, "%.1f KiB a connection", t.median(ownName, 0))
	return nil
}

// proxies returns the contestants that are proxies.
func (h *harness) proxies() (proxies []*contestant) {
	for _, c := range h.plain() {
		if c.kind != direct {
			proxies = append(proxies, c)
		}
	}
	return proxies
}

// grow opens connections through a process and looks at its memory.
func (h *harness) grow(ctx context.Context, c *contestant) ([]float64, error) {
	// What a first connection takes once is not that of one more.
	if _, err := h.loop(ctx, h.length(time.Second), c.url("/small"), "-clients", "8", "-rate", "200"); err != nil {
		return nil, err
	}
	if err := pause(ctx, h.length(time.Second)); err != nil {
		return nil, err
	}
	before, err := c.process.memory()
	if err != nil {
		return nil, err
	}
	var after int64
	begin, end, err := h.holding(ctx, h.many, c.url("/small"), func() error {
		if err := pause(ctx, h.length(3*time.Second)); err != nil {
			return err
		}
		after, err = c.process.memory()
		return err
	})
	if err != nil {
		return nil, err
	}
	if begin == 0 {
		return nil, fmt.Errorf("no connection could be held: %s", c.process.tail())
	}
	const mib = 1 << 20
	return []float64{float64(after-before) / float64(begin) / 1024, float64(before) / mib, float64(after) / mib, float64(int64(h.many) - end)}, nil
}

// measureClients has very many clients ask at once.
func measureClients(ctx context.Context, h *harness, out io.Writer) error {
	fmt.Fprintf(out, "%d clients, each on a connection of its own, all asking as fast as they are answered. Errors: whatever is not the whole right answer within 30 s. Promised of splitgauge: none.\n\n", h.many)
	t := &table{columns: []column{
		{title: "requests/s", format: "%.0f", ratio: true, spread: true},
		{title: "p50 ms", format: "%.0f"},
		{title: "p99 ms", format: "%.0f", ratio: true},
		{title: "errors", format: "%.0f"},
	}}
	wrong := int64(0)
	err := h.alternate(ctx, h.proxies(), t, func(c *contestant) ([]float64, error) {
		if err := h.begin(ctx, c, h.origin); err != nil {
			return nil, err
		}
		defer h.end(c)
		r, err := h.loop(ctx, h.length(10*time.Second), c.url("/small"), "-clients", strconv.Itoa(h.many), "-timeout", "30s", "-sources", "4")
		if err != nil {
			return nil, err
		}
		h.errorsOf(c, r)
		if c.kind == own {
			wrong += r.notGood()
		}
		ok := r.Outcomes["ok"]
		return []float64{r.PerSecond, ok.P50, ok.P99, float64(r.notGood())}, nil
	})
	if err != nil {
		return err
	}
	t.write(out)
	h.writeHeld(out, wrong == 0, "%d errors in all runs", wrong)
	return nil
}

// writeHeld says whether what is promised was held.
func (h *harness) writeHeld(out io.Writer, held bool, format string, values ...any) {
	answer := "yes"
	if !held {
		answer = "**no**"
	}
	fmt.Fprintf(out, "Held: %s (%s).\n\n", answer, fmt.Sprintf(format, values...))
}
