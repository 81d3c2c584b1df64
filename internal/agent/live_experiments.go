package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// compareInterval is how often experiments are compared at most: it takes long in
// relation to a scrape.
const compareInterval = 10 * time.Second

// judge compares the experiments of an agent from time to time. It belongs to one
// goroutine, which holds no lock meanwhile.
type judge struct {
	*live
	looked time.Time          // last
	found  moment             // then
	counts map[*liveLog]int64 // then; see liveLog.changes
}

// moment is what there is to compare, and how.
type moment struct {
	departed    *aggregator.Snapshot // not to be changed
	sets        []*splitSet          // as configured
	logs        []*liveLog
	comparison  Comparison
	experiments int // how many there are
	configured  int
}

func (a *live) moment() moment {
	a.mu.Lock()
	defer a.mu.Unlock()
	return moment{a.departed, a.sets, a.sorted(), a.comparison, len(a.experiments), a.configured}
}

// startComparing compares experiments in a goroutine of its own until stop is
// called, which waits for it.
func (a *live) startComparing() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	if !a.process.ProxiesAlone {
		group.Go(func() { (&judge{live: a}).work(ctx) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// work looks at the experiments every second, so that the first comparison comes
// soon after all logs have been caught up with.
func (j *judge) work(ctx context.Context) {
	looks := time.NewTicker(lookInterval)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			j.look(ctx)
		}
	}
}

// look compares the experiments if that is due and anything was counted since the
// last time.
func (j *judge) look(ctx context.Context) {
	now := j.now()
	if !j.caughtUp.Load() || !j.looked.IsZero() && now.Sub(j.looked) < compareInterval {
		return
	}
	current := j.moment()
	if current.experiments == 0 {
		return
	}
	first := j.looked.IsZero()
	j.looked = now
	counts := countsOf(current.logs)
	verdicts := exporter.Experiments{Compared: now}
	if first || current.configured != j.found.configured || current.departed != j.found.departed || !maps.Equal(counts, j.counts) {
		verdicts.List = current.compare(ctx)
	} else {
		verdicts.List = j.published().List
	}
	if ctx.Err() != nil {
		return // not all of them
	}
	j.found, j.counts = current, counts
	j.publish(verdicts, current.configured)
}

func (a *live) published() exporter.Experiments {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.verdicts
}

// publish makes verdicts those that are scraped, unless other splits have been
// configured since they were looked for.
func (a *live) publish(verdicts exporter.Experiments, configured int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.configured == configured {
		a.verdicts = verdicts
	}
}

// countsOf says how often what each log has counted has changed.
func countsOf(logs []*liveLog) map[*liveLog]int64 {
	counts := make(map[*liveLog]int64, len(logs))
	for _, l := range logs {
		l.mu.Lock()
		counts[l] = l.changes
		l.mu.Unlock()
	}
	return counts
}

// compare returns what the experiments say, as the report does; not all where ctx
// ends.
func (m *moment) compare(ctx context.Context) (list []exporter.Experiment) {
	sum := aggregator.NewSnapshot()
	addComparable(sum, m.departed.Lines, m.departed.Assignments, m.departed.Experiments)
	var sets []*splitSet
	for _, l := range m.logs {
		sets = append(sets, l.addComparable(sum)...)
	}
	splits := distinctSplits(m.withDeparted(sets))
	experiments := experimentsOf(splits)
	for i := range splits {
		if ctx.Err() != nil {
			return nil
		}
		one := experiments[i : i+1]
		m.comparison.compare(one, splits[i:i+1], sum)
		if result := one[0].Result; result != nil {
			list = append(list, exporter.Experiment{Name: one[0].Name, Began: epochBegan(result.Epoch.Changed, result.Epoch.First), Result: result})
		}
	}
	return list
}

// withDeparted adds to the sets of splits of the logs that are read those by which
// departed logs were counted.
func (m *moment) withDeparted(sets []*splitSet) []*splitSet {
	for _, set := range m.sets {
		counted := slices.ContainsFunc(set.splits, func(split *splitclients.Split) bool {
			x := m.departed.Experiments[split.Variable]
			return x != nil && x.Definition == definitionOf(split)
		})
		if counted && !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return sets
}

// epochBegan returns since when a split is what it is: since it was changed, else
// since its first request; the zero time where neither is known.
func epochBegan(changed, first int64) time.Time {
	if changed == parser.NoTime {
		changed = first
	}
	if changed == parser.NoTime {
		return time.Time{}
	}
	return time.UnixMilli(changed)
}

// addComparable adds what was counted of the log's experiments to a snapshot, and
// returns its splits.
func (l *liveLog) addComparable(sum *aggregator.Snapshot) (sets []*splitSet) {
	l.mu.Lock()
	summary, experiments := l.shard.Summary(), l.shard.Experiments()
	if l.how != nil {
		sets = append(sets, l.how.splits)
	}
	l.mu.Unlock()
	addComparable(sum, summary.Lines, summary.Assignments, experiments)
	return sets
}

// addComparable adds to a snapshot what comparing needs and nothing else.
func addComparable(sum *aggregator.Snapshot, lines aggregator.Lines, assignments map[string]*aggregator.Assignment, experiments map[string]*aggregator.Experiment) {
	more := aggregator.NewSnapshot()
	more.Lines, more.Assignments, more.Experiments = lines, assignments, experiments
	sum.Merge(more)
}
