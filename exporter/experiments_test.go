package exporter

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// mostTested is how many metrics can carry a verdict at once.
const mostTested = 4

// allMetrics are the metrics of an experiment; the first ones carry a verdict.
func allMetrics() []string {
	return []string{experiment.Errors5xx, experiment.SlowShare, experiment.LatencyMean, experiment.Errors4xx,
		experiment.Aborted499, experiment.Bytes, experiment.LatencyP50, experiment.LatencyP90, experiment.LatencyP99}
}

// experimentsFixture has one experiment with an answer and one without.
func experimentsFixture() Experiments {
	answered := &experiment.Result{
		Verdict: experiment.Worse, Threshold: 5.07, Split: experiment.SplitCheck{LnBayesFactor: -4.5, Arms: []experiment.SplitArm{
			{Name: ".one", Clients: 500, Observed: 0.01}, {Name: ".two", Clients: 3, Observed: 0.001}, {Name: "", Clients: 49497, Observed: 0.989},
		}},
		Variants: []experiment.Variant{
			{Name: ".one", Verdict: experiment.Worse, Metrics: []experiment.Metric{
				{Name: "errors_5xx", Tested: true, Verdict: experiment.Worse, Ratio: 1.5, Low: 1.25, High: math.Inf(1), LnEvidence: 9.75},
				{Name: "slow_share", Tested: true, Verdict: experiment.NotEnoughData, Ratio: 1, High: math.Inf(1)},
				{Name: "latency_p99", Ratio: 1.25, Low: 0.5, High: 3},
			}},
			{Name: ".two", Verdict: experiment.NotEnoughData, Metrics: []experiment.Metric{
				{Name: "errors_5xx", Tested: true, Verdict: experiment.NotEnoughData, Ratio: 7, Low: 6, High: 8, LnEvidence: 100},
				{Name: "latency_p99", Ratio: 7, Low: 6, High: 8},
			}},
		},
	}
	refused := &experiment.Result{
		Verdict: experiment.AssignmentBroken, Threshold: 3, Split: experiment.SplitCheck{LnBayesFactor: 12, Arms: []experiment.SplitArm{{Name: "a"}, {Name: "b"}}},
		Variants: []experiment.Variant{{Name: "b", Verdict: experiment.AssignmentBroken, Metrics: []experiment.Metric{
			{Name: "errors_5xx", Tested: true, Verdict: experiment.AssignmentBroken, Ratio: 7, Low: 6, High: 8, LnEvidence: 100},
			{Name: "bytes", Ratio: 7, Low: 6, High: 8},
		}}},
	}
	return Experiments{Compared: now.Add(-4 * time.Second), List: []Experiment{
		{Name: "variant", Began: counting.Add(time.Minute), Result: answered},
		{Name: "broken", Result: refused},
	}}
}

// fullExperiments are so many experiments with every series that there can be for
// so many arms.
func fullExperiments(count, arms int) Experiments {
	e := Experiments{Compared: now}
	for i := range count {
		r := &experiment.Result{Verdict: experiment.Undecided}
		for arm := range arms {
			r.Split.Arms = append(r.Split.Arms, experiment.SplitArm{Name: fmt.Sprint("arm ", arm), Clients: 1})
			if arm == 0 {
				continue // the control
			}
			v := experiment.Variant{Name: fmt.Sprint("arm ", arm), Verdict: experiment.Undecided}
			for m, name := range allMetrics() {
				metric := experiment.Metric{Name: name, Ratio: 1}
				if metric.Tested = m < mostTested; metric.Tested {
					metric.Verdict = experiment.Undecided
				}
				v.Metrics = append(v.Metrics, metric)
			}
			r.Variants = append(r.Variants, v)
		}
		e.List = append(e.List, Experiment{Name: fmt.Sprint("split ", i), Began: now, Result: r})
	}
	return e
}

// TestExperiments holds what is published of an answer.
func TestExperiments(t *testing.T) {
	families := gather(t, fixture())
	for _, want := range []struct {
		name   string
		value  float64
		labels []string
	}{
		{"split_observed_ratio", 0.989, []string{"experiment", "variant", "variant", ""}},
		{"experiment_clients", 500, []string{"experiment", "variant", "variant", ".one"}},
		{"split_ln_bayes_factor", -4.5, []string{"experiment", "variant"}},
		{"experiment_ratio", 1.5, []string{"metric", "errors_5xx", "variant", ".one"}},
		{"experiment_ratio_low", 1.25, []string{"metric", "errors_5xx", "variant", ".one"}},
		{"experiment_ratio_high", math.Inf(1), []string{"metric", "errors_5xx", "variant", ".one"}},
		{"experiment_ratio_high", 3, []string{"metric", "latency_p99", "variant", ".one"}},
		{"experiment_ln_evidence", 9.75, []string{"metric", "errors_5xx", "variant", ".one"}},
		{"experiment_ln_evidence_threshold", 5.07, []string{"experiment", "variant"}},
		{"experiment_verdict", 1, []string{"metric", "errors_5xx", "variant", ".one", "verdict", "WORSE"}},
		{"experiment_verdict", 0, []string{"metric", "errors_5xx", "variant", ".one", "verdict", "BETTER"}},
		{"experiment_verdict", 1, []string{"metric", "slow_share", "variant", ".one", "verdict", "NOT ENOUGH DATA"}},
		{"experiment_overall_verdict", 1, []string{"experiment", "broken", "verdict", "ASSIGNMENT BROKEN"}},
		{"experiment_overall_verdict", 0, []string{"experiment", "broken", "verdict", "WORSE"}},
		{"experiment_epoch_timestamp_seconds", seconds(counting.Add(time.Minute).UnixMilli()), []string{"experiment", "variant"}},
		{"experiment_comparison_timestamp_seconds", seconds(now.Add(-4 * time.Second).UnixMilli()), nil},
	} {
		if got := valueOf(t, families[prefix+want.name], want.labels...); got != want.value {
			t.Errorf("%s%q is %v, want %v", want.name, want.labels, got, want.value)
		}
	}
}

