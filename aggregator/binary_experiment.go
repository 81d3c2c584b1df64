package aggregator

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
)

// Experiments in the binary form: rows that are not empty, each after the
// distance from the last one.

func (w *writer) experiment(x *Experiment) {
	w.string(x.Definition)
	for _, n := range []int64{x.Slow, x.Changed, x.Settles, x.First, x.Last} {
		w.int(n)
	}
	for _, n := range x.numbers() {
		w.int(*n)
	}
	w.uint(uint64(len(x.Arms)))
	for _, a := range x.Arms {
		w.string(a.Name)
		for _, n := range a.numbers() {
			w.int(*n)
		}
		writeRows(w, a.Cells, func(c *Cell) bool { return *c == Cell{} }, w.cell)
		w.latencies(a.Latencies)
		w.clientSet(&a.Clients)
		w.clientSet(&a.Affected)
		writeRows(w, a.Minutes, func(m *Minute) bool { return m.Requests == 0 }, w.minute)
		writeMap(w, a.Servers, strings.Compare, w.string, w.excerpt)
	}
}

// numbers lists the fields of an experiment that are counts, in their order.
func (x *Experiment) numbers() []*int64 {
	return []*int64{&x.Settling, &x.Lines, &x.Unparsed, &x.Partial, &x.Unknown, &x.Outside.Requests, &x.Outside.Errors5xx, &x.IPv6}
}

// numbers lists the fields of an arm that are plain numbers, in their order.
func (a *Arm) numbers() []*int64 {
	return []*int64{&a.Requests, &a.NoKey, &a.NoStatus, &a.NoTime, &a.NoBytes, &a.Checked, &a.WrongIn, &a.WrongOut,
		&a.Keyless.Requests, &a.Keyless.Errors5xx}
}

// numbers lists the fields of a cell, in their order.
func (c *Cell) numbers() [8]*int64 {
	return [...]*int64{&c.Requests, &c.Errors5xx, &c.Errors4xx, &c.Aborted499, &c.Slow, &c.Latency, &c.Bytes, &c.Timed}
}

func writeRows[R any](w *writer, rows []R, empty func(*R) bool, write func(*R)) {
	n := uint64(0)
	for i := range rows {
		if !empty(&rows[i]) {
			n++
		}
	}
	w.uint(n)
	last := -1
	for i := range rows {
		if !empty(&rows[i]) {
			w.uint(uint64(i - last))
			write(&rows[i])
			last = i
		}
	}
}

func (w *writer) cell(c *Cell) {
	for _, n := range c.numbers() {
		w.int(*n)
	}
}

func (w *writer) minute(m *Minute) {
	w.int(m.First)
	w.int(m.Last)
	w.excerpt(m.Excerpt)
}

func (w *writer) excerpt(e Excerpt) {
	w.int(e.Requests)
	w.int(e.Errors5xx)
}

func (w *writer) latencies(l *CoarseLatencies) {
	if l == nil {
		w.uint(0)
		return
	}
	writeRows(w, l[:], func(r *[LatencyBuckets]uint32) bool { return *r == [LatencyBuckets]uint32{} }, func(row *[LatencyBuckets]uint32) {
		writeRows(w, row[:], func(n *uint32) bool { return *n == 0 }, func(n *uint32) { w.uint(uint64(*n)) })
	})
}

func (w *writer) clientSet(c *ClientSet) {
	w.uint(uint64(c.level))
	kept := c.hashes()
	w.uint(uint64(len(kept)))
	for _, mixed := range kept {
		w.data = binary.LittleEndian.AppendUint64(w.data, mixed)
	}
}

func (r *reader) experiment() *Experiment {
	x := &Experiment{Definition: r.string(), Slow: r.count(), Changed: r.int(), Settles: r.int(), First: r.int(), Last: r.int()}
	for _, n := range x.numbers() {
		*n = r.count()
	}
	arms := r.length()
	if arms > MaxArms {
		r.fail("%d arms", arms)
	}
	for range arms {
		if r.err != nil {
			break
		}
		x.Arms = append(x.Arms, r.arm())
	}
	return x
}

func (r *reader) arm() *Arm {
	a := newArm(r.string())
	for _, n := range a.numbers() {
		*n = r.count()
	}
	r.rows(ExperimentCells, a.makeCells, func(i int) {
		for _, n := range a.Cells[i].numbers() {
			*n = r.count()
		}
	})
	r.rows(LatencyCells, a.makeLatencies, func(i int) {
		r.rows(LatencyBuckets, func() {}, func(bucket int) {
			n := r.uint()
			if n > math.MaxUint32 {
				r.fail("%d latencies", n)
			}
			a.Latencies[i][bucket] = uint32(n)
		})
	})
	r.clientSet(&a.Clients)
	r.clientSet(&a.Affected)
	r.rows(MinuteSlots, a.makeMinutes, func(i int) { a.Minutes[i] = r.minute(i) })
	readMap(r, a.Servers, r.string, func() Excerpt { return Excerpt{r.count(), r.count()} })
	return a
}

// rows reads the rows of a list of limit; begin is called before the first.
func (r *reader) rows(limit int, begin func(), row func(i int)) {
	n, last := r.length(), -1
	if n > 0 && r.err == nil {
		begin()
	}
	for range n {
		distance := r.uint()
		if distance == 0 || distance >= uint64(limit-last) {
			r.fail("row %d after %d of %d", uint64(last)+distance, last, limit)
		}
		if r.err != nil {
			return
		}
		last += int(distance)
		row(last)
	}
}

func (r *reader) minute(slot int) Minute {
	m := Minute{First: r.int(), Last: r.int(), Excerpt: Excerpt{r.count(), r.count()}}
	if uint64(m.First)%MinuteSlots != uint64(slot) || uint64(m.Last)%MinuteSlots != uint64(slot) || m.First > m.Last || m.Requests == 0 {
		r.fail("minutes %d to %d with %d requests in slot %d", m.First, m.Last, m.Requests, slot)
	}
	return m
}

// mostLevel is a level at which a set of any limit still counts fewer than 2^62
// clients: nobody has so many.
const mostLevel = 46

// clientSet reads what an empty set then has.
func (r *reader) clientSet(c *ClientSet) {
	level, n := r.uint(), r.uint()
	if level > mostLevel || n > uint64(c.limit) || n > uint64(len(r.data)/8) {
		r.fail("%d clients of level %d", n, level)
		return
	}
	c.level = int(level)
	last := uint64(0)
	for range n {
		mixed := binary.LittleEndian.Uint64(r.data)
		r.data = r.data[8:]
		if mixed <= last || bits.TrailingZeros64(mixed) < c.level {
			r.fail("a client that is not of level %d, or not in order", level)
			return
		}
		c.add(mixed)
		last = mixed
	}
}
