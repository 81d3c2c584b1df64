package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/splitclients"
)

// experimentKeys are the keys of experiments.
func experimentKeys() []key {
	return []key{
		{name: "margin", about: "From which multiple of the control's rate on a difference would be harm. Without it, no harm is said only of what is better.", example: "1.2", set: setMargin},
		{name: "metrics", kind: words, about: fmt.Sprintf("Which carry a verdict, at most %d; the first decides on no harm. By default errors_5xx, slow_share, latency_mean and errors_4xx. "+
			"Choose them before looking.", mostMetrics), choices: experimentMetrics(), example: "[errors_5xx, latency_mean]", set: addMetric},
		{name: "control", about: `The variant that the others are compared with; "" is the empty one. By default the one with the largest share.`, example: ".one",
			set: func(s *scope, v string) string { s.config.Experiments.Control = &v; return "" }},
		{name: "slow", kind: duration, about: "A request that takes longer is slow. To change it begins a new epoch: what was counted before is of another question.", usual: "1s",
			set: setSpan(func(s *scope) *timeSpan { return &s.config.Experiments.Slow }, "1ms", "1h")},
	}
}

// What package experiment takes.
const (
	mostMetrics = 4
	mostMargin  = 1000
)

// experimentMetrics returns the metrics that can carry a verdict.
func experimentMetrics() []string {
	return []string{experiment.Errors5xx, experiment.SlowShare, experiment.LatencyMean, experiment.Errors4xx, experiment.Aborted499, experiment.Bytes}
}

func setMargin(s *scope, v string) string {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) || n <= 1 || n > mostMargin {
		return fmt.Sprintf("%s is not a ratio above 1, such as 1.2, and at most %d", quoted(v), mostMargin)
	}
	s.config.Experiments.Margin = n
	return ""
}

func addMetric(s *scope, v string) string {
	metrics := &s.config.Experiments.Metrics
	switch {
	case slices.Contains(*metrics, v):
		return fmt.Sprintf("%s is there twice", quoted(v))
	case len(*metrics) == mostMetrics:
		return fmt.Sprintf("%s is one too many, want at most %d: each makes the others harder to decide", quoted(v), mostMetrics)
	}
	*metrics = append(*metrics, v)
	return ""
}

// checkExperiments holds the control against the split of the file. Those of
// nginx's configuration are not known here.
func (r *reader) checkExperiments(config *Config) {
	control := config.Experiments.Control
	if control == nil || config.Split == "" {
		return
	}
	split, err := splitclients.Parse(config.Split, splitclients.RuleNewest)
	if err != nil {
		return // told where it stands
	}
	values := split.Table.Values()
	if split.Table.Rest() > 0 && !slices.Contains(values, "") {
		values = append(values, "") // what no part takes
	}
	if !slices.Contains(values, *control) {
		listed := ""
		for i, value := range values {
			if i == aggregator.MaxArms {
				listed += ", …"
				break
			}
			listed += ", " + quoted(value)
		}
		r.noteAt("experiments.control", "%s is no value of the split, want one of %s", quoted(*control), listed[len(", "):])
	}
}
