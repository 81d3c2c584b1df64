package agent

import (
	"maps"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/report"
)

// collect returns what a scrape publishes.
func (a *live) collect() (*exporter.State, error) {
	if behind, catching := a.catchingUp(); catching {
		return nil, errCatchingUp(behind)
	}
	proxies := a.proxying.published()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.process.ProxiesAlone {
		return &exporter.State{Now: a.now(), Created: a.created, Reload: a.reloaded, Proxies: proxies}, nil
	}
	now := a.now()
	state := &exporter.State{Now: now, Created: a.created, Splits: a.splits, Checkpoint: a.saved, Reload: a.reloaded, Proxies: proxies,
		Experiments: a.verdicts}
	state.Checkpoint.Failures = maps.Clone(a.saved.Failures) // read when mu is free again
	summaries := []*aggregator.Snapshot{a.departedSummary}
	for _, l := range a.sorted() {
		log, summary := l.published(now)
		state.Logs = append(state.Logs, log)
		summaries = append(summaries, summary)
	}
	state.Summary = a.union.Merge(summaries...)
	state.Now = a.now() // windows that are over by then are whole
	return state, nil
}

// published returns what is published of a log.
func (l *liveLog) published(now time.Time) (exporter.Log, *aggregator.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	summary := l.shard.Summary()
	log := exporter.Log{Name: l.name, Socket: l.syslog != nil, Created: l.created, Lines: summary.Lines}
	if l.syslog != nil {
		log.Dropped = l.dropped + l.syslog.Dropped()
		return log, summary
	}
	log.Rotations, log.Truncations = l.place.Rotations, l.place.Truncations
	log.Lost = make(map[string]int64)
	for cause, bytes := range l.place.Lost {
		log.Lost[string(cause)] = bytes
	}
	if status := l.follower.Status(); status.Behind > 0 {
		log.Behind, log.Lag = status.Behind, max(0, now.Sub(status.Since))
	}
	return log, summary
}

// report returns what replay would say of all lines that were counted.
func (a *live) report() *report.Report {
	now := a.moment()
	return now.report()
}

// report takes long: nobody waits for it but who asked.
func (m *moment) report() *report.Report {
	out := &report.Report{Snapshot: aggregator.NewSnapshot()}
	out.Snapshot.Merge(m.departed)
	var sets []*splitSet
	for _, l := range m.logs {
		source, set := l.addTo(out.Snapshot)
		out.Sources = append(out.Sources, source)
		sets = append(sets, set...)
	}
	m.comparison.addExperiments(out, m.withDeparted(sets))
	return out
}

// addTo adds what was counted of the log to a snapshot, and says how it is read.
func (l *liveLog) addTo(sum *aggregator.Snapshot) (source report.Source, sets []*splitSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counted := l.shard.Snapshot()
	sum.Merge(counted)
	source = report.Source{Name: l.name, Format: "not told yet", Lines: counted.Lines.Total()}
	if l.how != nil {
		source.Format, source.Reason = l.how.format.Name(), l.how.reason
		sets = append(sets, l.how.splits)
	}
	return source, sets
}
