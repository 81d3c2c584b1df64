package experiment

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// halved is a world whose arm loses half of its lines at random: no client is
// missing, and the rate of errors stays what it is.
func halved(seed uint64) (w world) {
	w = world{split: `split_clients $remote_addr $variant { 10% .ten; * ""; }`, clients: 15_000, requests: 6, errors: 0.015, seed: seed}
	w.change = func(arm string, e *parser.Entry, random *rand.Rand) {
		if arm == ".ten" && random.IntN(2) == 0 {
			e.Status = dropped
		}
	}
	return w
}

// TestFewerRequestsAreNotFewerErrors: whoever makes fewer requests is less often
// affected by the same rate of errors. That is no verdict, neither way.
func TestFewerRequestsAreNotFewerErrors(t *testing.T) {
	for seed := range uint64(2) {
		x, o := halved(seed).experiment(t)
		v := mustCompare(t, x, o).Variants[0]
		m := v.metric(Errors5xx)
		if !v.Traffic.Changed {
			t.Fatalf("seed %d: half of the lines are missing unnoticed", seed)
		}
		if m.Verdict != Undecided {
			t.Errorf("seed %d: %s: %s", seed, m.Verdict, m.sentence())
		}
		if m.Affected.LnEvidence < m.LnEvidence {
			t.Fatalf("seed %d: affected clients are no evidence, so nothing is tested", seed)
		}
	}
}

// TestHarmThatWasNotToBeTested: a variant whose requests are aborted looks better,
// since what is aborted neither fails nor takes long.
func TestHarmThatWasNotToBeTested(t *testing.T) {
	w := world{split: `split_clients $remote_addr $variant { 50% .b; * ""; }`, clients: 10_000, requests: 10, errors: 0.01, seed: 2}
	w.change = func(arm string, e *parser.Entry, random *rand.Rand) {
		if arm == ".b" && random.IntN(3) == 0 {
			e.Status, e.RequestTime = 499, 10
		}
	}
	x, o := w.experiment(t)
	o.Margin = 1.5
	r := mustCompare(t, x, o)
	if r.Verdict != Undecided || !strings.Contains(r.Reason, "aborted_499 carries no verdict here, but is clearly worse: ") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	o.Metrics = []string{Errors5xx, Aborted499}
	if r := mustCompare(t, x, o); r.Verdict != Worse {
		t.Errorf("tested, it is %s: %s", r.Verdict, r.Reason)
	}
}

// TestFewBrokenClientsAreNotHarmless: a few busy clients that fail make no verdict of
// harm, but no harm is not to be said of them either.
func TestFewBrokenClientsAreNotHarmless(t *testing.T) {
	x, o := world{split: `split_clients $remote_addr $variant { 50% .b; * ""; }`, clients: 8000, requests: 10, errors: 0.01, seed: 3}.experiment(t)
	total := x.Arms[0].Requests + x.Arms[1].Requests
	for i, arm := range x.Arms {
		for g := range 4 {
			arm.Cells[1000+g].Requests += total / 8
			if i == 0 {
				arm.Cells[1000+g].Errors5xx += total / 16
			}
		}
	}
	o.Margin = 3
	r := mustCompare(t, x, o)
	m := r.Variants[0].metric(Errors5xx)
	if m.Verdict == Worse || r.Verdict.Harmless() || m.Plain < 5 {
		t.Errorf("×%.2f as counted is %s, %s: %s", m.Plain, m.Verdict, r.Verdict, r.Reason)
	}
	if m.Withheld == "" || !strings.Contains(m.sentence(), "as counted ×") {
		t.Errorf("withheld %q: %s", m.Withheld, m.sentence())
	}
}

