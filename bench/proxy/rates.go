package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// plain returns the contestants of most parts.
func (h *harness) plain() []*contestant {
	all := []*contestant{
		{name: directName, kind: direct},
		{name: baseline, kind: haproxy},
		{name: streamName, kind: stream},
		{name: ownName, kind: own},
	}
	if h.quick {
		return []*contestant{all[1], all[3]}
	}
	return all
}

// measureRequests measures requests a second on connections that are kept.
func measureRequests(ctx context.Context, h *harness, out io.Writer) error {
	fmt.Fprintf(out, "wrk, 64 connections that are kept, bodies of %d bytes.\n\n", smallBody)
	return h.measureWrk(ctx, out, "requests/s")
}

// measureConnections measures connections a second, with one request each.
func measureConnections(ctx context.Context, h *harness, out io.Writer) error {
	fmt.Fprintf(out, "wrk, 64 at once, a new connection for each request (`Connection: close`), bodies of %d bytes.\n\n", smallBody)
	return h.measureWrk(ctx, out, "connections/s", "Connection: close")
}

func (h *harness) measureWrk(ctx context.Context, out io.Writer, unit string, headers ...string) error {
	contestants := h.plain()
	if err := h.beginAll(ctx, contestants, h.origin); err != nil {
		return err
	}
	defer h.endAll(contestants)
	t := &table{columns: []column{
		{title: unit, format: "%.0f", ratio: true, spread: true},
		{title: "p99 ms", format: "%.2f", ratio: true},
		{title: "failed", format: "%.0f"},
	}}
	busiest := 0.0
	err := h.alternate(ctx, contestants, t, func(c *contestant) ([]float64, error) {
		r, err := h.wrk(ctx, h.length(5*time.Second), c.url("/small"), headers...)
		busiest = max(busiest, r.busy)
		return []float64{r.perSecond, r.p99, float64(r.failed)}, err
	})
	if err != nil {
		return err
	}
	t.write(out)
	fmt.Fprintf(out, "wrk, on one thread, was never busier than %.0f %% of a core. Its p99 is that of a load that waits for answers before it asks again.\n\n", 100*busiest)
	return nil
}

// measureBulk measures how fast large bodies come.
func measureBulk(ctx context.Context, h *harness, out io.Writer) error {
	size := bigBody
	if h.quick {
		size = quickBody
	}
	fmt.Fprintf(out, "Two clients, bodies of %d MB, connections that are kept. With splice the kernel moves the bytes (HAProxy: `splice-auto`; splitgauge: `SpliceAfter` %d KiB).\n\n", size/1_000_000, spliceAfter>>10)
	contestants := h.plain()
	contestants = append(contestants,
		&contestant{name: baseline + ", splice", kind: haproxy, setup: setup{splice: true}},
		&contestant{name: ownName + ", splice", kind: own, setup: setup{splice: true}})
	if err := h.beginAll(ctx, contestants, h.origin); err != nil {
		return err
	}
	defer h.endAll(contestants)
	t := &table{columns: []column{
		{title: "GB/s", format: "%.2f", ratio: true, spread: true},
		{title: "failed", format: "%.0f"},
	}}
	err := h.alternate(ctx, contestants, t, func(c *contestant) ([]float64, error) {
		r, err := h.loop(ctx, h.length(5*time.Second), c.url("/big"), "-clients", "2", "-timeout", "60s")
		if err != nil {
			return nil, err
		}
		return []float64{float64(r.Bytes) / r.Seconds / 1e9, float64(r.notGood())}, nil
	})
	if err != nil {
		return err
	}
	t.write(out)
	return nil
}

// errorsOf lists what went wrong, for progress.
func (h *harness) errorsOf(c *contestant, r *loopResult) {
	if len(r.Errors) > 0 {
		fmt.Fprintf(h.progress, "    %s: %s\n", c.name, strings.TrimPrefix(fmt.Sprint(r.Errors), "map"))
	}
}
