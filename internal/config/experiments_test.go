package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// TestExperimentBounds wants the file to take what package experiment does, and
// nothing else.
func TestExperimentBounds(t *testing.T) {
	compare := func(o experiment.Options) error {
		shard := aggregator.NewShard(aggregator.Config{Experiments: []aggregator.ExperimentConfig{{Name: "x", Arms: []string{"a", ""}}}})
		o.Shares = []float64{0.5, 0.5}
		_, err := experiment.Compare(shard.Experiments()["x"], o)
		return err
	}
	all := []string{experiment.LatencyP50, experiment.LatencyP90, experiment.LatencyP99, "requests"}
	for _, metric := range append(all, experimentMetrics()...) {
		holdsAgainst(t, fmt.Sprintf("metrics: %s", metric), compare(experiment.Options{Metrics: []string{metric}}))
	}
	for n := 1; n <= len(experimentMetrics()); n++ {
		metrics := experimentMetrics()[:n]
		holdsAgainst(t, fmt.Sprintf("metrics: [%s]", strings.Join(metrics, ", ")), compare(experiment.Options{Metrics: metrics}))
	}
	for _, margin := range []float64{-1, 0.5, 1, 1.001, 1000, 1000.001, 1e9} {
		holdsAgainst(t, fmt.Sprintf("margin: %v", margin), compare(experiment.Options{Margin: margin}))
	}
}

// holdsAgainst parses a key of experiments, and wants a problem where there is an
// error.
func holdsAgainst(t *testing.T, text string, want error) {
	t.Helper()
	if _, got := Parse("f", []byte("experiments: {"+text+"}\n")); (got == nil) != (want == nil) {
		t.Errorf("%s: %v, package experiment says %v", text, got, want)
	}
}

// TestControlOfSplit wants a control that the split of the file can give.
func TestControlOfSplit(t *testing.T) {
	for _, test := range []struct {
		split, control string
		right          bool
	}{
		{"50% .one; * .two;", ".two", true},
		{"50% .one; * .two;", `""`, false},
		{"50% .one;", `""`, true}, // of the rest
		{"50% .one; * .two;", "two", false},
	} {
		text := fmt.Sprintf("split: 'split_clients $remote_addr $v { %s }'\nexperiments: {control: %s}\n", test.split, test.control)
		if _, err := Parse("f", []byte(text)); (err == nil) != test.right {
			t.Errorf("%s%v", text, err)
		}
	}
}
