package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// ReplayConfig says what to replay, and how.
type ReplayConfig struct {
	Inputs []string // files, globs, "-" for standard input
	Reading

	Since, Until time.Time // only requests with Since <= time < Until; zero means open
	Top          int       // hosts and paths to list; see report.Report.Top
	Workers      int       // zero or less means one for each processor

	// ExperimentsAlone counts nothing but lines and what comparing variants takes.
	ExperimentsAlone bool

	// Progress, where set, is called from time to time with how many of the
	// stored bytes have been read, from one goroutine at a time.
	Progress func(done, total int64)

	// observer, where set, makes for each worker what takes its requests
	// instead of the shard, which then counts lines only.
	observer func() func(*parser.Entry)
}

// ErrNothingRead is returned, wrapped, when not one input could be read.
var ErrNothingRead = errors.New("no input could be read")

// Replay reads archives and reports on them. An input that cannot be read is in
// the report and does not keep the others from being read; Replay fails where
// the configuration is wrong, where ctx ends, and where nothing could be read.
func Replay(ctx context.Context, config ReplayConfig) (*report.Report, error) {
	formats, err := newFormats(&config.Reading)
	if err != nil {
		return nil, err
	}
	if err := config.Compare.check(formats); err != nil {
		return nil, err
	}
	r := &replay{config: config, formats: formats}
	events := tailer.Events{Duplicate: func(name, first string) {
		r.duplicates = append(r.duplicates, report.Duplicate{Source: name, Of: first})
	}}
	sources, failures := tailer.Discover(config.Inputs, config.Reader, events)
	r.fail(failures)
	r.tellFormats(ctx, sources)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.archive = tailer.NewArchive(sources, config.Reader)
	defer r.archive.Close()
	stop := context.AfterFunc(ctx, r.archive.Close)
	defer stop()
	snapshot := r.run()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.fail(r.archive.Failures())
	if read := snapshot.Lines.Bytes; read == 0 && len(r.failures) > 0 && len(r.failures) >= len(sources)+len(failures) {
		return r.report(snapshot), fmt.Errorf("%w: %s", ErrNothingRead, r.failures[0].Error)
	}
	return r.report(snapshot), nil
}

// replay is one run of Replay.
type replay struct {
	config  ReplayConfig
	formats *formats
	archive *tailer.Archive

	inputs     []input // by Source.Index
	failures   []report.Failure
	duplicates []report.Duplicate
	samples    []sample

	mu sync.Mutex // guards inputs[].lines and progress
}

// input is a source and how it is read.
type input struct {
	source *tailer.Source
	told
	lines []int32 // of each batch
}

func (r *replay) fail(errs []*tailer.SourceError) {
	for _, err := range errs {
		r.failures = append(r.failures, report.Failure{Source: err.Source.Name, Offset: err.Offset, Error: err.Error()})
	}
}

// tellFormats looks at the start of every source, settles how it is read, and
// puts the sources in time order; not all where ctx ends.
func (r *replay) tellFormats(ctx context.Context, sources []*tailer.Source) {
	byName := make(map[*tailer.Source]told)
	for _, source := range sources {
		if ctx.Err() != nil {
			return
		}
		byName[source] = r.formats.tell(source)
	}
	tailer.Order(sources, func(s *tailer.Source) (int64, bool) {
		first := byName[s].first
		return first, first != parser.NoTime
	})
	r.inputs = make([]input, len(sources))
	for _, source := range sources {
		r.inputs[source.Index] = input{source: source, told: byName[source]}
	}
}

// run reads the archive with all workers and merges what they counted.
func (r *replay) run() *aggregator.Snapshot {
	count := r.config.Workers
	if count <= 0 {
		count = runtime.GOMAXPROCS(0)
	}
	workers := make([]*worker, count)
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = newWorker(r)
		group.Go(workers[i].run)
	}
	group.Wait()
	snapshot := aggregator.NewSnapshot()
	for _, w := range workers {
		snapshot.Merge(w.shard.Snapshot())
		r.samples = append(r.samples, w.samples...)
		w.shard = nil // free before the next is copied
	}
	return snapshot
}

// next returns the next batch, or nil at the end and once the archive is closed.
func (r *replay) next() *tailer.Batch {
	batch, err := r.archive.Next()
	if err != nil {
		return nil
	}
	return batch
}

// done notes that a batch has been read.
func (r *replay) done(batch *tailer.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	in := &r.inputs[batch.Source.Index]
	if missing := batch.Sequence + 1 - len(in.lines); missing > 0 {
		in.lines = append(in.lines, make([]int32, missing)...)
	}
	in.lines[batch.Sequence] = int32(batch.Lines())
	if r.config.Progress != nil {
		r.config.Progress(r.archive.Progress())
	}
}

// report puts together what was found.
func (r *replay) report(snapshot *aggregator.Snapshot) *report.Report {
	out := &report.Report{
		Snapshot:   snapshot,
		Failures:   r.failures,
		Duplicates: r.duplicates,
		Samples:    r.reportSamples(),
		Since:      r.config.Since,
		Until:      r.config.Until,
		Top:        r.config.Top,
	}
	if problem := r.formats.problem; problem != nil {
		out.Warnings = append(out.Warnings, r.config.HostNginxConf+" is of no use: "+problem.Error())
	}
	r.config.Compare.addExperiments(out, r.formats.appliedSets(func(set *splitSet) bool {
		return slices.ContainsFunc(r.inputs, func(in input) bool { return in.splits == set })
	}))
	for i := range r.inputs {
		in := &r.inputs[i]
		s := report.Source{Name: in.source.Name, Format: in.format.Name(), Reason: in.reason, Lines: sum(in.lines)}
		if in.source.Encoding != tailer.Plain {
			s.Encoding = in.source.Encoding.String()
		}
		out.Sources = append(out.Sources, s)
	}
	return out
}

func sum(counts []int32) (n int64) {
	for _, count := range counts {
		n += int64(count)
	}
	return n
}
