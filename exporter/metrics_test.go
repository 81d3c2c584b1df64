package exporter

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/splitgauge/splitgauge/aggregator"
)

// TestMetricsTable holds what the table says of itself.
func TestMetricsTable(t *testing.T) {
	declared := make(map[string]bool)
	for _, l := range labels {
		declared[l.name] = true
	}
	if !slices.IsSortedFunc(labels, func(a, b label) int { return strings.Compare(a.name, b.name) }) {
		t.Error("labels are not in order")
	}
	used, names := make(map[string]bool), make(map[string]bool)
	for id, m := range metrics {
		if m.name == "" || names[m.name] {
			t.Errorf("metric %d is called %q, as another one or nothing", id, m.name)
		}
		names[m.name] = true
		if !strings.HasSuffix(m.help, ".") {
			t.Errorf("the help of %s is not a sentence", m.name)
		}
		if !slices.IsSorted(m.labels) {
			t.Errorf("the labels %q of %s are not in byte order", m.labels, m.name)
		}
		for _, name := range m.labels {
			used[name] = true
			if !declared[name] {
				t.Errorf("the label %q of %s is not in the table of labels", name, m.name)
			}
		}
	}
	for name := range declared {
		if !used[name] {
			t.Errorf("no metric has the label %q", name)
		}
	}
}

// TestEveryMetricHasASource finds metrics that are declared and never published,
// or published as another type.
func TestEveryMetricHasASource(t *testing.T) {
	families := gather(t, fixture())
	for _, m := range metrics {
		family := families[m.name]
		switch {
		case family == nil:
			t.Errorf("%s is declared and not published", m.name)
		case strings.ToLower(family.GetType().String()) != string(m.kind):
			t.Errorf("%s is published as %s and declared as %s", m.name, family.GetType(), m.kind)
		}
	}
	if len(families) != len(metrics) {
		t.Errorf("%d metrics published, %d declared", len(families), len(metrics))
	}
}

// TestMethods holds the number of methods to the parser's, which this package
// may not name.
func TestMethods(t *testing.T) {
	most := labels[slices.IndexFunc(labels, func(l label) bool { return l.name == "method" })].most
	name := func(number int) (name string) {
		defer func() { _ = recover() }() // of a number that is no method
		key := aggregator.RequestKey{}
		for range number {
			key.Method++
		}
		return key.Method.String()
	}
	if name(most-1) == "" || name(most) != "" {
		t.Errorf("the parser does not have the %d methods that the table of labels says", most)
	}
}

// text returns the exposition in the classic text format.
func text(t *testing.T, families map[string]*dto.MetricFamily) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := expfmt.NewEncoder(&b, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, name := range sortedKeys(families) {
		if err := encoder.Encode(families[name]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestPromlint(t *testing.T) {
	problems, err := promlint.New(bytes.NewReader(text(t, gather(t, fixture())))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("promtool is not installed")
		}
		t.Fatal(err)
	}
	command := exec.Command(promtool, "check", "metrics")
	command.Stdin = bytes.NewReader(text(t, gather(t, fixture())))
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, output)
	}
}

// series returns how many series a sample is in a Prometheus without native
// histograms, without _created.
func series(m *dto.Metric) int {
	if m.Histogram == nil {
		return 1
	}
	return len(m.Histogram.Bucket) + 3 // +Inf, the sum and the count
}

// classicSeries are the buckets with +Inf, the sum and the count.
const classicSeries = len(aggregator.ClassicBounds) + 3

// What is known of proxies without naming their package: the bounds of their
// histograms, and the reasons that connections end for.
const (
	proxyBounds        = 15
	proxyReasons       = 19
	proxyClassicSeries = proxyBounds + 3
)

// histogramSeries returns how many series a histogram is.
func (m *metric) histogramSeries() int {
	if m.isProxys() {
		return proxyClassicSeries
	}
	return classicSeries
}

// isProxys reports whether the metric is one of the proxies.
func (m *metric) isProxys() bool { return strings.HasPrefix(m.name, prefix+"proxy_") }

// isExperiments reports whether the metric of a name is of compared experiments.
func isExperiments(name string) bool {
	return strings.HasPrefix(name, prefix+"experiment_") || name == metrics[splitObservedRatio].name || name == metrics[splitLnBayesFactor].name
}

// armBound returns how many variants an experiment's metric can have: the control
// is compared with itself nowhere.
func (m *metric) armBound() int {
	if slices.Contains(m.labels, "metric") {
		return aggregator.MaxArms - 1
	}
	return aggregator.MaxArms
}

// bound returns how many samples of a metric there can be: for each log, for
// each experiment, or altogether.
func (m *metric) bound() int {
	n := 1
	for _, l := range labels {
		switch {
		case !slices.Contains(m.labels, l.name) || l.most == 0:
		case isExperiments(m.name) && l.name == "variant":
			n *= m.armBound()
		case l.name == "metric" && (m.id() == experimentVerdict || m.id() == experimentLnEvidence):
			n *= mostTested
		case m.isProxys() && l.name == "reason":
			n *= proxyReasons
		case m.isProxys() && l.name == "term":
			n *= map[metricID]int{proxyLatency: 3, proxyErrorRatio: 2}[m.id()]
		default:
			n *= l.most
		}
	}
	return n
}

// per says what a metric's bound is for each of.
func (m *metric) per() string {
	has := func(name string) bool { return slices.Contains(m.labels, name) }
	switch {
	case has("listener") && has("upstream"):
		return "listener and server"
	case has("upstream"):
		return "server"
	}
	for _, name := range []string{"file", "experiment", "listener", "pool"} {
		if has(name) {
			return name
		}
	}
	return ""
}