// TestControlIsNamed: once a variant has more than half of the clients, the largest
// share is no longer the control that was meant.
func TestControlIsNamed(t *testing.T) {
	w := world{split: `split_clients $remote_addr $variant { 60% .new; * ""; }`, clients: 10_000, requests: 10, errors: 0.002, seed: 4}
	w.change = failing(".new", 0.02)
	x, o := w.experiment(t)
	rest := ""
	o.Rest, o.Margin = &rest, 1.2
	r := mustCompare(t, x, o)
	if r.Verdict != Undecided || !strings.Contains(r.Reason, `no control was named`) {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	o.Control = &rest
	if r := mustCompare(t, x, o); r.Verdict != Worse || !strings.HasPrefix(r.Reason, `".new", beside "" as the control: `) {
		t.Errorf("with the control named: %s: %s", r.Verdict, r.Reason)
	}
}

// TestErrorsThatAreNobodys: errors whose variant or key is lost are not in the rates,
// so that these are no reason to say that there is no harm.
func TestErrorsThatAreNobodys(t *testing.T) {
	whole, o := world{split: `split_clients $remote_addr $variant { 50% .b; * ""; }`, clients: 6000, requests: 10, errors: 0.02, seed: 5}.experiment(t)
	o.Margin, o.Metrics = 2, []string{Errors5xx}
	if r := mustCompare(t, whole, o); !r.Verdict.Harmless() {
		t.Fatalf("%s: %s", r.Verdict, r.Reason)
	}
	errors := func(x *aggregator.Experiment) (n int64) {
		for _, arm := range x.Arms {
			n += totalOf(arm).Errors5xx
		}
		return n
	}
	for _, c := range []struct {
		name   string
		lose   func(x *aggregator.Experiment)
		want   Verdict
		reason string
	}{
		{"another site beside it", func(x *aggregator.Experiment) { x.Outside = aggregator.Excerpt{Requests: 1e6, Errors5xx: 30_000} }, Equivalent, ""},
		{"few errors", func(x *aggregator.Experiment) { x.Outside = aggregator.Excerpt{Requests: 19, Errors5xx: 19} }, Equivalent, ""},
		{"a line in a hundred read in part", func(x *aggregator.Experiment) { x.Partial = x.Lines / 100 }, Equivalent, ""},
		{"a format that is another one", func(x *aggregator.Experiment) { x.Partial = x.Lines }, Undecided, "1000 of 1000 lines could only be read in part"},
		{"errors without variant", func(x *aggregator.Experiment) { x.Outside = aggregator.Excerpt{Requests: 3000, Errors5xx: 2900} }, Undecided, "whose they are is not known"},
		{"keys that everybody may lose", func(x *aggregator.Experiment) {
			x.Arms[0].Keyless = aggregator.Excerpt{Requests: x.Arms[0].Requests / 2, Errors5xx: errors(x) / 4}
		}, Equivalent, ""},
		{"keys that failing loses", func(x *aggregator.Experiment) {
			x.Arms[0].Keyless = aggregator.Excerpt{Requests: errors(x) / 2, Errors5xx: errors(x) / 2}
		}, LogIncomplete, "The key has no value in"},
		{"keys that many lose, and more of those who fail", func(x *aggregator.Experiment) {
			x.Arms[0].Keyless = aggregator.Excerpt{Requests: x.Arms[0].Requests, Errors5xx: errors(x) * 6 / 10}
		}, Undecided, "the key has no value in"},
		{"keys that most lose, and nearly all who fail", func(x *aggregator.Experiment) {
			x.Arms[0].Keyless = aggregator.Excerpt{Requests: x.Arms[0].Requests, Errors5xx: errors(x) * 9 / 10}
		}, LogIncomplete, "The key has no value in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := whole.Clone()
			c.lose(x)
			if r := mustCompare(t, x, o); r.Verdict != c.want || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("%s: %s", r.Verdict, r.Reason)
			}
		})
	}
}

// TestMetricsThatAreNotThere: a log without statuses has no rates of errors, and a
// metric that was asked for and is not there is no reason to say that there is no
// harm.
func TestMetricsThatAreNotThere(t *testing.T) {
	x, o := world{split: `split_clients $remote_addr $variant { 50% .b; * ""; }`, clients: 6000, requests: 10, errors: 0.02, seed: 6}.experiment(t)
	o.Margin, o.Metrics = 2, []string{LatencyMean, Errors5xx}
	for _, arm := range x.Arms {
		arm.NoStatus = arm.Requests
	}
	r := mustCompare(t, x, o)
	if r.Verdict != Undecided || !strings.Contains(r.Reason, "the log does not have what errors_5xx is made of") || r.Variants[0].metric(Errors5xx) != nil {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	x.Arms[0].NoStatus, x.Arms[1].NoStatus, x.Arms[0].NoBytes = 0, 0, x.Arms[0].Requests/3
	if r := mustCompare(t, x, o); r.Log.Incomplete {
		t.Errorf("bytes, which are not tested, are missing: %s", r.Reason)
	}
	o.Metrics = []string{Bytes}
	if r := mustCompare(t, x, o); r.Verdict != LogIncomplete || !strings.Contains(r.Reason, "number of bytes") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// TestNotesOfHangs: a mean in which a request counts for at most ten seconds does not
// see that some hang for a minute; the quantile does, and is named.
func TestNotesOfHangs(t *testing.T) {
	w := world{split: `split_clients $remote_addr $variant { 50% .b; * ""; }`, clients: 10_000, requests: 10, errors: 0.01, seed: 7}
	w.change = func(arm string, e *parser.Entry, random *rand.Rand) {
		if random.IntN(20) == 0 {
			if e.RequestTime = 10_500; arm == ".b" {
				e.RequestTime = 59_000
			}
		}
	}
	x, o := w.experiment(t)
	o.Margin = 1.5
	v := mustCompare(t, x, o).Variants[0]
	if notes := strings.Join(v.Notes, "\n"); !strings.Contains(notes, "latency_p99 is ×5.") || v.metric(LatencyMean).Verdict == Worse {
		t.Errorf("%s; %s", v.metric(LatencyMean).Verdict, notes)
	}
}
