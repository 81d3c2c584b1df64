package exporter

import (
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// Experiments is what the experiments of the logs said when they were last
// compared.
type Experiments struct {
	Compared time.Time // or found to have counted nothing since; zero: not yet
	List     []Experiment
}

// Experiment is a split whose variants were compared.
type Experiment struct {
	Name   string    // the variable that the split sets, without "$"
	Began  time.Time // since when the split is what it is; zero: not known
	Result *experiment.Result
}

// experiments adds what was said of each experiment: of two of the same name,
// which would be the same series, the first one counts.
func (s *samples) experiments(e *Experiments) {
	if e.Compared.IsZero() {
		return
	}
	s.set(experimentComparison, seconds(e.Compared.UnixMilli()))
	seen := make(map[string]bool)
	for _, one := range e.List {
		if !seen[one.Name] && len(seen) < aggregator.MaxExperiments {
			seen[one.Name] = true
			if !one.Began.IsZero() {
				s.set(experimentEpoch, seconds(one.Began.UnixMilli()), one.Name)
			}
			s.experiment(one.Name, one.Result)
		}
	}
}

func (s *samples) experiment(name string, r *experiment.Result) {
	clients := int64(0)
	for _, arm := range r.Split.Arms {
		s.set(experimentClients, float64(arm.Clients), name, arm.Name)
		clients += arm.Clients
	}
	if clients > 0 { // of none there is no share
		for _, arm := range r.Split.Arms {
			s.set(splitObservedRatio, arm.Observed, name, arm.Name)
		}
	}
	s.set(splitLnBayesFactor, r.Split.LnBayesFactor, name)
	s.set(experimentThreshold, r.Threshold, name)
	s.verdicts(experimentOverallVerdict, r.Verdict, name)
	for i := range r.Variants {
		s.variant(name, &r.Variants[i])
	}
}

// variant adds what is said of the metrics of a variant. Where the data allow no
// answer there are no figures, which would mislead, but only the verdict.
func (s *samples) variant(name string, v *experiment.Variant) {
	for i := range v.Metrics {
		m := &v.Metrics[i]
		refused := v.Verdict.Refusal()
		if m.Tested {
			refused = m.Verdict.Refusal()
			s.verdicts(experimentVerdict, m.Verdict, name, m.Name, v.Name)
		}
		if refused {
			continue
		}
		s.set(experimentRatio, m.Ratio, name, m.Name, v.Name)
		s.set(experimentRatioLow, m.Low, name, m.Name, v.Name)
		s.set(experimentRatioHigh, m.High, name, m.Name, v.Name)
		if m.Tested {
			s.set(experimentLnEvidence, m.LnEvidence, name, m.Name, v.Name)
		}
	}
}

// verdicts adds a series for each verdict there is: 1 for the one that is given
// now. With a series for that one alone, a verdict that has changed would be there
// twice for whoever looks back by some minutes.
func (s *samples) verdicts(id metricID, now experiment.Verdict, labels ...string) {
	for _, verdict := range experiment.Verdicts() {
		value := 0.0
		if verdict == now {
			value = 1
		}
		s.set(id, value, append(labels[:len(labels):len(labels)], string(verdict))...)
	}
}
