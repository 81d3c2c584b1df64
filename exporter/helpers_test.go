package exporter

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"github.com/splitgauge/splitgauge/aggregator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// update is given to write golden files and docs/metrics.md anew.
var update = flag.Bool("update", false, "write golden files and docs/metrics.md anew")

// golden compares got with the file at path, which -update writes.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s is not what the code says (go test ./exporter -update writes it):\n%s", path, got)
	}
}

// Methods by the parser's numbers.
const (
	methodNone = iota
	methodOther
	methodGet
	methodHead
	methodPost
	methodPatch = 10
)

var (
	counting = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	now      = counting.Add(3*time.Hour + 250*time.Millisecond)
)

// latencies returns the histogram of milliseconds.
func latencies(list ...int64) (h aggregator.Histogram) {
	for _, ms := range list {
		bucket := aggregator.Bucket{Count: 1}
		for bucket.Upper() < ms {
			bucket.Cell++
		}
		h.Merge(&aggregator.Histogram{Sum: ms, Min: ms, Max: ms, Buckets: []aggregator.Bucket{bucket}})
	}
	return h
}

// fixture returns a state with something in every part.
func fixture() *State {
	s := aggregator.NewSnapshot()
	s.HasVariants = true
	s.Requests = map[aggregator.RequestKey]int64{
		{Host: "a.example", Variant: ".one", Method: methodGet, Status: 200}: 4,
		{Host: "b.example", Variant: ".one", Method: methodGet, Status: 200}: 3,
		{Variant: ".one", Method: methodPost, Status: 9}:                     1,
		{Variant: "", Method: methodNone, Status: -1}:                        1,
		{Variant: aggregator.Other, Method: methodOther, Status: 1000}:       2,
	}
	s.Variants = map[string]*aggregator.Traffic{
		".one":           {Requests: 8, BytesSent: 12345, RequestTime: latencies(0, 3, 5, 6, 6, 250, 251, 70_000)},
		"":               {Requests: 1, BytesSent: 1},
		aggregator.Other: {Requests: 2, BytesSent: 7, RequestTime: latencies(1000, 1001)},
	}
	s.Windows = map[string]*aggregator.Windows{".one": {}}
	s.Upstreams = map[string]*aggregator.Server{
		"10.0.0.1:8080": {Attempts: 3, Status: map[int]int64{200: 2, -1: 1}, ResponseTime: latencies(4, 4, 90), HeaderTime: latencies(4), ConnectTime: latencies(0, 0)},
		"unix:/run/a":   {Attempts: 1, Status: map[int]int64{1000: 1}},
	}
	s.VariantAttempts = map[aggregator.VariantServer]int64{{Variant: ".one", Server: "10.0.0.1:8080"}: 3, {Variant: "", Server: "unix:/run/a"}: 1}
	s.Retried, s.Redirected, s.NoUpstream, s.NoLiveUpstream = 2, 1, 5, 3
	s.Assignments = map[string]*aggregator.Assignment{"variant": {Checked: 8, Mismatches: map[string]int64{"other": 1, "unknown": 1}}}
	s.Overflow = aggregator.Overflow{Variant: 2, Upstream: 1, Method: 2, Status: 3, Host: 4, Path: 5}
	return &State{
		Now: now, Created: counting, Summary: s,
		Logs: []Log{
			{Name: "/var/log/nginx/access.log", Created: counting.Add(time.Hour),
				Lines:     aggregator.Lines{Parsed: 9, Partial: 2, Unparsed: 3, Bytes: 4096, Reasons: map[string]int64{"format": 3, "request_time": 2}},
				Rotations: 2, Truncations: 1, Lost: map[string]int64{"truncated": 77}, Behind: 1024, Lag: 1500 * time.Millisecond},
			{Name: "udp:127.0.0.1:5140", Socket: true, Created: counting.Add(2 * time.Hour), Lines: aggregator.Lines{Parsed: 1, Bytes: 200}, Dropped: 6},
		},
		Splits: []Split{
			{Experiment: "variant", Shares: map[string]float64{".one": 0.005, "": 0.995}},
			{Experiment: "unused", Shares: map[string]float64{"a": 1}},
		},
		Checkpoint: Checkpoint{Written: now.Add(-2 * time.Second), Duration: 12 * time.Millisecond, Size: 123456, Failures: map[string]int64{"disk full": 2}},
		Reload:     Reload{At: counting, OK: true},
		Proxies:    proxiesFixture(),

		Experiments: experimentsFixture(),
	}
}

func proxiesFixture() *Proxies {
	bounds := []int64{100, 1000, 1_000_000}
	return &Proxies{
		Started: counting,
		Listeners: []ProxyListener{{
			Name: "web", Received: 100, Sent: 2000, Waiting: 3, AcceptErrors: 1, Shed: 2, Denied: map[string]int64{"prefix": 4},
			Connections: []ProxyConnections{
				{Upstream: "app1", Active: 2, Ended: map[string]int64{"client_fin": 5, "idle": 1}},
				{Upstream: "", Ended: map[string]int64{"dial_failed": 1}},
			},
		}},
		Pools: []ProxyPool{{Name: "app", Panic: true, Listeners: []string{"web"}, LogAge: 2 * time.Second}, {Name: "unheard", LogAge: -1}},
		Servers: []ProxyServer{{
			Pool: "app", Name: "app1",
			Dialed: Durations{bounds, []int64{3, 2, 0, 1}, 9_000_000}, FirstByte: Durations{bounds, []int64{0, 1, 0, 0}, 900},
			Failed: 2, Local: 3, NoPort: 2, Ejections: 4, Weight: 3, Effective: 1.5, Advised: 0.75, Ejected: true, InFlight: 2,
			Latency: 20 * time.Millisecond, Own: 10 * time.Millisecond, Silence: time.Second, LogRelative: 2, OwnErrors: 0.25, LogErrors: 0.5,
			SlowStart: 0.5, Cost: 0.12,
		}},
		LogDropped: 7,
		Egress:     map[string]int64{"forwarded": 8, "refused": 0},
	}
}

// of returns a source of one state.
func of(state *State) Source { return func() (*State, error) { return state, nil } }

var errBehind = errors.New(`"/var/log/nginx/access.log" is not caught up with: 4096 bytes to go`)

// gather returns the families of a state, as a scrape has them.
func gather(t testing.TB, state *State) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := registryOf(of(state)).Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]*dto.MetricFamily)
	for _, family := range families {
		byName[family.GetName()] = family
	}
	return byName
}

// registryOf returns a registry with the collector alone, and every check that
// client_golang has.
func registryOf(source Source) *prometheus.Registry {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(&collector{source, "1.2.3", "abcdef0"})
	return registry
}

// labelsOf returns the labels of a sample by name.
func labelsOf(m *dto.Metric) map[string]string {
	labels := make(map[string]string)
	for _, pair := range m.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

// valueOf returns the value of the counter or gauge with these labels: name,
// value, name, value.
func valueOf(t *testing.T, family *dto.MetricFamily, labels ...string) float64 {
	t.Helper()
next:
	for _, m := range family.GetMetric() {
		there := labelsOf(m)
		for i := 0; i < len(labels); i += 2 {
			if value, ok := there[labels[i]]; !ok || value != labels[i+1] {
				continue next
			}
		}
		return m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	t.Fatalf("%s has no sample with %q", family.GetName(), labels)
	return 0
}

// logNormal returns n latencies in milliseconds, as web servers have them.
func logNormal(random *rand.Rand, n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(30 * expNormal(random))
	}
	return list
}
