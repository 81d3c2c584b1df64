package experiment

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// checkResult holds a result against what is true of every one, whatever the data.
func checkResult(t testing.TB, r *Result) {
	t.Helper()
	if where := notANumber(reflect.ValueOf(*r), "result"); where != "" {
		t.Errorf("%s is NaN", where)
	}
	if !slices.Contains(Verdicts(), r.Verdict) || r.Reason == "" {
		t.Errorf("verdict %q with reason %q", r.Verdict, r.Reason)
	}
	for _, v := range r.Variants {
		if !slices.Contains(Verdicts(), v.Verdict) || v.Reason == "" {
			t.Errorf("variant %q: verdict %q with reason %q", v.Name, v.Verdict, v.Reason)
		}
		for _, m := range v.Metrics {
			checkMetric(t, r, &m)
		}
	}
}

func checkMetric(t testing.TB, r *Result, m *Metric) {
	t.Helper()
	if m.Tested == (m.Verdict == "") {
		t.Errorf("%s: tested is %v, the verdict %q", m.Name, m.Tested, m.Verdict)
	}
	if m.Low > m.High || m.Low < 0 || m.DifferenceLow > m.DifferenceHigh {
		t.Errorf("%s: interval %v to %v, difference %v to %v", m.Name, m.Low, m.High, m.DifferenceLow, m.DifferenceHigh)
	}
	if !m.Tested || m.Verdict.Refusal() || m.Withheld != "" || m.Name == Errors5xx {
		return
	}
	fired := m.Verdict == Worse || m.Verdict == Better
	if excluded := m.Low > 1 || m.High < 1; excluded != fired {
		t.Errorf("%s: the interval %v to %v excludes 1: %v, the verdict is %s", m.Name, m.Low, m.High, excluded, m.Verdict)
	}
	if fired != (m.LnEvidence >= r.Threshold) {
		t.Errorf("%s: evidence %v of %v with verdict %s", m.Name, m.LnEvidence, r.Threshold, m.Verdict)
	}
}

