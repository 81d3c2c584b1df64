package exporter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
)

func TestExposition(t *testing.T) {
	families := gather(t, fixture())
	for _, pair := range families[metrics[buildInfo].name].Metric[0].Label {
		if pair.GetName() == "goversion" {
			*pair.Value = "go" // not the same everywhere
		}
	}
	golden(t, "testdata/fixture.prom", text(t, families))
}

func TestHostsAreSummed(t *testing.T) {
	const name = "splitgauge_http_requests_total"
	const want = `# HELP splitgauge_http_requests_total Requests in the logs. Lines that could not be parsed are none.
# TYPE splitgauge_http_requests_total counter
splitgauge_http_requests_total{method="-",status="-",variant=""} 1
splitgauge_http_requests_total{method="GET",status="200",variant=".one"} 7
splitgauge_http_requests_total{method="POST",status="009",variant=".one"} 1
splitgauge_http_requests_total{method="other",status="other",variant="other"} 2
`
	if err := testutil.CollectAndCompare(&collector{of(fixture()), "", ""}, strings.NewReader(want), name); err != nil {
		t.Error(err)
	}
}

func TestWindows(t *testing.T) {
	shard := aggregator.NewShard(aggregator.Config{})
	entry := argument(shard.Add)
	at := now.Unix()
	var w aggregator.Windows
	for length, seconds := range aggregator.WindowSeconds {
		for i := range 10 {
			entry.RemoteAddr = fmt.Appendf(nil, "client %d %d", length, i)
			shard.Add(entry)
		}
		w[length][0] = aggregator.Window{Start: at - at%seconds - seconds, Clients: shard.Snapshot().Variants[""].Clients}
	}
	state := fixture()
	state.Summary.Windows = map[string]*aggregator.Windows{"a": &w}
	family := gather(t, state)["splitgauge_unique_clients"]
	for length, name := range []string{"5m", "1h", "24h"} {
		if got, want := valueOf(t, family, "variant", "a", "window", name), float64(10*(length+1)); got != want {
			t.Errorf("%s: %v clients, want %v", name, got, want)
		}
	}
}

// argument returns a new value of the type that add takes a pointer to: the
// parser's, which this package may not name.
func argument[T any](add func(*T)) *T { return new(T) }

// TestSeriesGoWithTheirLog holds that nothing of a log is kept.
func TestSeriesGoWithTheirLog(t *testing.T) {
	state := fixture()
	name := state.Logs[0].Name
	registry := registryOf(func() (*State, error) { return state, nil })
	count := func() (n int) {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.Metric {
				if labelsOf(m)["file"] == name {
					n++
				}
			}
		}
		return n
	}
	if n := count(); n != 12 {
		t.Errorf("%d series of the log, want 12", n)
	}
	state.Logs = state.Logs[1:]
	if n := count(); n != 0 {
		t.Errorf("%d series of a log that has gone", n)
	}
}

func TestNothingYet(t *testing.T) {
	families := gather(t, &State{Now: now, Summary: aggregator.NewSnapshot()})
	for _, name := range []string{"checkpoint_age_seconds", "checkpoint_size_bytes", "config_reload_success_timestamp_seconds"} {
		if families[prefix+name] != nil {
			t.Errorf("%s is published before there is one", name)
		}
	}
	if got := valueOf(t, families[prefix+"config_reload_success"]); got != 0 {
		t.Errorf("config_reload_success %v", got)
	}
	for _, label := range []string{"variant", "server", "method", "status", "host", "path"} {
		if got := valueOf(t, families[prefix+"series_overflow_total"], "label", label); got != 0 {
			t.Errorf("series_overflow_total %v of %s", got, label)
		}
	}
}

func TestCreatedTimestamps(t *testing.T) {
	state := fixture()
	for name, family := range gather(t, state) {
		for _, m := range family.Metric {
			created := m.GetCounter().GetCreatedTimestamp()
			if m.Histogram != nil {
				created = m.GetHistogram().GetCreatedTimestamp()
			}
			want := state.Created
			for _, log := range state.Logs {
				if labelsOf(m)["file"] == log.Name {
					want = log.Created
				}
			}
			switch {
			case m.Gauge != nil || name == prefix+"checkpoint_failures_total":
				if created != nil {
					t.Errorf("%s was created %v", name, created)
				}
			case created == nil || !created.AsTime().Equal(want):
				t.Errorf("%s %v was created %v, want %v", name, labelsOf(m), created.AsTime(), want)
			}
		}
	}
}

// TestHostileNames has names of any bytes everywhere: gathering never fails, and
// no two names share a series.
func TestHostileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(names(), 1, 8, rapid.ID[string]).Draw(t, "names")
		state := &State{Now: now, Created: counting, Summary: aggregator.NewSnapshot(), Checkpoint: Checkpoint{Failures: make(map[string]int64)}}
		s := state.Summary
		s.Windows = make(map[string]*aggregator.Windows)
		lines := aggregator.Lines{Reasons: make(map[string]int64)}
		lost, shares := make(map[string]int64), make(map[string]float64)
		for _, name := range list {
			s.Variants[name] = &aggregator.Traffic{RequestTime: latencies(1)}
			s.Requests[aggregator.RequestKey{Host: name, Variant: name, Status: 200}] = 1
			s.Windows[name] = &aggregator.Windows{}
			s.Upstreams[name] = &aggregator.Server{Status: map[int]int64{200: 1}, ResponseTime: latencies(1)}
			for _, other := range list {
				s.VariantAttempts[aggregator.VariantServer{Variant: name, Server: other}] = 1
			}
			s.Assignments[name] = &aggregator.Assignment{Checked: 1}
			state.Checkpoint.Failures[name], lines.Reasons[name], lost[name], shares[name] = 1, 1, 1, 1
		}
		for _, name := range list {
			state.Logs = append(state.Logs, Log{Name: name, Lines: lines, Lost: lost}, Log{Name: name})
			state.Splits = append(state.Splits, Split{name, shares}, Split{name, shares})
		}
		families, err := registryOf(of(state)).Gather()
		if err != nil {
			t.Fatal(err)
		}
		n := len(list)
		for _, family := range families {
			want, ok := map[string]int{
				"http_requests_total": n, "http_request_duration_seconds": n, "unique_clients": 3 * n, "upstream_attempts_total": n,
				"variant_upstream_attempts_total": n * n, "parse_failures_total": n * n, "log_bytes_total": n,
				"split_configured_ratio": n * n, "split_assignments_checked_total": n, "checkpoint_failures_total": n,
			}[strings.TrimPrefix(family.GetName(), prefix)]
			if ok && len(family.Metric) != want {
				t.Fatalf("%s has %d series, want %d", family.GetName(), len(family.Metric), want)
			}
		}
	})
}
