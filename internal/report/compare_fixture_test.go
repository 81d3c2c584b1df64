package report

import (
	"math"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
)

// What compare may have to say, made by hand: each figure has its place in a golden
// file, whatever becomes of the arithmetic.

var open = math.Inf(1)

// metricOf returns a metric of a tested one's figures.
func metricOf(name, unit string, verdict experiment.Verdict, value, control, ratio, low, high float64) experiment.Metric {
	m := experiment.Metric{
		Name: name, Unit: unit, Tested: verdict != "", Primary: name == experiment.Errors5xx, Verdict: verdict,
		Value: value, Control: control, Ratio: ratio, Low: low, High: high, LnEvidence: 1.25, Detectable: 1.6,
		DifferenceLow: -control, DifferenceHigh: open,
	}
	if control > 0 {
		m.Plain, m.Difference = value/control, value-control
	}
	if m.Tested {
		m.Score = experiment.Score{Rate: control, Reduced: 3, ReducedShare: 0.182}
	}
	return m
}

// variantOf returns a variant whose primary metric has the given figures, and the
// others nothing to say.
func variantOf(name string, configured float64, primary experiment.Metric) experiment.Variant {
	verdict := primary.Verdict
	other := experiment.Undecided
	if verdict.Refusal() {
		other = verdict
	}
	return experiment.Variant{
		Name: name, Configured: configured, Clients: int64(configured * 100_000), Requests: int64(configured * 713_000),
		Verdict: verdict, Reason: "Because.",
		Metrics: []experiment.Metric{
			primary,
			metricOf(experiment.Errors4xx, "share", other, 0.0231, 0.0229, 1.0087, 0.91, 1.12),
			metricOf(experiment.Aborted499, "share", "", 0, 0, 1, 0, open),
			metricOf(experiment.SlowShare, "share", other, 0.0123, 0.0119, 1.03, 0.42, open),
			metricOf(experiment.LatencyMean, "ms", other, 142.33, 139.87, 1.0176, 0.9731, 1.0642),
			metricOf(experiment.Bytes, "bytes", "", 12_345.6, 12_001.2, 1.0287, 1.0111, 1.0466),
			metricOf(experiment.LatencyP50, "ms", "", 80.2, 79.6, 1.0075, 0.95, 1.07),
			metricOf(experiment.LatencyP99, "ms", "", 1212, 998.7, 1.2136, 0.8, open),
		},
		Traffic: experiment.TrafficShare{
			Requests: int64(configured * 713_000), Both: 713_000, Expected: configured, Observed: configured * 1.01, PerClient: 7.13, ControlPerClient: 7.04,
		},
	}
}

// resultOf returns a result of an even state of things.
func resultOf(verdict experiment.Verdict, variants ...experiment.Variant) *experiment.Result {
	r := &experiment.Result{
		Verdict: verdict, Reason: "Because of that.",
		Control: experiment.ControlArm{Name: "", Configured: 0.9, Clients: 90_012, Requests: 640_211},
		Alpha:   0.05, Tests: 8, Threshold: 5.075, Primary: experiment.Errors5xx,
		Epoch: experiment.Epoch{
			Changed: noTime, Settles: noTime, First: fixtureStart.UnixMilli(), Last: fixtureStart.Add(9 * time.Hour).UnixMilli(),
		},
		Assignment: experiment.Assignment{Checked: 712_998},
		Log:        experiment.Log{Lines: 713_000, Unparsed: 2},
		Split:      experiment.SplitCheck{LnBayesFactor: -6.2, PValue: 0.41},
		Variants:   variants,
		Notes:      []string{"The split is as configured, as far as can be seen."},
		Assumptions: []string{
			"If a variant changes nothing, it changes nothing for anyone.",
			"What happened so far does not steer what follows.",
		},
	}
	for _, v := range variants {
		r.Split.Arms = append(r.Split.Arms, experiment.SplitArm{
			Name: v.Name, Configured: v.Configured, Clients: v.Clients, Counted: v.Clients, Observed: v.Configured * 1.002, DetectableLoss: 0.19,
		})
	}
	r.Split.Arms = append(r.Split.Arms, experiment.SplitArm{Configured: 0.9, Clients: 90_012, Counted: 11_000, Observed: 0.8999, DetectableLoss: 0.013})
	return r
}