// notANumber returns the path of a NaN in a value, or "".
func notANumber(v reflect.Value, path string) string {
	switch v.Kind() {
	case reflect.Float64:
		if math.IsNaN(v.Float()) {
			return path
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return notANumber(v.Elem(), path)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if where := notANumber(v.Index(i), path+"[]"); where != "" {
				return where
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if where := notANumber(v.Field(i), path+"."+v.Type().Field(i).Name); where != "" {
				return where
			}
		}
	}
	return ""
}

// TestCompareFindsHarm: one variant fails, the other is left alone.
func TestCompareFindsHarm(t *testing.T) {
	x, o := world{clients: 10_000, requests: 6, errors: 0.004, seed: 1, change: failing(".two", 0.05)}.experiment(t)
	r := mustCompare(t, x, o)
	if r.Verdict != Worse || r.Variants[0].Verdict != Worse || r.Variants[1].Verdict == Worse {
		t.Errorf("verdict %s of variants %s and %s, want the first one WORSE", r.Verdict, r.Variants[0].Verdict, r.Variants[1].Verdict)
	}
	m := r.Variants[0].metric(Errors5xx)
	truth := (0.004*2.45 + 0.05) / (0.004 * 2.45) // of 20 clients one fails 30 times as often
	if m.Low <= 1 || m.High < truth/1.5 || m.Low > truth*1.5 {
		t.Errorf("errors ×%v to ×%v, in truth ×%.1f", m.Low, m.High, truth)
	}
	if r.Control.Name != "" || r.Split.Mismatch || r.Assignment.Broken {
		t.Errorf("control %q, split %+v, assignment %+v", r.Control.Name, r.Split, r.Assignment)
	}
}

func TestCompareFindsSlowness(t *testing.T) {
	x, o := world{clients: 12_000, requests: 6, errors: 0.004, seed: 2, change: func(arm string, e *parser.Entry, _ *rand.Rand) {
		if arm == ".ten" {
			e.RequestTime = e.RequestTime * 13 / 10
		}
	}}.experiment(t)
	r := mustCompare(t, x, o)
	m := r.Variants[1].metric(LatencyMean)
	if m.Verdict != Worse || m.Low > 1.3 || m.High < 1.3 {
		t.Errorf("mean latency %s, ×%v to ×%v; in truth ×1.3", m.Verdict, m.Low, m.High)
	}
	p90 := r.Variants[1].metric(LatencyP90)
	if p90.Verdict != "" || p90.Low > 1.3 || p90.High < 1.3 || p90.Low < 1.05 {
		t.Errorf("p90 ×%v to ×%v; in truth ×1.3", p90.Low, p90.High)
	}
}

// TestCompareNoHarm: with a margin the lack of a difference is an answer, without
// one it is none.
func TestCompareNoHarm(t *testing.T) {
	w := world{clients: 12_000, requests: 8, errors: 0.03, seed: 3}
	w.split = `split_clients $remote_addr $variant { 50% a; * b; }`
	x, o := w.experiment(t)
	r := mustCompare(t, x, o)
	if r.Verdict != Undecided || r.Control.Name != "b" {
		t.Errorf("without a margin: %s against %q", r.Verdict, r.Control.Name)
	}
	o.Margin = 2
	if r = mustCompare(t, x, o); r.Verdict != Equivalent {
		t.Errorf("with a margin: %s, %s", r.Verdict, r.Reason)
	}
	control := "a"
	o.Control = &control
	if r = mustCompare(t, x, o); r.Control.Name != "a" || r.Variants[0].Name != "b" {
		t.Errorf("compared %q with %q", r.Variants[0].Name, r.Control.Name)
	}
}

// TestCompareRefuses has every reason to refuse, in the order in which they count.
func TestCompareRefuses(t *testing.T) {
	base := world{clients: 6000, requests: 3, errors: 0.01, seed: 4}
	x, o := base.experiment(t)
	refuses := func(want Verdict, wantReason string) {
		t.Helper()
		o.Metrics = []string{Errors5xx}
		r := mustCompare(t, x, o)
		if r.Verdict != want || !strings.Contains(r.Reason, wantReason) {
			t.Errorf("verdict %s, %q; want %s with %q", r.Verdict, r.Reason, want, wantReason)
		}
		for _, v := range r.Variants {
			for _, m := range v.Metrics {
				if m.Tested && m.Verdict != want {
					t.Errorf("%q: %s is %s, want %s", v.Name, m.Name, m.Verdict, want)
				}
			}
		}
	}
	few, fewOptions := world{clients: 90, requests: 3, errors: 0.01, seed: 5}.experiment(t)
	x, o, base.clients = few, fewOptions, 0
	refuses(NotEnoughData, "Fewer than 30 clients")

	x, o = world{clients: 20_000, requests: 3, errors: 0.01, seed: 4, lose: func(arm string, random *rand.Rand) bool {
		return arm == ".ten" && random.IntN(5) == 0
	}}.experiment(t)
	refuses(SplitNotAsConfigured, `".ten" has 8`)
	if r := mustCompare(t, x, o); r.Split.Arms[1].DetectableLoss > 0.2 {
		t.Errorf("a loss of 20 %% was found, though %v would be needed", r.Split.Arms[1].DetectableLoss)
	}
	x.Lines, x.Unparsed = 1000, 11
	refuses(LogIncomplete, "11 could not be parsed")
	x.Unparsed = 10
	refuses(SplitNotAsConfigured, "")
	x.Arms[0].NoTime = x.Arms[0].Requests / 4
	refuses(LogIncomplete, "request time is missing")
	x.Arms[1].Checked, x.Arms[1].WrongIn = 1900, 20
	refuses(AssignmentBroken, "20 belong in another arm")
	x.Arms[1].Checked = 2001
	refuses(LogIncomplete, "")
	x.Changed, x.Settles, x.Settling = x.Last, x.Last+600_000, 7
	refuses(LogIncomplete, "") // some requests are of after it
	for _, arm := range x.Arms {
		arm.Requests = 0
	}
	refuses(NewEpoch, "was changed at")
}

// TestCompareOneClient: a single client with thousands of errors makes no verdict.
func TestCompareOneClient(t *testing.T) {
	hammered := 0
	x, o := world{clients: 10_000, requests: 8, errors: 0.0001, seed: 6}.experiment(t)
	before := mustCompare(t, x, o).Variants[0].metric(Errors5xx).Score.Z
	for g := range x.Arms[0].Cells {
		if c := &x.Arms[0].Cells[g]; c.Requests > 0 && hammered == 0 {
			c.Requests += 50_000
			c.Errors5xx += 50_000
			hammered++
		}
	}
	r := mustCompare(t, x, o)
	m := r.Variants[0].metric(Errors5xx)
	if m.Verdict == Worse || m.Verdict == Better || math.Abs(m.Score.Z-before) > 1.6 {
		t.Errorf("one client made %s, moving z from %v to %v", m.Verdict, before, m.Score.Z)
	}
	if m.Value < 0.5 || m.Score.Reduced == 0 {
		t.Errorf("plain rate %v, %d groups reduced", m.Value, m.Score.Reduced)
	}
	if !strings.Contains(strings.Join(m.Notes, " "), "count with less than full weight; with full weight the ratio is") {
		t.Errorf("notes %q do not say so", m.Notes)
	}
}

// TestCompareConcentration: errors of one minute, and of one server, are named.
func TestCompareConcentration(t *testing.T) {
	minute := (testStart + 20*60_000) / 60_000
	x, o := world{clients: 20_000, requests: 8, errors: 0.002, seed: 7, change: func(arm string, e *parser.Entry, random *rand.Rand) {
		if arm == ".ten" && e.Time/60_000 == minute {
			e.Status, e.Attempts[0].Server = 503, []byte("10.0.0.77:80")
		}
	}}.experiment(t)
	r := mustCompare(t, x, o)
	found := r.Variants[1].metric(Errors5xx).Concentrations
	if len(found) != 2 || found[0].Minute != minute || found[1].Name != "10.0.0.77:80" {
		t.Fatalf("found %+v, want the minute and the server", found)
	}
	for _, c := range found {
		if !c.Known || c.Ratio > 1.4 || c.Ratio < 0.6 || c.Share < 0.5 {
			t.Errorf("%s: share %v, without it ×%v", c.Kind, c.Share, c.Ratio)
		}
	}
	if others := r.Variants[0].metric(Errors5xx); others.Verdict == Worse {
		t.Errorf("the other variant: %s", others.Verdict)
	}
}

func TestCompareTraffic(t *testing.T) {
	x, o := world{clients: 20_000, requests: 8, errors: 0.002, seed: 8}.experiment(t)
	if r := mustCompare(t, x, o); r.Variants[1].Traffic.Changed {
		t.Errorf("equal traffic is said to have changed: %+v", r.Variants[1].Traffic)
	}
	for g := range x.Arms[1].Cells {
		x.Arms[1].Cells[g].Requests *= 2
	}
	r := mustCompare(t, x, o)
	if v := r.Variants[1]; !v.Traffic.Changed || v.Traffic.PerClient < 1.5*v.Traffic.ControlPerClient || !strings.Contains(v.Notes[0], "Requests per client changed") {
		t.Errorf("twice the traffic is %+v with notes %q", v.Traffic, v.Notes)
	}
	if r.Split.Mismatch {
		t.Error("other traffic of the same clients is taken for another split")
	}
}

// TestCompareWithoutTimes: a log without request times has no latencies, and says
// so; what is there is tested alone.
func TestCompareWithoutTimes(t *testing.T) {
	x, o := world{clients: 20_000, requests: 4, errors: 0.002, seed: 9, change: func(_ string, e *parser.Entry, _ *rand.Rand) {
		e.RequestTime = parser.Absent
	}}.experiment(t)
	r := mustCompare(t, x, o)
	if r.Tests != 4 || r.Variants[0].metric(LatencyMean) != nil || r.Variants[0].metric(LatencyP99) != nil {
		t.Errorf("%d tests, want 2 metrics of 2 variants", r.Tests)
	}
	if !strings.Contains(strings.Join(r.Notes, " "), "slow_share could not be tested") || r.Log.Incomplete {
		t.Errorf("notes %q; log %+v", r.Notes, r.Log)
	}
	o.Metrics = []string{SlowShare}
	if r = mustCompare(t, x, o); r.Verdict != NotEnoughData || !strings.Contains(r.Reason, "does not have what slow_share is made of") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// TestCompareUnreachable: a value behind the catch-all is no variant, unless it was
// logged after all.
func TestCompareUnreachable(t *testing.T) {
	w := world{clients: 2000, requests: 2, errors: 0.01, seed: 11}
	w.split = `split_clients $remote_addr $variant { 50% a; * b; * c; }`
	x, o := w.experiment(t)
	if r := mustCompare(t, x, o); len(r.Variants) != 1 || r.Tests != 4 || r.Verdict != Undecided {
		t.Errorf("%d variants, %d tests, %s", len(r.Variants), r.Tests, r.Verdict)
	}
	x.Arms[2].Requests = 1
	if r := mustCompare(t, x, o); len(r.Variants) != 2 || r.Verdict != NotEnoughData {
		t.Errorf("%d variants, %s", len(r.Variants), r.Verdict)
	}
	if r := mustCompare(t, x, Options{Shares: []float64{1, 0, 0}}); r.Control.Name != "a" {
		t.Errorf("control %q", r.Control.Name)
	}
}

// TestCompareOnlyReads and is the same each time.
func TestCompareOnlyReads(t *testing.T) {
	x, o := world{clients: 3000, requests: 4, errors: 0.01, seed: 10}.experiment(t)
	before := x.Clone()
	first, second := mustCompare(t, x, o), mustCompare(t, before, o)
	if !reflect.DeepEqual(first, second) {
		t.Error("equal experiments have different results")
	}
	if !reflect.DeepEqual(x, before) {
		t.Error("Compare has changed the experiment")
	}
}

func TestCompareOptions(t *testing.T) {
	x := &aggregator.Experiment{Arms: []*aggregator.Arm{{Name: "a"}, {Name: "b"}}, Changed: parser.NoTime, First: parser.NoTime, Last: parser.NoTime}
	shares := []float64{0.5, 0.5}
	unknown := "c"
	for want, o := range map[string]Options{
		`cannot use the shares [1], want one from 0 to 1 for each of the arms ["a" "b"]`: {Shares: []float64{1}},
		`cannot use the shares [NaN 0.5]`:                                                {Shares: []float64{math.NaN(), 0.5}},
		`cannot compare with the arm "c", want one of`:                                   {Shares: shares, Control: &unknown},
		`cannot use the margin 1, want a ratio above 1`:                                  {Shares: shares, Margin: 1},
		`cannot use the margin NaN`:                                                      {Shares: shares, Margin: math.NaN()},
		`cannot use the rate of false alarms 1,`:                                         {Shares: shares, Alpha: 1},
		`cannot test the metric "latency_p99", want`:                                     {Shares: shares, Metrics: []string{LatencyP99}},
		`cannot test the metric "bytes" twice`:                                           {Shares: shares, Metrics: []string{Bytes, Bytes}},
		`cannot test 5 metrics, want at most 4`:                                          {Shares: shares, Metrics: testable()[:5]},
		`cannot decide by the metric "bytes", want one`:                                  {Shares: shares, Primary: Bytes},
	} {
		if _, err := Compare(x, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Compare(&aggregator.Experiment{}, Options{}); err == nil || !strings.Contains(err.Error(), "cannot compare 0 arms") {
		t.Errorf("no arms: %v", err)
	}
	if r := mustCompare(t, x, Options{Shares: shares}); r.Verdict != NotEnoughData {
		t.Errorf("nothing at all: %s", r.Verdict)
	}
}
