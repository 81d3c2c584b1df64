package agent

import (
	"maps"
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/internal/nginxconf"
)

// comparisonOf returns how the configuration wants experiments to be compared.
func comparisonOf(conf *config.Config) Comparison {
	e := &conf.Experiments
	return Comparison{Control: e.Control, Margin: e.Margin, Metrics: e.Metrics, Slow: e.Slow}
}

// experimentsOfInputs returns what the logs of inputs are counted for.
func experimentsOfInputs(inputs []liveInput) (experiments []aggregator.ExperimentConfig) {
	for _, input := range inputs {
		for _, x := range input.formats.experiments() {
			if !slices.ContainsFunc(experiments, func(other aggregator.ExperimentConfig) bool { return other.Name == x.Name }) {
				experiments = append(experiments, x)
			}
		}
	}
	return experiments[:min(len(experiments), aggregator.MaxExperiments)]
}

// hasExperiment reports whether an experiment is among others, as it is.
func hasExperiment(experiments []aggregator.ExperimentConfig, x aggregator.ExperimentConfig) bool {
	return slices.ContainsFunc(experiments, func(other aggregator.ExperimentConfig) bool {
		return other.Name == x.Name && other.Definition == x.Definition && other.Slow == x.Slow
	})
}

// sayNotCompared says which splits have variants that are not compared, and what
// of the comparison fits none.
func (a *live) sayNotCompared(inputs []liveInput, comparison *Comparison) {
	splits := distinctSplits(setsOf(inputs))
	for i, without := range withoutExperiment(splits) {
		if without != "" {
			a.log.Warn("the variants of a split are not compared", "split", "$"+splits[i].Variable, "because", without)
		}
	}
	said := make(map[string]bool)
	for _, input := range inputs {
		if err := comparison.check(input.formats); err != nil && !said[err.Error()] {
			said[err.Error()] = true
			a.log.Warn("no experiment can be compared as configured", "error", err)
		}
	}
}

// beginEpochs makes what was counted and said of experiments fit what is
// configured now; before is what was. Logs that are read have seen to their own.
//
// What departed logs counted under another split is let go of: it must not stand
// against what is counted under the new one. In its place stays when the split was
// changed, and so it does of one under which nothing was counted: logs that appear
// from now on have not seen the change, and their first lines may be of workers of
// before.
func (a *live) beginEpochs(before []aggregator.ExperimentConfig) {
	a.mu.Lock()
	defer a.mu.Unlock()
	changed := slices.DeleteFunc(slices.Clone(before), func(x aggregator.ExperimentConfig) bool { return hasExperiment(a.experiments, x) })
	counted := aggregator.NewSnapshot()
	counted.Experiments = aggregator.NewShard(aggregator.Config{Experiments: changed}).Experiments()
	maps.Copy(counted.Experiments, a.departed.Experiments)

	shard := aggregator.NewShard(aggregator.Config{Experiments: a.experiments})
	shard.SetNow(a.now().UnixMilli())
	shard.Restore(counted)
	departed := *a.departed // a checkpoint may be reading it
	departed.Experiments = shard.Experiments()
	maps.DeleteFunc(departed.Experiments, func(name string, _ *aggregator.Experiment) bool { return counted.Experiments[name] == nil })
	a.departed = &departed

	a.configured++
	kept := a.verdicts
	kept.List = slices.DeleteFunc(slices.Clone(kept.List), func(e exporter.Experiment) bool {
		return !slices.ContainsFunc(before, func(x aggregator.ExperimentConfig) bool { return x.Name == e.Name && hasExperiment(a.experiments, x) })
	})
	if len(a.experiments) == 0 {
		kept = exporter.Experiments{}
	}
	a.verdicts = kept
}

// spreadChanges makes all logs hold to the latest change of each split: workers of
// before a reload write to all of them, also to those that did not exist.
func (a *live) spreadChanges() {
	a.mu.Lock()
	defer a.mu.Unlock()
	changes := a.changes()
	for _, l := range a.logs {
		l.mu.Lock()
		l.shard.SeeChanges(changes)
		l.mu.Unlock()
	}
}

// changes returns the latest change of each split. a.mu is held.
func (a *live) changes() map[string]aggregator.Change {
	changes := make(map[string]aggregator.Change)
	aggregator.Changes(changes, a.departed.Experiments)
	for _, l := range a.logs {
		l.mu.Lock()
		l.shard.Changes(changes)
		l.mu.Unlock()
	}
	return changes
}

// shutdownTimeout returns the worker_shutdown_timeout of nginx's configuration, the
// longest of several; 0 where there is none.
func (n *nginx) shutdownTimeout() (timeout time.Duration) {
	if n == nil || n.config.Main == nil {
		return 0
	}
	for directive := range nginxconf.All(n.config.Main.Directives) {
		if directive.Name.Text == "worker_shutdown_timeout" && len(directive.Arguments) == 1 {
			timeout = max(timeout, nginxTime(directive.Arguments[0].Text))
		}
	}
	return timeout
}

// settle returns for how many milliseconds after a change of a split requests may
// still be assigned by the one before: workers of before a reload go on until their
// connections end, or until they are told to end them.
func (f *formats) settle() int64 {
	const least = 10 * time.Minute
	return max(least, 2*f.nginx.shutdownTimeout()).Milliseconds()
}

// nginxTime returns a time as nginx reads it: "1h 30m", "500ms", seconds without a
// unit; 0 for what it would not take. Longer ones than a year are a year.
func nginxTime(text string) time.Duration {
	units := []struct {
		name string
		unit time.Duration
	}{{"ms", time.Millisecond}, {"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	const most = 365 * 24 * time.Hour
	total := time.Duration(0)
	for rest := text; rest != ""; {
		n, digits := time.Duration(0), 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			n = min(10*n+time.Duration(rest[digits]-'0'), most)
			digits++
		}
		if digits == 0 {
			return 0
		}
		rest = rest[digits:]
		unit := time.Second
		for _, u := range units {
			if len(rest) >= len(u.name) && rest[:len(u.name)] == u.name {
				unit, rest = u.unit, rest[len(u.name):]
				break
			}
		}
		total = min(total+min(n, most/unit)*unit, most)
		for rest != "" && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return total
}