// id returns the number of a metric of the table.
func (m *metric) id() metricID {
	return metricID(slices.IndexFunc(metrics[:], func(other metric) bool { return other.name == m.name }))
}

// bounds returns how many series there can be: "" altogether, and more for each
// log, for each experiment and so on, as per says it.
func bounds() map[string]int {
	bounds := make(map[string]int)
	for _, m := range metrics {
		n := m.bound()
		if m.kind == kindHistogram {
			n *= m.histogramSeries()
		}
		if isExperiments(m.name) && m.per() == "experiment" {
			bounds["compared experiment"] += n
			continue
		}
		bounds[m.per()] += n
	}
	return bounds
}

// full returns a state with every dimension filled to its limit.
func full(files, experiments int) *State {
	s := aggregator.NewSnapshot()
	var variants, servers []string
	for i := range aggregator.MaxVariants {
		variants = append(variants, fmt.Sprintf("variant %d", i))
	}
	for i := range aggregator.MaxServers {
		servers = append(servers, fmt.Sprintf("10.0.0.%d:8080", i))
	}
	statuses := []int{-1, aggregator.OtherStatus}
	for i := range aggregator.MaxStatuses - 1 {
		statuses = append(statuses, 200+i)
	}
	variants, servers = append(variants, aggregator.Other), append(servers, aggregator.Other)
	every := latencies(aggregator.ClassicBounds[:]...)
	for _, variant := range variants {
		s.Variants[variant] = &aggregator.Traffic{RequestTime: every}
		for _, status := range statuses {
			for key := (aggregator.RequestKey{Variant: variant, Status: status}); key.Method <= methodPatch; key.Method++ {
				s.Requests[key] = 1
			}
		}
		for _, server := range servers {
			s.VariantAttempts[aggregator.VariantServer{Variant: variant, Server: server}] = 1
		}
	}
	s.Windows = make(map[string]*aggregator.Windows)
	for _, variant := range variants {
		s.Windows[variant] = &aggregator.Windows{}
	}
	for _, server := range servers {
		row := &aggregator.Server{Status: make(map[int]int64), ConnectTime: every, HeaderTime: every, ResponseTime: every}
		for _, status := range statuses {
			row.Status[status] = 1
		}
		s.Upstreams[server] = row
	}
	state := &State{Now: now, Created: counting, Summary: s, Checkpoint: Checkpoint{Written: now, Failures: make(map[string]int64)}, Reload: Reload{At: now}}
	for i := range 8 {
		state.Checkpoint.Failures[fmt.Sprint("cause ", i)] = 1
	}
	for i := range files {
		log := Log{Name: fmt.Sprint("file ", i), Lines: aggregator.Lines{Reasons: make(map[string]int64)}, Lost: map[string]int64{"truncated": 1, "deleted": 1}}
		for i := range 32 {
			log.Lines.Reasons[fmt.Sprint("reason ", i)] = 1
		}
		state.Logs = append(state.Logs, log)
	}
	for i := range experiments {
		split := Split{Experiment: fmt.Sprint("split ", i), Shares: make(map[string]float64)}
		for _, variant := range variants {
			split.Shares[variant] = 1.0 / float64(len(variants))
		}
		state.Splits = append(state.Splits, split)
	}
	return state
}

// fullProxies are proxies of which every series is there: pools of so many
// servers, and a listener for each pool.
func fullProxies(pools, servers int) *Proxies {
	p := &Proxies{Egress: map[string]int64{"forwarded": 0, "refused": 0, "failed": 0}}
	for i := range pools {
		pool := ProxyPool{Name: fmt.Sprint("pool ", i), Listeners: []string{fmt.Sprint("listener ", i)}}
		listener := ProxyListener{Name: pool.Listeners[0], Denied: make(map[string]int64)}
		for i := range 5 {
			listener.Denied[fmt.Sprint("rule ", i)] = 1
		}
		for j := range servers {
			name := fmt.Sprint("server ", j)
			ended := make(map[string]int64)
			for i := range proxyReasons {
				ended[fmt.Sprint("reason ", i)] = 1
			}
			listener.Connections = append(listener.Connections, ProxyConnections{Upstream: name, Ended: ended})
			durations := Durations{Bounds: make([]int64, proxyBounds), Counts: make([]int64, proxyBounds+1)}
			p.Servers = append(p.Servers, ProxyServer{Pool: pool.Name, Name: name, Dialed: durations, FirstByte: durations})
		}
		p.Pools, p.Listeners = append(p.Pools, pool), append(p.Listeners, listener)
	}
	return p
}

// TestCardinality holds the bounds of docs/metrics.md.
func TestCardinality(t *testing.T) {
	const files, experiments, pools, servers = 3, 2, 2, 4
	many := map[string]int{"": 1, "file": files, "experiment": experiments, "compared experiment": experiments,
		"pool": pools, "listener": pools, "server": pools * servers, "listener and server": pools * servers}
	state := full(files, experiments)
	state.Proxies = fullProxies(pools, servers)
	state.Experiments = fullExperiments(experiments, aggregator.MaxArms)
	families := gather(t, state)
	total := 0
	for _, m := range metrics {
		want, n := many[m.per()]*m.bound(), 0
		for _, sample := range families[m.name].GetMetric() {
			n++
			total += series(sample)
		}
		if n > want {
			t.Errorf("%s has %d series, at most %d are promised", m.name, n, want)
		}
		if n < want && (m.per() == "" || m.isProxys() || isExperiments(m.name)) {
			t.Errorf("%s has %d series, %d are promised: the bound could be lower", m.name, n, want)
		}
	}
	most := 0
	for per, n := range bounds() {
		most += many[per] * n
	}
	if total > most {
		t.Errorf("%d series, at most %d are promised", total, most)
	}
}
