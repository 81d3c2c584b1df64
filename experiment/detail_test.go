package experiment

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// drawExperiment draws what a small site of any kind might have seen: with a bad
// variant or without, of few clients or many, with clients missing.
func drawExperiment(t *testing.T, seed uint64) (*aggregator.Experiment, Options) {
	random := rand.New(rand.NewPCG(seed, 11))
	w := world{
		clients:  oneOf(random, 0, 20, 300, 1500, 1500),
		requests: oneOf(random, 1.0, 4),
		errors:   oneOf(random, 0, 0.001, 0.03),
		seed:     seed,
	}
	if random.IntN(2) == 0 {
		w.change = failing(oneOf(random, ".two", ".ten", ""), 0.4)
	}
	x, o := w.experiment(t)
	if random.IntN(4) == 0 {
		o.Shares = []float64{0.6, 0.2, 0.2}
	}
	o.Metrics = oneOf(random, nil, []string{LatencyMean}, []string{Errors5xx, Aborted499, Bytes})
	return x, o
}

func oneOf[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

// TestLessDetailSaysTheSame: whatever is left out, what is said is what would be
// said with everything.
func TestLessDetailSaysTheSame(t *testing.T) {
	var c Comparer // the same memory for all
	seen := map[Verdict]bool{}
	for seed := range uint64(runs(30, 1000)) {
		x, o := drawExperiment(t, seed)
		full := mustCompare(t, x, o)
		for _, detail := range []Detail{IntervalDetail, VerdictDetail} {
			o.Detail = detail
			less, err := c.Compare(x, o)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, less)
			checkLess(t, full, less, detail)
		}
		for _, v := range full.Variants {
			for _, m := range v.Metrics {
				seen[m.Verdict] = true
			}
		}
	}
	for _, verdict := range []Verdict{Worse, Undecided, NotEnoughData, SplitNotAsConfigured} {
		if !seen[verdict] {
			t.Errorf("no experiment was %s: too easy", verdict)
		}
	}
}

func checkLess(t *testing.T, full, less *Result, detail Detail) {
	if full.Verdict != less.Verdict || full.Tests != less.Tests || full.Threshold != less.Threshold ||
		!reflect.DeepEqual(full.Split, less.Split) || !reflect.DeepEqual(full.Log, less.Log) {
		t.Fatalf("detail %d: %s, %+v, want %s, %+v", detail, less.Verdict, less.Split, full.Verdict, full.Split)
	}
	for i, v := range less.Variants {
		want := full.Variants[i]
		if v.Verdict != want.Verdict || v.Traffic != want.Traffic || v.Clients != want.Clients {
			t.Fatalf("detail %d: %q is %s, want %s", detail, v.Name, v.Verdict, want.Verdict)
		}
		tested := 0
		for _, m := range v.Metrics {
			tested++
			whole := *want.metric(m.Name)
			whole.Placebo, whole.Concentrations, whole.Notes, m.Notes = 0, nil, nil, nil
			if detail == VerdictDetail {
				if m.Low != 0 || !math.IsInf(m.High, 1) {
					t.Fatalf("%s: an interval from %v to %v", m.Name, m.Low, m.High)
				}
				whole.Ratio, whole.Low, whole.High = m.Ratio, m.Low, m.High
				whole.Difference, whole.DifferenceLow, whole.DifferenceHigh = m.Difference, m.DifferenceLow, m.DifferenceHigh
			}
			if !reflect.DeepEqual(whole, m) {
				t.Fatalf("detail %d: %+v, want %+v", detail, m, whole)
			}
		}
		if want := full.Tests / len(full.Variants); tested > 0 && tested != want {
			t.Fatalf("detail %d: %d metrics, want %d", detail, tested, want)
		}
	}
}

// TestComparerForgets: what was compared before leaves nothing behind.
func TestComparerForgets(t *testing.T) {
	var c Comparer
	var experiments []*aggregator.Experiment
	var options []Options
	for i, clients := range []int{3000, 0, 200, 1, 2000} {
		x, o := world{clients: clients, requests: 3, errors: 0.02, seed: uint64(i)}.experiment(t)
		experiments, options = append(experiments, x), append(options, o)
	}
	x, o := fullExperiment()
	experiments, options = append(experiments, x), append(options, o)
	for _, i := range []int{5, 1, 0, 2, 3, 4, 0} {
		want := mustCompare(t, experiments[i], options[i])
		got, err := c.Compare(experiments[i], options[i])
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("experiment %d: something is left of another one", i)
		}
	}
}

// TestIntervalIsOnTheScoresSide: with nothing to count in the control, and a split so
// far from its shares that the capped score points to fewer in the arm all the same,
// the interval lies where the score points.
func TestIntervalIsOnTheScoresSide(t *testing.T) {
	const groups = 300
	arm, control := Sums{make([]int64, groups), make([]int64, groups)}, Sums{make([]int64, groups), make([]int64, groups)}
	for g := range groups {
		arm.N[g], control.N[g] = 40, 10
	}
	arm.X[0], arm.X[1], arm.X[2] = 40, 40, 40
	const pi = 0.02
	score, ok := NewScore(arm, control, pi)
	if !ok || score.Z >= -3 {
		t.Fatalf("the score is %v, want one far below 0 for this test", score.Z)
	}
	r := NewRatio(arm, control, pi, testThreshold)
	if r.Low > r.High || r.High >= 1 {
		t.Errorf("from %v to %v, want below 1, as the score of %v", r.Low, r.High, score.Z)
	}
}

// TestLessDetailWithholdsTheSame: a verdict of no harm that the rates as counted
// contradict is taken back in all detail.
func TestLessDetailWithholdsTheSame(t *testing.T) {
	x, o := world{clients: 3000, requests: 6, errors: 0.05, seed: 8, change: func(arm string, e *parser.Entry, _ *rand.Rand) {
		if arm == ".ten" {
			e.Status = 200
		}
	}}.experiment(t)
	o.Metrics = []string{Errors5xx}
	for _, arm := range x.Arms {
		if arm.Name == ".ten" {
			arm.Cells[7].Requests += 3000
			arm.Cells[7].Errors5xx += 3000
		}
	}
	for _, detail := range []Detail{FullDetail, IntervalDetail, VerdictDetail} {
		o.Detail = detail
		r := mustCompare(t, x, o)
		for _, v := range r.Variants {
			m := v.metric(Errors5xx)
			if v.Name == ".ten" && (m.Verdict != Undecided || m.Withheld != Better) {
				t.Errorf("detail %d: %s, withheld %q, want %s, withheld %q", detail, m.Verdict, m.Withheld, Undecided, Better)
			}
		}
	}
}
