package agent

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/internal/config"
)

// live is the running agent. One goroutine, the one of work, opens and ends
// logs, writes checkpoints and reloads; every log is read by one of its own; one
// compares experiments; what is published is collected by those of the listeners.
type live struct {
	process RunConfig
	log     *slog.Logger
	store   *checkpoint.Store // owned by Run; nil where no state is kept
	now     func() time.Time

	proxying *proxying // nil: no proxies

	// Of the goroutine of work alone.
	conf     *config.Config
	inputs   []liveInput
	patterns []string        // that files have been looked for by
	failing  map[string]bool // names that could not be opened, to say it once
	feedback feedback

	caughtUp atomic.Bool // sticky: what was there at the start has been counted

	// mu is taken before the lock of any log. It protects what follows.
	mu              sync.Mutex
	created         time.Time
	logs            map[string]*liveLog
	departed        *aggregator.Snapshot // of the logs that are read no longer
	left            []checkpoint.Left    // and where they were left
	departedSummary *aggregator.Snapshot
	union           *aggregator.Union
	saved           exporter.Checkpoint
	reloaded        exporter.Reload
	splits          []exporter.Split
	sets            []*splitSet // of splits, as configured
	rates           map[string]parseRate
	interval        time.Duration // of checkpoints

	comparison  Comparison                    // of experiments
	experiments []aggregator.ExperimentConfig // those that are compared
	configured  int                           // how often these two were settled
	verdicts    exporter.Experiments          // replaced as a whole, never changed
}

// newLive returns an agent that has read nothing yet and keeps no state yet.
func newLive(process RunConfig, conf *config.Config) (*live, error) {
	inputs, err := process.inputs(conf)
	if err != nil {
		return nil, err
	}
	a := &live{
		process:  process,
		log:      process.Log,
		now:      time.Now,
		failing:  make(map[string]bool),
		logs:     make(map[string]*liveLog),
		departed: aggregator.NewSnapshot(),
		saved:    exporter.Checkpoint{Failures: make(map[string]int64)},
		rates:    make(map[string]parseRate),
	}
	for _, cause := range append(checkpoint.Causes(), corruptState) {
		a.saved.Failures[cause] = 0 // a series from the start
	}
	a.departedSummary = aggregator.NewSnapshot()
	a.union = aggregator.NewUnion(aggregator.Held{})
	a.configure(conf, inputs)
	return a, nil
}

// configure makes a configuration the one that counts.
func (a *live) configure(conf *config.Config, inputs []liveInput) {
	a.conf, a.inputs = conf, inputs
	for _, problem := range problemsOf(inputs) {
		a.log.Warn("nginx's configuration is of no use", "file", a.process.HostNginxConf, "error", problem)
	}
	comparison := comparisonOf(conf)
	a.sayNotCompared(inputs, &comparison)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.splits, a.sets, a.interval = splitsOf(inputs), setsOf(inputs), conf.State.Interval
	a.comparison, a.experiments = comparison, experimentsOfInputs(inputs)
	a.declareNames()
	a.reloaded = exporter.Reload{At: a.now(), OK: true}
}

// declareNames gives the names of nginx's configuration a series whatever the
// logs hold: another log's junk must not take their place. a.mu is held.
func (a *live) declareNames() {
	var variants, servers []string
	for _, input := range a.inputs {
		variants = append(variants, input.formats.variantValues()...)
		servers = append(servers, input.formats.declaredServers()...)
	}
	a.union.Declare(unique(variants), unique(servers))
}

// unique returns the names sorted, each once.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// sorted returns the logs by name. The caller holds mu, or is the goroutine of
// work, the only one that opens and ends logs.
func (a *live) sorted() []*liveLog {
	logs := make([]*liveLog, 0, len(a.logs))
	for _, name := range slices.Sorted(maps.Keys(a.logs)) {
		logs = append(logs, a.logs[name])
	}
	return logs
}

// notify tells the service manager, if there is one.
func (a *live) notify(state string) {
	if a.process.Notify != nil {
		a.process.Notify(state)
	}
}

// sayAlive tells the service manager that every log can still be got at: no
// goroutine sits on a lock.
func (a *live) sayAlive() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.logs {
		l.touch()
	}
	a.notify("WATCHDOG=1")
}

// catchingUp returns how many bytes of what was there at the start are still to
// be counted; false where none are.
func (a *live) catchingUp() (behind int64, catching bool) {
	if a.caughtUp.Load() {
		return 0, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.logs {
		if l.follower == nil {
			continue
		}
		if status := l.follower.Status(); !status.CaughtUp {
			behind += status.Behind
			catching = true
		}
	}
	if !catching {
		a.caughtUp.Store(true)
		a.log.Info("caught up with the logs")
	}
	return behind, catching
}

// errCatchingUp says why nothing is published yet.
func errCatchingUp(behind int64) error {
	return fmt.Errorf("catching up with what the logs held at the start: %d bytes to go", behind)
}
