package experiment

import (
	"math"
	"strings"
	"testing"
)

func TestDecide(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		fired, more       bool
		low, high, margin float64
		want              Verdict
	}{
		{true, true, 1.2, inf, 0, Worse},
		{true, true, 1.01, 1.05, 1.5, Worse}, // however small
		{true, false, 0, 0.9, 0, Better},
		{true, true, 0.8, 1.3, 2, Worse}, // by the number of affected clients
		{false, true, 0.9, 1.1, 0, Undecided},
		{false, true, 0.9, 1.1, 1.2, Equivalent},
		{false, true, 0.5, 1.1, 1.2, NoHarm},
		{false, true, 0, 1.1, 1.2, NoHarm},
		{false, true, 0.9, 1.2, 1.2, Undecided},
		{false, true, 0, inf, 100, Undecided},
	} {
		if got := decide(c.fired, c.more, c.low, c.high, c.margin); got != c.want {
			t.Errorf("%+v is %s", c, got)
		}
	}
}

// TestOverallVerdict: harm to one variant counts most, and there is no harm only if
// that is said of all.
func TestOverallVerdict(t *testing.T) {
	for want, verdicts := range map[Verdict][]Verdict{
		Better:        {Better, Better},
		Equivalent:    {Better, Equivalent},
		NoHarm:        {NoHarm, Equivalent, Better},
		Undecided:     {Better, Undecided, NoHarm},
		NotEnoughData: {Better, NotEnoughData, Undecided},
		Worse:         {NotEnoughData, Worse, Better},
	} {
		var variants []Variant
		for _, v := range verdicts {
			variants = append(variants, Variant{Verdict: v})
		}
		if got := overallVerdict(variants); got != want {
			t.Errorf("%s are %s, want %s", verdicts, got, want)
		}
	}
	if got := overallVerdict(nil); got != NotEnoughData {
		t.Errorf("no variants are %s", got)
	}
	for _, v := range Verdicts() {
		if v.Refusal() && v.Harmless() {
			t.Errorf("%s refuses and is harmless", v)
		}
	}
	if !Better.Harmless() || !NoHarm.Harmless() || !Equivalent.Harmless() || Undecided.Harmless() || Worse.Harmless() {
		t.Error("what is harmless is not")
	}
}

// TestVariantVerdict: a guardrail can only harm, the primary decides the rest.
func TestVariantVerdict(t *testing.T) {
	metrics := func(primary, guardrail Verdict) []Metric {
		return []Metric{
			{Name: SlowShare, Tested: true, Verdict: guardrail},
			{Name: Errors5xx, Tested: true, Primary: true, Verdict: primary},
			{Name: LatencyP99},
		}
	}
	for _, c := range []struct{ primary, guardrail, want Verdict }{
		{Better, Worse, Worse},
		{Undecided, Better, Undecided},
		{NoHarm, Undecided, NoHarm},
		{NotEnoughData, Undecided, NotEnoughData},
		{Worse, Better, Worse},
	} {
		if got := variantVerdict(metrics(c.primary, c.guardrail)); got != c.want {
			t.Errorf("primary %s and guardrail %s are %s, want %s", c.primary, c.guardrail, got, c.want)
		}
	}
	if got := variantVerdict(nil); got != NotEnoughData {
		t.Errorf("no metrics are %s", got)
	}
}

func TestFigure(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 1: "1", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 99.96: "100", 1234567: "1234567",
		0.0123456: "0.0123", 1e-5: "1e-05", math.Inf(1): "∞", 1e300: "1e+300", -2.5: "-2.5",
	} {
		if got := figure(value); got != want {
			t.Errorf("%v is %q, want %q", value, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	inf := math.Inf(1)
	for want, m := range map[string]Metric{
		"errors ×2.1, at least ×1.3, upper end open.":                               {Verdict: Worse, Ratio: 2.1, Low: 1.3, High: inf},
		"errors ×2.1, at least ×1.3, at most ×4.":                                   {Verdict: Worse, Ratio: 2.1, Low: 1.3, High: 4},
		"errors ×0.5, at most ×0.8.":                                                {Verdict: Better, Ratio: 0.5, Low: 0, High: 0.8},
		"errors could be ×0.7 to ×2.4; a ratio of errors ×1.5 would be seen.":       {Verdict: Undecided, Low: 0.7, High: 2.4, Detectable: 1.5},
		"errors could be ×0.7 to any size; a ratio of errors ×3 would be seen.":     {Verdict: Undecided, Low: 0.7, High: inf, Detectable: 3},
		"errors could be anything; no difference, however large, would be seen yet": {Verdict: Undecided, High: inf, Detectable: inf},
	} {
		m.Name = "errors"
		if got := m.sentence(); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := joined([]string{"a", "b", "c", "d", "e"}); got != `"a", "b", "c", 2 more` {
		t.Error(got)
	}
	p := part{first: 1, last: 4097}
	if got := p.minutes(); got != "1970-01-01 00:01 UTC or 1970-01-03 20:17 UTC or between" {
		t.Error(got)
	}
}
