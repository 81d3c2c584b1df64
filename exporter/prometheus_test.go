package exporter

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// growing is a state to which latencies come with every scrape, until there are
// enough.
type growing struct {
	enough int

	mutex   sync.Mutex
	random  *rand.Rand
	all     []int64
	latency aggregator.Histogram
}

func (g *growing) next() (*State, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.all) < g.enough {
		more := logNormal(g.random, 8000)
		h := latencies(more...)
		g.all = append(g.all, more...)
		g.latency.Merge(&h) // makes new buckets: earlier states keep theirs
	}
	state := fixture()
	n := int64(len(g.all))
	state.Summary.Requests = map[aggregator.RequestKey]int64{{Variant: ".one", Method: methodGet, Status: 200}: n}
	state.Summary.Variants = map[string]*aggregator.Traffic{".one": {Requests: n, RequestTime: g.latency}}
	return state, nil
}

// prometheusServer is a running Prometheus with one target.
type prometheusServer struct{ address string }

// prometheusFor starts Debian's Prometheus until the test ends.
func prometheusFor(t *testing.T, target string, arguments ...string) prometheusServer {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("prometheus is not installed")
		}
		t.Fatal(err)
	}
	directory := t.TempDir()
	file := filepath.Join(directory, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs: [{job_name: splitgauge, static_configs: [{targets: [%q]}]}]\n", target)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, append([]string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(directory, "data"),
		"--web.listen-address=127.0.0.1:0"}, arguments...)...)
	output, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	said, address := make(chan string, 1), make(chan string, 1)
	go listenTo(bufio.NewScanner(output), address, said)
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		text := <-said // until it has ended
		command.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", text)
		}
	})
	select {
	case where, ok := <-address:
		if !ok {
			t.Fatal("prometheus does not listen")
		}
		return prometheusServer{where}
	case <-time.After(30 * time.Second):
		t.Fatal("prometheus does not listen yet")
	}
	panic("not reached")
}

// listenTo reads all that Prometheus says, and from that the port it was given.
func listenTo(lines *bufio.Scanner, address, said chan<- string) {
	var all strings.Builder
	found := false
	for lines.Scan() {
		fmt.Fprintln(&all, lines.Text())
		if _, where, ok := strings.Cut(lines.Text(), `msg="Listening on" address=`); ok && !found {
			found = true
			address <- where
		}
	}
	close(address)
	said <- all.String()
}

// query returns the values of an instant query; none while there is no answer.
func (p prometheusServer) query(expression string) (values []float64) {
	response, err := http.Get("http://" + p.address + "/api/v1/query?query=" + url.QueryEscape(expression))
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

// one returns the one value of a query.
func (p prometheusServer) one(t *testing.T, expression string) float64 {
	t.Helper()
	values := p.query(expression)
	if len(values) != 1 {
		t.Fatalf("%s: %v, want one value", expression, values)
	}
	return values[0]
}

// until waits for a query to have one value: want.
func (p prometheusServer) until(t *testing.T, expression string, want float64) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if values := p.query(expression); len(values) == 1 && values[0] == want {
				return
			}
		case <-deadline:
			t.Fatalf("%s: %v, never %v", expression, p.query(expression), want)
		}
	}
}

// TestPrometheus has two Prometheus scrape the server, one with native histograms
// (as protobuf) and one without (as OpenMetrics): Debian's keeps one kind a
// scrape. Both get all counts exactly, and quantiles within the bucket that holds
// the true one.
func TestPrometheus(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	const enough = 40_000
	g := &growing{enough: enough, random: rand.New(rand.NewPCG(4, 2))}
	s := serving(t, Config{Version: "1.2.3"}, g.next, alwaysReady, defaultLimits)
	native := prometheusFor(t, s.Addr().String(), "--enable-feature=native-histograms")
	classic := prometheusFor(t, s.Addr().String())

	const name = "splitgauge_http_request_duration_seconds"
	native.until(t, "histogram_count("+name+")", enough)
	classic.until(t, name+"_count", enough)
	g.mutex.Lock()
	all, sum := slices.Clone(g.all), seconds(g.latency.Sum)
	g.mutex.Unlock()
	slices.Sort(all)

	for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
		truth := all[int(math.Ceil(q*enough))-1]
		low, high := classicBucket(truth)
		if got := classic.one(t, fmt.Sprintf("histogram_quantile(%v, %s_bucket)", q, name)); got < low || got > high {
			t.Errorf("p%v: classic %v, true %v: want within %v and %v", 100*q, got, seconds(truth), low, high)
		}
		width := math.Exp2(1.0 / 8)
		if got := native.one(t, fmt.Sprintf("histogram_quantile(%v, %s)", q, name)); got < seconds(truth)/width || got > seconds(truth)*width {
			t.Errorf("p%v: native %v, true %v: want within 9 %%", 100*q, got, seconds(truth))
		}
	}
	if got := native.one(t, "histogram_sum("+name+")"); got != sum {
		t.Errorf("native sum %v, want %v", got, sum)
	}
	if got := classic.one(t, name+"_sum"); got != sum {
		t.Errorf("classic sum %v, want %v", got, sum)
	}
	for kind, p := range map[string]prometheusServer{"native": native, "classic": classic} {
		for expression, want := range map[string]float64{
			"splitgauge_http_requests_total":                                                              enough,
			"max(resets(splitgauge_http_requests_total[1h]))":                                             0,
			"min(min_over_time(up[1h]))":                                                                  1, // no scrape failed
			`splitgauge_build_info{version="1.2.3"}`:                                                      1,
			`splitgauge_log_lost_bytes_total{cause="truncated"}`:                                          77,
			`splitgauge_split_configured_ratio{variant=""} == 0.995`:                                      0.995,
			`splitgauge_experiment_ratio_high{metric="errors_5xx"} > 1e300`:                               math.Inf(1),
			`splitgauge_experiment_verdict{experiment="variant",metric="errors_5xx",variant=".one"} == 1`: 1, // one of ten
			`count({__name__=~"splitgauge_.*", file=~"/var/log/.*"}) >bool 10`:                            1,
		} {
			if got := p.one(t, expression); got != want {
				t.Errorf("%s: %s is %v, want %v", kind, expression, got, want)
			}
		}
	}
	if got := native.query(name + "_bucket"); len(got) > 0 {
		t.Errorf("%d classic buckets beside native ones", len(got))
	}
}

// classicBucket returns the bounds of the classic bucket that holds ms, in
// seconds.
func classicBucket(ms int64) (low, high float64) {
	for _, bound := range aggregator.ClassicBounds {
		if ms <= bound {
			return low, seconds(bound)
		}
		low = seconds(bound)
	}
	return low, math.Inf(1)
}