// TestNoFiguresWithoutAnAnswer wants the verdict and nothing that could be taken
// for an answer where there is none: of an experiment, a variant or a metric.
func TestNoFiguresWithoutAnAnswer(t *testing.T) {
	families := gather(t, fixture())
	for name, want := range map[string]int{
		"experiment_ratio": 2, "experiment_ratio_low": 2, "experiment_ratio_high": 2, "experiment_ln_evidence": 1,
		"experiment_verdict": 4 * 10, "experiment_overall_verdict": 2 * 10, "split_observed_ratio": 3, "experiment_epoch_timestamp_seconds": 1,
	} {
		if got := len(families[prefix+name].GetMetric()); got != want {
			t.Errorf("%s has %d series, want %d", name, got, want)
		}
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if value := m.GetGauge().GetValue(); value == 7 || value == 6 || value == 8 || value == 100 {
				t.Errorf("%s%v is published: %v", family.GetName(), labelsOf(m), value)
			}
		}
	}
}

// TestOneVerdict wants exactly one verdict to hold, whichever is given.
func TestOneVerdict(t *testing.T) {
	for _, verdict := range experiment.Verdicts() {
		state := fixture()
		r := *state.Experiments.List[0].Result
		r.Verdict = verdict
		r.Variants = []experiment.Variant{{Verdict: verdict, Metrics: []experiment.Metric{{Name: "bytes", Tested: true, Verdict: verdict}}}}
		state.Experiments.List = []Experiment{{Name: "x", Result: &r}}
		families := gather(t, state)
		for _, name := range []string{"experiment_verdict", "experiment_overall_verdict"} {
			holds := make(map[string]bool)
			for _, m := range families[prefix+name].GetMetric() {
				if m.GetGauge().GetValue() == 1 {
					holds[labelsOf(m)["verdict"]] = true
				}
			}
			if !maps.Equal(holds, map[string]bool{string(verdict): true}) {
				t.Errorf("%s: %v hold, want %q alone", name, slices.Collect(maps.Keys(holds)), verdict)
			}
		}
	}
}

// TestNothingComparedYet wants no series of experiments before a comparison.
func TestNothingComparedYet(t *testing.T) {
	state := fixture()
	state.Experiments = Experiments{}
	for name, family := range gather(t, state) {
		if isExperiments(name) {
			t.Errorf("%s is published: %v", name, family)
		}
	}
}

// TestTypicalExperiment holds the figure of docs/metrics.md.
func TestTypicalExperiment(t *testing.T) {
	state := fixture()
	state.Experiments = fullExperiments(1, 3)
	n := 0
	for name, family := range gather(t, state) {
		if isExperiments(name) {
			n += len(family.GetMetric())
		}
	}
	if n < 150 || n > 170 {
		t.Errorf("%d series, the documentation says about 160", n)
	}
}

// TestHostileExperiments has names of any bytes, and each name twice: gathering
// never fails, and no two variants share a series.
func TestHostileExperiments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(names(), 1, aggregator.MaxArms, rapid.ID[string]).Draw(t, "names")
		r := &experiment.Result{Verdict: experiment.Better}
		for _, name := range list {
			r.Split.Arms = append(r.Split.Arms, experiment.SplitArm{Name: name, Clients: 1})
			r.Variants = append(r.Variants, experiment.Variant{Name: name, Verdict: experiment.Better, Metrics: []experiment.Metric{
				{Name: "bytes", Tested: true, Verdict: experiment.Better},
			}})
		}
		state := &State{Now: now, Summary: aggregator.NewSnapshot(), Experiments: Experiments{Compared: now}}
		for _, name := range slices.Concat(list, list) {
			state.Experiments.List = append(state.Experiments.List, Experiment{Name: name, Result: r})
		}
		families, err := registryOf(of(state)).Gather()
		if err != nil {
			t.Fatal(err)
		}
		experiments := min(len(list), aggregator.MaxExperiments)
		want := map[string]int{"experiment_ratio": experiments * len(list), "experiment_clients": experiments * len(list), "experiment_ln_evidence_threshold": experiments}
		for _, family := range families {
			short := family.GetName()[len(prefix):]
			if n, ok := want[short]; ok && len(family.GetMetric()) != n {
				t.Fatalf("%s has %d series, want %d", short, len(family.GetMetric()), n)
			}
			delete(want, short)
			for _, m := range family.GetMetric() {
				noControls(t, m)
			}
		}
		if len(want) > 0 {
			t.Fatalf("not published: %v", want)
		}
	})
}

// noControls fails for a label value that a terminal would take for a command.
func noControls(t *rapid.T, m *dto.Metric) {
	for _, pair := range m.GetLabel() {
		for _, c := range pair.GetValue() {
			if c < ' ' || c == 0x7f {
				t.Fatalf("a control character in %q", pair.GetValue())
			}
		}
	}
}
