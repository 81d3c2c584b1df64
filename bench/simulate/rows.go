package main

import (
	"context"
	"hash/fnv"
	"sync"
	"sync/atomic"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
)

// A table is what one promise is held against.
type table struct {
	name  string // for -rows
	title string
	text  string // what is counted, and what is wanted
	head  string // of the Markdown table
	rows  []row
}

// A row is one site, or one difference on a site.
type row struct {
	name  string
	words string // what is special about it
	site  traffic.Site

	// start returns what a worker needs, which does one run after the other.
	start func(r *row) (worker, error)

	// count adds up the outcomes.
	count func(r *row, outcomes []outcome) result

	// What is looked for, where something is.
	metric string  // that differs
	truth  float64 // ratio of the rates
	aim    float64 // share of runs that is wanted
	loss   float64 // of the first arm's clients
}

// A worker does runs. It keeps its memory for the next one.
type worker interface {
	run(seed uint64) (outcome, error)
}

// result is what a row comes to.
type result struct {
	Lines  string   // of the Markdown table
	Misses []string // on what was not reached
}

// id is what rows are chosen by and seeds come from.
func (r *row) id(t table) string { return t.name + "/" + r.name }

// seed is different for every run of every row, and the same every time.
func (r *row) seed(t table, run int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(r.id(t)))
	return h.Sum64() + uint64(run)*0xd1342543de82ef95
}

// simulate does the runs of a row. What comes out does not depend on the number of
// workers.
func (r *row) simulate(ctx context.Context, t table, o options) ([]outcome, error) {
	outcomes := make([]outcome, o.runs)
	errs := make([]error, o.workers)
	var next atomic.Int64
	var group sync.WaitGroup
	for i := range o.workers {
		group.Go(func() {
			w, err := r.start(r)
			for err == nil {
				run := int(next.Add(1)) - 1
				if run >= o.runs {
					return
				}
				if err = ctx.Err(); err == nil {
					outcomes[run], err = w.run(r.seed(t, run))
				}
			}
			errs[i] = err
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}
