package exporter

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// growing is a state to which latencies come with every scrape.
type growing struct {
	mu     sync.Mutex
	random *rand.Rand
	state  *State
	all    []int64
}

func (g *growing) next() (*State, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	more := logNormal(g.random, 2000)
	g.all = append(g.all, more...)
	h := latencies(more...)
	traffic := g.state.Summary.Variants[".one"]
	merged := traffic.RequestTime
	merged.Merge(&h)
	summary := aggregator.NewSnapshot()
	summary.HasVariants = true
	summary.Requests[aggregator.RequestKey{Variant: ".one", Method: methodGet, Status: 200}] = int64(len(g.all))
	summary.Variants[".one"] = &aggregator.Traffic{Requests: int64(len(g.all)), RequestTime: merged}
	g.state = &State{Now: time.Now(), Created: g.state.Created, Summary: summary, Checkpoint: Checkpoint{Written: time.Now()}, Reload: g.state.Reload}
	return g.state, nil
}

// prometheus starts Debian's Prometheus on one target, and returns its address.
func prometheusAt(t *testing.T, target string, arguments ...string) string {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("prometheus is not installed")
		}
		t.Fatal(err)
	}
	directory := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	file := filepath.Join(directory, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 300ms, scrape_timeout: 300ms}\nscrape_configs: [{job_name: splitgauge, static_configs: [{targets: [%q]}]}]\n", target)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(directory, "log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, append([]string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(directory, "data"),
		"--web.listen-address=" + address, "--log.level=warn"}, arguments...)...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
		log.Close()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("prometheus said:\n%s", said)
		}
	})
	return address
}

// query returns the values of an instant query; none while there is no answer.
func query(address, expression string) (values []float64) {
	response, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil {
		return nil
	}
	for _, result := range answer.Data.Result {
		text, _ := result.Value[1].(string)
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			values = append(values, value)
		}
	}
	return values
}

// eventually waits for a value.
func eventually(t *testing.T, address, expression string, wanted func(float64) bool) float64 {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if values := query(address, expression); len(values) == 1 && wanted(values[0]) {
				return values[0]
			}
		case <-deadline:
			t.Fatalf("%s: %v, never what is wanted", expression, query(address, expression))
		}
	}
}

// TestPrometheus has two Prometheus scrape the server, one with native histograms
// and one without: Debian's keeps one kind a scrape. Quantiles from both are where
// the buckets that they know say.
func TestPrometheus(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	g := &growing{random: rand.New(rand.NewPCG(4, 2)), state: fixture()}
	g.state.Summary.Variants[".one"].RequestTime = aggregator.Histogram{}
	s := serving(t, Config{Version: "1.2.3"}, g.next, alwaysReady, defaultLimits)
	classic := prometheusAt(t, s.Addr().String())
	native := prometheusAt(t, s.Addr().String(), "--enable-feature=native-histograms")
	enough := func(v float64) bool { return v >= 20_000 }
	eventually(t, classic, "splitgauge_http_request_duration_seconds_count", enough)
	eventually(t, native, "histogram_count(splitgauge_http_request_duration_seconds)", enough)
	g.mu.Lock()
	all := slices.Clone(g.all)
	g.mu.Unlock()
	slices.Sort(all)
	for _, q := range []float64{0.5, 0.9, 0.99} {
		truth := float64(all[int(q*float64(len(all)))]) / 1000
		exact := func(float64) bool { return true }
		fromNative := eventually(t, native, fmt.Sprintf("histogram_quantile(%v, splitgauge_http_request_duration_seconds)", q), exact)
		fromClassic := eventually(t, classic, fmt.Sprintf("histogram_quantile(%v, splitgauge_http_request_duration_seconds_bucket)", q), exact)
		// A native bucket is 9.05 % wide; the sample has grown since truth was taken.
		if ratio := fromNative / truth; ratio < 1/1.12 || ratio > 1.12 {
			t.Errorf("p%v: native %v, true %v", 100*q, fromNative, truth)
		}
		low, high := around(truth)
		if fromClassic < low/1.05 || fromClassic > high*1.05 {
			t.Errorf("p%v: classic %v, want within the bucket %v to %v of %v", 100*q, fromClassic, low, high, truth)
		}
	}
	if got := query(native, "splitgauge_http_request_duration_seconds_bucket"); len(got) > 0 {
		t.Logf("this Prometheus keeps classic buckets beside native ones: %d", len(got))
	}
}

// around returns the bounds of the classic bucket that holds seconds.
func around(seconds float64) (low, high float64) {
	for _, ms := range aggregator.ClassicBounds {
		if bound := float64(ms) / 1000; seconds <= bound {
			return low, bound
		} else {
			low = bound
		}
	}
	return low, math.Inf(1)
}
