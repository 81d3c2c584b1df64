package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Limits of the proxies that are overloaded: as many connections at once as keep
// two cores busy, and a queue that is worked off before anyone gives up.
const (
	overloadConnections = 32
	overloadQueue       = 32
	overloadWait        = 100 * time.Millisecond
	overloadSources     = 8
)

// What counts as sustained, and how far the p99 may grow when twice that comes.
const (
	sustainedShare = 0.999
	sustainedP99   = 50.0 // milliseconds
	overloadGrowth = 3.0
)

// sustained is what was found out of a contestant.
type sustained struct {
	rate float64 // connections a second
	base float64 // p99 there, milliseconds
}

// measureOverload looks for the rate of connections that a proxy sustains, and
// offers twice that.
func measureOverload(ctx context.Context, h *harness, out io.Writer) error {
	limits := setup{connections: overloadConnections, queue: overloadQueue, wait: overloadWait}
	contestants := []*contestant{
		{name: baseline, kind: haproxy, setup: limits},
		{name: streamName, kind: stream, setup: limits},
		{name: ownName, kind: own, setup: limits},
	}
	if h.quick {
		contestants = []*contestant{contestants[0], contestants[2]}
	}
	if err := h.beginAll(ctx, contestants, h.origin); err != nil {
		return err
	}
	defer h.endAll(contestants)
	found := map[string]sustained{}
	for _, c := range contestants {
		s, err := h.findSustained(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		found[c.name] = s
	}
	// The same once more, turned away by the gate and not by the queue.
	gated := found[ownName]
	gate := &contestant{name: ownName + ", gate", kind: own, setup: setup{
		connections: overloadConnections, queue: overloadQueue, wait: overloadWait,
		rate: 0.9 * gated.rate / overloadSources, burst: max(1, int(gated.rate/overloadSources/100)),
	}}
	if err := h.begin(ctx, gate, h.origin); err != nil {
		return err
	}
	defer h.end(gate)
	found[gate.name] = gated
	contestants = append(contestants, gate)

	t := &table{columns: []column{
		{title: "sustained/s", format: "%.0f", ratio: true},
		{title: "p99 ms there", format: "%.1f"},
		{title: "offered/s", format: "%.0f"},
		{title: "accepted/s", format: "%.0f", ratio: true},
		{title: "p99 ms of accepted", format: "%.1f", spread: true},
		{title: "× p99 there", format: "%.2f"},
		{title: "turned away/s", format: "%.0f"},
		{title: "within ms, p50", format: "%.1f"},
		{title: "p99", format: "%.1f"},
		{title: "lost", format: "%.0f"},
	}}
	if err := h.overload(ctx, contestants, found, t); err != nil {
		return err
	}
	h.writeOverload(out, t)
	return nil
}

// overload offers each contestant what it sustains, and then twice that.
func (h *harness) overload(ctx context.Context, contestants []*contestant, found map[string]sustained, t *table) error {
	return h.alternate(ctx, contestants, t, func(c *contestant) ([]float64, error) {
		s := found[c.name]
		if c.setup.rate == 0 {
			at, err := h.offer(ctx, c, s.rate, 4*time.Second)
			if err != nil {
				return nil, err
			}
			s.base = at.Outcomes["ok"].P99
			if c.name == ownName {
				found[ownName+", gate"] = s
			}
		}
		r, err := h.offer(ctx, c, 2*s.rate, 5*time.Second)
		if err != nil {
			return nil, err
		}
		h.errorsOf(c, r)
		ok, refused, status := r.Outcomes["ok"], r.Outcomes["refused"], r.Outcomes["status"]
		growth := 0.0
		if s.base > 0 {
			growth = ok.P99 / s.base
		}
		away := refused
		if status.Count > refused.Count {
			away = status
		}
		return []float64{
			s.rate, s.base, float64(r.Offered) / r.Seconds, r.PerSecond, ok.P99, growth,
			float64(refused.Count+status.Count) / r.Seconds, away.P50, away.P99,
			float64(r.notGood() - refused.Count - status.Count),
		}, nil
	})
}

// offer offers connections at a rate.
func (h *harness) offer(ctx context.Context, c *contestant, rate float64, length time.Duration) (*loopResult, error) {
	return h.loop(ctx, h.length(length), c.url("/small"), "-rate", strconv.FormatFloat(rate, 'f', 1, 64),
		"-sources", strconv.Itoa(overloadSources), "-timeout", "5s")
}

// findSustained halves the way between a rate that holds and one that does not.
func (h *harness) findSustained(ctx context.Context, c *contestant) (s sustained, err error) {
	low, high, steps := 0.0, 40_000.0, 9
	if h.quick {
		low, high, steps = 50, 200, 1
		s.rate = low
	}
	for range steps {
		rate := (low + high) / 2
		r, err := h.offer(ctx, c, rate, 3*time.Second)
		if err != nil {
			return s, err
		}
		ok := r.Outcomes["ok"]
		holds := float64(ok.Count) >= sustainedShare*float64(r.Offered) && ok.P99 <= sustainedP99 && float64(r.Offered)/r.Seconds >= 0.98*rate
		fmt.Fprintf(h.progress, "  %s at %.0f/s: %d of %d, p99 %.1f ms, begun late by %.1f ms (p99): holds %v\n", c.name, rate, ok.Count, r.Offered, ok.P99, r.Late.P99, holds)
		if holds {
			low, s = rate, sustained{rate, ok.P99}
		} else {
			high = rate
		}
	}
	if s.rate == 0 {
		return s, fmt.Errorf("no rate is sustained, not even %.0f connections a second", high)
	}
	return s, nil
}

func (h *harness) writeOverload(out io.Writer, t *table) {
	fmt.Fprintf(out, "Open loop (`bench/openloop`): connections come at a fixed rate, with one request each, whatever becomes of those before; latency counts from when each was due. "+
		"The generator and the servers share the cores. Sustained is the highest rate found at which %.1f %% are answered, with a p99 of at most %.0f ms. Twice that is then offered.\n\n", 100*sustainedShare, sustainedP99)
	fmt.Fprintf(out, "Limits: %d connections served at once, %d that wait, for %v (HAProxy: `maxconn`, `maxqueue`, `timeout queue`; splitgauge: `queue`; nginx stream has no queue: `max_conns` alone). "+
		"\"gate\": also 90 %% of the sustained rate, shared out to the %d sources (`gate`, rate and burst). Turned away: refused, reset or closed before a byte of an answer. Lost: anything else that is no answer.\n\n",
		overloadConnections, overloadQueue, overloadWait, overloadSources)
	t.write(out)
	fmt.Fprintf(out, "Promised of splitgauge: accepted connections keep their p99 within %.0f × of that at the sustained rate. ", overloadGrowth)
	growth, gated := t.median(ownName, 5), t.median(ownName+", gate", 5)
	h.writeHeld(out, growth <= overloadGrowth && gated <= overloadGrowth, "%.2f × by the queue, %.2f × by the gate", growth, gated)
}
