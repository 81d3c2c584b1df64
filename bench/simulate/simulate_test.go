package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"gonum.org/v1/gonum/stat/distuv"
)

// runs is how many runs a reduced row has; SPLITGAUGE_FULL has many more.
func runs(few, many int) int {
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		return many
	}
	return few
}

// reduced is a site on which a run takes milliseconds, with enough clients for an
// arm of 0.5 %.
func reduced(change func(site *traffic.Site)) traffic.Site {
	site := base()
	site.Clients, site.Requests, site.Looks = 12_000, 3, 12
	change(&site)
	return site
}

func simulated(t *testing.T, r row, runs int) []outcome {
	t.Helper()
	outcomes, err := r.simulate(t.Context(), table{name: "reduced"}, options{runs: runs, workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// TestNothingDiffers: on some of the worst sites, few runs ever have a verdict where
// nothing differs. Seeds are fixed. With requests taken for clients, most would.
func TestNothingDiffers(t *testing.T) {
	n := runs(24, 1000)
	for _, r := range []row{
		{name: "base", site: reduced(func(*traffic.Site) {})},
		{name: "bursts", site: reduced(func(s *traffic.Site) {
			*s = with(*s, bursts)
			s.Errors, s.ProneShare, s.BurstEvery = 5e-5, 0, 400
		})},
		{name: "growing tail", site: reduced(func(s *traffic.Site) {
			s.Arrival, s.Growth, s.Activity = traffic.Starting, 0.5, traffic.Activity{Pareto: 1.5}
		})},
	} {
		r.start = startNothingDiffers
		outcomes := simulated(t, r, n)
		for arm, name := range armNames {
			for i, metric := range tested {
				if fired := countOf(outcomes, func(o *outcome) bool { return o.fired[arm][i] }); 20*fired.hits > fired.runs {
					t.Errorf("%s, %s arm, %s: a verdict in %s", r.name, name, metric, fired)
				}
			}
			if v := countOf(outcomes, func(o *outcome) bool { return o.verdict[arm] }); 20*v.hits > v.runs {
				t.Errorf("%s, %s arm: a verdict of the experiment in %s", r.name, name, v)
			}
			if v := countOf(outcomes, func(o *outcome) bool { return o.split[arm] || o.other[arm] }); v.hits > v.runs/100 {
				t.Errorf("%s, %s arm: refused in %s", r.name, name, v)
			}
			if v := countOf(outcomes, func(o *outcome) bool { return o.last[arm] == "" }); arm > 0 && v.hits < v.runs {
				t.Errorf("%s, %s arm: enough data in %s only, so that nothing is shown", r.name, name, v)
			}
			naive := countOf(outcomes, func(o *outcome) bool { return o.naive[arm] })
			if r.name == "base" && naive.share() < 0.2 {
				t.Errorf("%s, %s arm: the test of requests is fooled in %s only: too easy", r.name, name, naive)
			}
		}
	}
}

// TestOneClientIsNoVerdict: one of two clients whose requests all fail is in the arm of
// 2 %, which chance does in 4 of 100 runs. Without the residual cap, that would be a
// verdict in most of them.
func TestOneClientIsNoVerdict(t *testing.T) {
	site := base()
	site.Clients, site.Requests, site.Looks = 3000, 8, 4
	site.Errors, site.ProneShare, site.Activity = 0.01, 0, traffic.Activity{LogNormal: 0.5}
	site.Heavy = traffic.Heavy{Clients: 2, Least: 0.003, Most: 0.003, LeastErrors: 1, MostErrors: 1}
	w, err := startNothingDiffers(&row{site: site})
	if err != nil {
		t.Fatal(err)
	}
	stream := w.(*nothingDiffers).stream
	n, fired := runs(10, 200), 0
	for seed, found := uint64(0), 0; found < n; seed++ {
		if stream.Reset(seed); stream.HeavyIn(ofThree, two) != 1 {
			continue
		}
		found++
		o, err := w.run(seed)
		if err != nil {
			t.Fatal(err)
		}
		fired += count(o.fired[two][0])
	}
	if 10*fired > n {
		t.Errorf("a verdict on errors in %d of %d runs", fired, n)
	}
}

// TestDifferencesAreFound: what differs is found, and its interval is right.
func TestDifferencesAreFound(t *testing.T) {
	effect := traffic.Effect{Split: ofThree, Arm: two, Errors: 4}
	site := reduced(func(s *traffic.Site) { s.Requests, s.Effect = 8, effect })
	n := runs(8, 400)
	found := simulated(t, row{name: "power", site: site, metric: experiment.Errors5xx, start: startPower}, n)
	if f := countOf(found, func(o *outcome) bool { return o.found }); f.share() < 0.75 {
		t.Errorf("found in %s", f)
	}
	r := effectRow("interval", site, effect)
	intervals := simulated(t, r, n)
	if m := countOf(intervals, func(o *outcome) bool { return o.missed }); 20*m.hits > m.runs+20 {
		t.Errorf("intervals missed in %s", m)
	}
	if d := countOf(intervals, func(o *outcome) bool { return o.disagreed }); d.hits > 0 {
		t.Errorf("interval and score disagree in %s", d)
	}
	if e := countOf(intervals, func(o *outcome) bool { return o.found }); e.share() < 0.75 {
		t.Errorf("1 is excluded in %s only", e)
	}
}

// TestSplits: a split that loses clients is refused, and one that does not is not.
func TestSplits(t *testing.T) {
	n := runs(12, 1000)
	loss := row{name: "loss", site: traffic.Site{Clients: 5000, Looks: 20}, loss: 0.9, aim: 0.9, start: startSplitCheck}
	if r := countOf(simulated(t, loss, n), func(o *outcome) bool { return o.split[ofThree] }); r.share() < 0.7 {
		t.Errorf("refused in %s", r)
	}
	none := row{name: "none", site: traffic.Site{Clients: 20_000, Looks: 30}, start: startSplitCheck}
	if r := countOf(simulated(t, none, n), func(o *outcome) bool { return o.split[ofThree] || o.split[ofHalves] }); r.above(mostRefused) {
		t.Errorf("refused though it is right in %s", r)
	}
}

// TestWorkersChangeNothing: the same runs come out of any number of workers.
func TestWorkersChangeNothing(t *testing.T) {
	for _, r := range []row{
		{name: "base", site: reduced(func(*traffic.Site) {}), start: startNothingDiffers},
		{name: "split", site: traffic.Site{Clients: 2000, Looks: 5}, start: startSplitCheck},
	} {
		var all [][]outcome
		for _, workers := range []int{1, 3} {
			outcomes, err := r.simulate(t.Context(), table{name: "reduced"}, options{runs: 5, workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, outcomes)
		}
		if !reflect.DeepEqual(all[0], all[1]) {
			t.Errorf("%s: one worker found %+v, three %+v", r.name, all[0], all[1])
		}
	}
}

// TestRowsAreNamed: rows can be chosen, and no two have the same seeds.
func TestRowsAreNamed(t *testing.T) {
	seen := map[uint64]string{}
	for _, table := range tables() {
		for _, row := range table.rows {
			seed := row.seed(table, 0)
			if other, there := seen[seed]; there {
				t.Errorf("%q and %q have the same seeds", other, row.id(table))
			}
			seen[seed] = row.id(table)
			if row.start == nil || row.count == nil {
				t.Errorf("%q cannot be run", row.id(table))
			}
		}
	}
}

// TestDocument: what was run is in the document, in place of what was there.
func TestDocument(t *testing.T) {
	name := filepath.Join(t.TempDir(), "simulation.md")
	before := "text\n" + beginMarker + "\nold\n" + endMarker + "\nafter\n"
	if err := os.WriteFile(name, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o := options{runs: 2, workers: 2, rows: regexp.MustCompile("split/5 000"), update: name}
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	updated, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(updated)
	for _, want := range []string{"text\n" + beginMarker, endMarker + "\nafter\n", "| 5 000 clients", "1 of "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the document:\n%s", want, text)
		}
	}
	if strings.Contains(text, "old\n") || !strings.Contains(out.String(), "| 5 000 clients") {
		t.Errorf("document:\n%s\noutput:\n%s", text, out.String())
	}
	o.update = filepath.Join(t.TempDir(), "missing.md")
	if err := run(t.Context(), o, &out); err == nil {
		t.Error("a document that is not there was updated")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := run(stopped, o, &out); err == nil {
		t.Error("a run that was interrupted did not say so")
	}
}

// TestKeep: rows that were kept are not run again, and are in the document.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	o := options{runs: 2, workers: 1, rows: regexp.MustCompile("split/5 000"), keep: filepath.Join(dir, "kept")}
	var first, second bytes.Buffer
	if err := run(t.Context(), o, &first); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop() // nothing can be run
	if err := run(stopped, o, &second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("first:\n%s\nkept:\n%s", first.String(), second.String())
	}
	o.runs = 3
	if err := run(t.Context(), o, &second); err == nil {
		t.Error("results of 2 runs were taken for those of 3")
	}
	if err := os.WriteFile(o.keep, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o, &second); err == nil {
		t.Error("a broken file was read")
	}
}

// TestRateInterval: at an end of the interval, what was seen or more of it (less, at
// the other end) has a probability of half a percent.
func TestRateInterval(t *testing.T) {
	for _, r := range []rate{{0, 100}, {1, 100}, {5, 100}, {60, 2000}, {1999, 2000}, {100, 100}} {
		low, high := r.interval()
		at := func(p float64) distuv.Binomial { return distuv.Binomial{N: float64(r.runs), P: p} }
		if r.hits == 0 && low != 0 || r.hits == r.runs && high != 1 {
			t.Errorf("%v: from %v to %v", r, low, high)
		}
		if p := at(low).Survival(float64(r.hits) - 1); r.hits > 0 && math.Abs(p-outside) > 1e-6 {
			t.Errorf("%v: from %v, with a probability of %v", r, low, p)
		}
		if p := at(high).CDF(float64(r.hits)); r.hits < r.runs && math.Abs(p-outside) > 1e-6 {
			t.Errorf("%v: to %v, with a probability of %v", r, high, p)
		}
	}
}
