package agent

import (
	"fmt"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// worker turns batches into one shard.
type worker struct {
	*replay
	shard     *aggregator.Shard
	parsers   map[*parser.Format]*parser.Parser
	entry     parser.Entry
	assigners map[*splitSet]*assigner

	observe func(*parser.Entry) // takes requests instead of shard; nil mostly

	filtered     bool
	since, until int64 // Unix milliseconds

	samples  []sample
	byReason map[string]int // how many samples each reason has
}

func newWorker(r *replay) *worker {
	w := &worker{
		replay:    r,
		parsers:   make(map[*parser.Format]*parser.Parser),
		assigners: make(map[*splitSet]*assigner),
		filtered:  !r.config.Since.IsZero() || !r.config.Until.IsZero(),
		since:     parser.NoTime + 1,
		until:     1<<63 - 1,
		byReason:  make(map[string]int),
	}
	if !r.config.Since.IsZero() {
		w.since = r.config.Since.UnixMilli()
	}
	if !r.config.Until.IsZero() {
		w.until = r.config.Until.UnixMilli()
	}
	w.shard = aggregator.NewShard(aggregator.Config{Hosts: r.config.Hosts, Paths: true, Variants: r.formats.variantValues()})
	if r.config.observer != nil {
		w.observe = r.config.observer()
	}
	return w
}

func (w *worker) run() {
	for batch := w.next(); batch != nil; batch = w.next() {
		w.count(batch)
		w.done(batch)
		batch.Release()
	}
}

// count adds the lines of a batch to the shard.
func (w *worker) count(batch *tailer.Batch) {
	in := &w.inputs[batch.Source.Index]
	p, assign := w.parser(in.format), w.assigner(in.splits)
	for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
		if defect != tailer.Whole {
			w.addFlawed(batch, line, defect)
			continue
		}
		result := p.Parse(line, &w.entry)
		if result == parser.Parsed {
			w.shard.AddLine(result, "")
		} else {
			w.shard.AddLine(result, p.Reason())
			if w.wantsSample(p.Reason()) {
				w.addSample(batch, p.Fault())
			}
			if result == parser.Unparsed {
				continue
			}
		}
		w.addRequest(assign)
	}
	w.shard.AddBytes(batch.Bytes(), batch.NULBytes())
}

// addRequest adds the entry, if it passes the filter.
func (w *worker) addRequest(assign *assigner) {
	e := &w.entry
	if w.filtered && (e.Time < w.since || e.Time >= w.until) {
		return
	}
	if w.observe != nil {
		w.observe(e)
		return
	}
	if assign != nil {
		assign.assign(e)
	}
	w.shard.Add(e)
}

// addFlawed counts a line that could not be read whole.
func (w *worker) addFlawed(batch *tailer.Batch, head []byte, defect tailer.Defect) {
	fault := parser.Fault{Reason: parser.ReasonTooLong, Text: head, Want: "a line, or a record, within the limit"}
	if defect == tailer.Broken {
		fault = parser.Fault{Reason: parser.ReasonJSON, Text: head, Want: fmt.Sprintf("the JSON document to go on at byte %d", batch.FlawOffset())}
	}
	w.shard.AddLine(parser.Unparsed, fault.Reason)
	if w.wantsSample(fault.Reason) {
		w.addSample(batch, fault)
	}
}

// parser returns the worker's own parser for a format.
func (w *worker) parser(f *parser.Format) *parser.Parser {
	p, ok := w.parsers[f]
	if !ok {
		p = f.NewParser()
		w.parsers[f] = p
	}
	return p
}

// assigner returns the worker's own assigner for the splits of a log, or nil
// where there are none.
func (w *worker) assigner(set *splitSet) *assigner {
	if len(set.splits) == 0 {
		return nil
	}
	a, ok := w.assigners[set]
	if !ok {
		a = newAssigner(set, w.shard)
		w.assigners[set] = a
	}
	return a
}