// comparisonOf returns a report of one experiment.
func comparisonOf(e Experiment) *Report {
	r := nothing()
	r.Snapshot.Lines.Parsed = 713_000
	e.Name, e.Key, e.Slow = "variant", "${remote_addr}AAA", time.Second
	if len(e.Variants) == 0 {
		e.Variants = []ConfiguredShare{{".one", 50}, {".two", 200}, {"", 9750}}
	}
	r.Sources = []Source{{Name: "access.log", Format: "combined_plus", Reason: "access_log in nginx.conf:31", Lines: 713_000}}
	r.Split = `split_clients "${remote_addr}AAA" $variant, from nginx.conf`
	r.Experiments = []Experiment{e}
	return r
}

func errorsOf(verdict experiment.Verdict, value, control, ratio, low, high float64) experiment.Metric {
	return metricOf(experiment.Errors5xx, "share", verdict, value, control, ratio, low, high)
}

// comparisons are reports with everything that may be said.
func comparisons() map[string]*Report {
	const few, changed = experiment.NotEnoughData, experiment.NewEpoch
	worse := variantOf(".two", 0.02, errorsOf(experiment.Worse, 0.0437, 0.0021, 20.9, 8.33, open))
	worse.Metrics[0].Concentrations = []experiment.Concentration{
		{Kind: "minute", Name: "2026-11-24 08:12 UTC", Share: 0.664, Ratio: 7.0123, Known: true, Minute: 29_900_000},
		{Kind: "server", Name: "10.0.0.12:8080", Share: 1.02},
	}
	worse.Metrics[0].Affected = &experiment.Affected{Arm: 77, Control: 901, LnEvidence: 44, Enough: true, More: true}
	worse.Metrics[0].Notes = []string{"The minute 2026-11-24 08:12 UTC holds 66.4 % of the excess; without it the plain ratio is ×7.01."}
	worse.Traffic.Changed, worse.Traffic.PerClient = true, 9.91
	worse.Notes = []string{`Not isolated from the control: both are served by "10.0.0.11:8080".`}
	undecided := variantOf(".one", 0.005, errorsOf(experiment.Undecided, 0.0024, 0.0021, 1.14, 0.43, open))
	with := func(margin float64, r *experiment.Result) *Report {
		r.Margin = margin
		return comparisonOf(Experiment{Result: r})
	}
	refused := func(verdict experiment.Verdict, reason string, change func(*experiment.Result)) *experiment.Result {
		r := resultOf(verdict, variantOf(".two", 0.02, errorsOf(verdict, 0.0437, 0.0021, 20.9, 8.33, open)))
		r.Reason = reason
		change(r)
		return r
	}
	list := map[string]*Report{
		"worse":      with(0, resultOf(experiment.Worse, undecided, worse)),
		"better":     with(0, resultOf(experiment.Better, variantOf("new", 0.5, errorsOf(experiment.Better, 0.0008, 0.0021, 0.381, 0.1, 0.962)))),
		"noharm":     with(1.2, resultOf(experiment.NoHarm, variantOf("new", 0.5, errorsOf(experiment.NoHarm, 0.0019, 0.0021, 0.904, 0.71, 1.1987)))),
		"equivalent": with(1.2, resultOf(experiment.Equivalent, variantOf("new", 0.5, errorsOf(experiment.Equivalent, 0.02134, 0.02121, 1.006, 0.9612, 1.0521)))),
		"undecided":  with(1.2, resultOf(experiment.Undecided, undecided)),
		"unbounded":  with(0, resultOf(experiment.Undecided, undecided)),
		"few":        with(0, resultOf(few, variantOf(".one", 0.0002, errorsOf(few, 0, 0.0021, 0.001, 0, open)))),
		"epoch": with(0, refused(changed, "The split, or from when on a request is slow, was changed at 2026-11-24 16:55:00 UTC. Requests before 2026-11-24 17:05:00 UTC are not counted: workers may still have assigned them as before.", func(r *experiment.Result) {
			r.Epoch.Changed, r.Epoch.Settles, r.Epoch.New = r.Epoch.Last-300_000, r.Epoch.Last+300_000, true
		})),
		"assignment": with(0, refused(experiment.AssignmentBroken, `Of 14260 lines logged as ".two", 902 belong in another arm.`, func(r *experiment.Result) {
			r.Assignment = experiment.Assignment{Checked: 712_998, Mismatches: 1204, Broken: true}
		})),
		"log": with(0, refused(experiment.LogIncomplete, `The request time is missing in 900 of 14260 lines of ".two".`, func(r *experiment.Result) {
			r.Log.Incomplete, r.Log.Unparsed, r.Log.Keyless.Requests = true, 3000, 17
			r.Log.Missing = []experiment.Missing{
				{Field: "request time", Variant: ".two", Missing: 900, Requests: 14_260, ControlMissing: 12, ControlRequests: 640_211, Uneven: true},
				{Field: "key", Variant: ".two", Missing: 1, Requests: 14_260, ControlMissing: 50, ControlRequests: 640_211},
			}
		})),
		"split": with(1.2, refused(experiment.SplitNotAsConfigured, `Clients are not split as configured: ".two" has 1.41 % of 2 %.`, func(r *experiment.Result) {
			r.Split.Mismatch, r.Split.LnBayesFactor = true, 31.4
			r.Split.Arms[0].Observed, r.Split.Arms[0].DetectableLoss = 0.0141, 1
		})),
		"many": comparisonOf(Experiment{Without: "it has 9 variants, at most 8 are compared", Variants: []ConfiguredShare{
			{"a", 100}, {"b", 100}, {"c", 100}, {"d", 100}, {"e", 100}, {"f", 100}, {"g", 100}, {"h", 100}, {"", 9200},
		}}),
		"aa": comparisonOf(Experiment{AA: true, Result: resultOf(experiment.Worse, worse)}),
	}
	held := variantOf("new", 0.5, errorsOf(experiment.Undecided, 0.0029, 0.0021, 0.904, 0.71, 1.19))
	held.Metrics[0].Withheld = experiment.NoHarm
	held.Reason = "errors_5xx ×0.71 to ×1.19, but as counted ×1.38: a few groups of clients make the difference."
	doubted := variantOf("newer", 0.1, errorsOf(experiment.Better, 0.0009, 0.0021, 0.43, 0.2, 1.1))
	doubted.Verdict, doubted.Reason = experiment.Undecided, "It would be BETTER, but the key is lost where requests fail."
	doubted.Metrics[0].ByAffected = true
	list["withheld"] = with(1.2, resultOf(experiment.Undecided, held, doubted))
	list["withheld"].Experiments[0].Cause = "Many lines have a key without a value."
	list["assignment"].Experiments[0].Cause = `Most of these lines have a key without a value: error_page empties $arg_uid. Keep it with "set $client_key $arg_uid;".`
	list["open"] = openEnds()
	both := comparisonOf(list["worse"].Experiments[0])
	both.Experiments = append(both.Experiments, list["many"].Experiments[0])
	both.Experiments[1].Name = "theme"
	both.Failures = []Failure{{Source: "access.log.1.gz", Offset: 12, Error: `cannot read "access.log.1.gz": unexpected EOF`}}
	list["both"] = both
	return list
}

// openEnds has every way in which an interval may be open, or lie beyond the axis.
func openEnds() *Report {
	v := variantOf(".one", 0.005, errorsOf(experiment.Undecided, 0.02, 0, open, 0, open))
	v.Metrics[0].Detectable = open
	v.Metrics[1] = metricOf(experiment.Errors4xx, "share", experiment.Better, 0, 0.01, 0, 0, 0.7712)
	v.Metrics[3] = metricOf(experiment.SlowShare, "share", experiment.Worse, 0.3, 0.001, 300, 90, open)
	v.Metrics[4] = metricOf(experiment.LatencyMean, "ms", experiment.Better, 32.1, 999.6, 0.0321, 0.03, 0.04)
	v.Metrics[5] = metricOf(experiment.Bytes, "bytes", "", 999.9, 1000, 0.9999, 0.99981, 1)
	v.Metrics[7] = metricOf(experiment.LatencyP99, "ms", "", open, 998.7, open, 1.004, open)
	v.Metrics[6] = metricOf(experiment.LatencyP50, "ms", "", 80.2, 79.6, 1.0075, 0, open)
	v.Verdict = experiment.Worse
	return comparisonOf(Experiment{Result: resultOf(experiment.Worse, v)})
}
