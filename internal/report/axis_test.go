package report

import (
	"math"
	"testing"

	"github.com/splitgauge/splitgauge/experiment"
)

func TestAxisBounds(t *testing.T) {
	for _, c := range []struct{ low, ratio, high, margin, wantLow, wantHigh float64 }{
		{0.95, 1, 1.04, 0, 1 / 1.1, 1.1},
		{0.95, 1, 1.04, 1.2, 1 / 1.2, 1.2},
		{0, 1.7, math.Inf(1), 0, 1 / 1.1, 2},
		{0.0001, 50, 900, 0, 1 / 20.0, 20},
	} {
		m := errorsOf(experiment.Undecided, 0.1, 0.1, c.ratio, c.low, c.high)
		r := resultOf(experiment.Undecided, experiment.Variant{Metrics: []experiment.Metric{m}})
		r.Margin = c.margin
		if a := newAxis(r, 20); a.low != c.wantLow || a.high != c.wantHigh {
			t.Errorf("%+v: the axis is from %v to %v", c, a.low, a.high)
		}
	}
}

// TestAxisDraws has the same intervals with and without more than ASCII, on an axis
// on which each cell is a factor of 2^(1/2).
func TestAxisDraws(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		ratio, low, high, margin float64
		want, ascii              string
	}{
		{1, 0.5, 2, 0, "  ├─●─┤  ", "  [-*-]  "},
		{1, 0.5, 2, 1.42, "  ├─●─┤  ", "  [-*-]  "},
		{2, 1.42, 4, 1.42, "   ░│├●─┤", "   .|[*-]"},
		{2, 0.5, inf, 0, "  ├─┼─●─►", "  [-+-*->"},
		{0.5, 0, 1.42, 0, "◄─●─┼┤   ", "<-*-+]   "},
		{1, 0, inf, 0, "◄───●───►", "<---*--->"},
		{300, 90, inf, 0, "    │   ►", "    |   >"},
		{300, 1.42, inf, 0, "    │├──►", "    |[-->"},
		{0.001, 0.0001, 0.01, 0, "◄   │    ", "<   |    "},
		{1, 1, 1, 0, "    ●    ", "    *    "},
	} {
		a := axis{low: 0.25, high: 4, margin: c.margin, cells: 9}
		m := errorsOf(experiment.Undecided, 0.1, 0.1, c.ratio, c.low, c.high)
		if got := a.draw(&m, (&screen{unicode: true}).marks()); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		if got := a.draw(&m, new(screen).marks()); got != c.ascii {
			t.Errorf("%+v: %q", c, got)
		}
		m.Tested = false
		m.Value, m.Control = 0, 0
		for _, r := range a.draw(&m, new(screen).marks()) {
			if r == 'o' || r == '*' {
				t.Errorf("%+v: an estimate of nothing is drawn", c)
			}
		}
	}
	w := words{false, &Experiment{}}
	if got := (axis{low: 0.25, high: 4, cells: 15}).labels(w); got != "x0.25 x1     x4" {
		t.Errorf("labels %q", got)
	}
}

// TestOutcome: harm in one experiment counts most, and no harm has to be said of all.
func TestOutcome(t *testing.T) {
	const worse, better, undecided, refused = experiment.Worse, experiment.Better, experiment.Undecided, experiment.LogIncomplete
	for _, c := range []struct {
		verdicts []experiment.Verdict
		want     Outcome
	}{
		{nil, NoExperiment}, {[]experiment.Verdict{better, experiment.NoHarm, experiment.Equivalent}, Harmless},
		{[]experiment.Verdict{better, undecided}, Unanswered}, {[]experiment.Verdict{refused, better}, Unanswered},
		{[]experiment.Verdict{better, ""}, Unanswered}, {[]experiment.Verdict{"", refused, worse, better}, Harmful},
	} {
		r := nothing()
		for _, v := range c.verdicts {
			e := Experiment{}
			if v != "" {
				e.Result = resultOf(v)
			}
			r.Experiments = append(r.Experiments, e)
		}
		if got := r.Outcome(); got != c.want {
			t.Errorf("%q come to %d, want %d", c.verdicts, got, c.want)
		}
	}
}
