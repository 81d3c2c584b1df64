package agent

import (
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// worker turns batches of an archive into one shard.
type worker struct {
	*replay
	*counter

	samples  []sample
	byReason map[string]int // how many samples each reason has
}

func newWorker(r *replay) *worker {
	w := &worker{
		replay: r,
		counter: newCounter(aggregator.NewShard(aggregator.Config{
			Hosts:       r.config.Hosts,
			Paths:       !r.config.ExperimentsAlone,
			Variants:    r.formats.variantValues(),
			Experiments: r.formats.experiments(),

			ExperimentsAlone: r.config.ExperimentsAlone,
		})),
		byReason: make(map[string]int),
	}
	w.fault = w.addSample
	w.filtered = !r.config.Since.IsZero() || !r.config.Until.IsZero()
	w.since, w.until = parser.NoTime+1, math.MaxInt64
	if !r.config.Since.IsZero() {
		w.since = r.config.Since.UnixMilli()
	}
	if !r.config.Until.IsZero() {
		w.until = r.config.Until.UnixMilli()
	}
	if r.config.observer != nil {
		w.observe = r.config.observer()
	}
	return w
}

func (w *worker) run() {
	for batch := w.next(); batch != nil; batch = w.next() {
		w.countBatch(batch)
	}
}

// countBatch counts the lines of a batch, which it gives back.
func (w *worker) countBatch(batch *tailer.Batch) {
	w.count(batch, w.inputs[batch.Source.Index].told)
	w.done(batch)
	batch.Release()
}
