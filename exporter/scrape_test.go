package exporter

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

func TestSourceFails(t *testing.T) {
	var behind atomic.Bool
	behind.Store(true)
	handler := newMetricsHandler(&collector{func() (*State, error) {
		if behind.Load() {
			return nil, fmt.Errorf("%w\nand so on", errBehind)
		}
		return fixture(), nil
	}, "", ""})
	response := scrape(handler)
	if body := read(t, response.Body); response.StatusCode != http.StatusServiceUnavailable || body != errBehind.Error()+" and so on\n" {
		t.Errorf("%d %q, want 503 and the reason alone", response.StatusCode, body)
	}
	behind.Store(false)
	if response := scrape(handler); response.StatusCode != http.StatusOK {
		t.Errorf("%d once there is a state", response.StatusCode)
	}
}

// TestSourcePanics has the others of the scrape answered too, and the next one.
func TestSourcePanics(t *testing.T) {
	broken := true
	handler := newMetricsHandler(&collector{func() (*State, error) {
		if broken {
			panic("for the test")
		}
		return fixture(), nil
	}, "", ""})
	response := scrape(handler)
	if body := read(t, response.Body); response.StatusCode != http.StatusInternalServerError || !strings.HasPrefix(body, "BUG: ") {
		t.Errorf("%d %q, want 500", response.StatusCode, body)
	}
	broken = false
	if response := scrape(handler); response.StatusCode != http.StatusOK {
		t.Errorf("%d afterwards", response.StatusCode)
	}
}

// TestScrapesAtTheSameTime asks the source once for all of them, and again for
// the next.
func TestScrapesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		goOn := make(chan struct{})
		handler := newMetricsHandler(&collector{func() (*State, error) {
			asked.Add(1)
			<-goOn
			return fixture(), nil
		}, "", ""})
		answers := make(chan *http.Response, maxScrapes)
		for range maxScrapes {
			go func() { answers <- scrape(handler) }()
		}
		synctest.Wait() // all of them wait for the source
		if response := scrape(handler); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(read(t, response.Body), "too many scrapes") {
			t.Errorf("scrape %d at once: %d, want 503", maxScrapes+1, response.StatusCode)
		}
		close(goOn)
		for range maxScrapes {
			response := <-answers
			if body := read(t, response.Body); response.StatusCode != http.StatusOK || !strings.Contains(body, "\nsplitgauge_http_requests_retried_total 2\n") {
				t.Errorf("%d, want 200 and the metrics", response.StatusCode)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the source was asked %d times, want once", n)
		}
		if scrape(handler); asked.Load() != 2 {
			t.Error("the next scrape was not gathered anew")
		}
	})
}

// TestStuckSource holds that a scrape ends though the source does not.
func TestStuckSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		handler := newMetricsHandler(&collector{func() (*State, error) {
			<-goOn
			return fixture(), nil
		}, "", ""})
		start := time.Now()
		if response := scrape(handler); response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%d, want 503", response.StatusCode)
		}
		if took := time.Since(start); took != scrapeTimeout {
			t.Errorf("answered after %v, want %v", took, scrapeTimeout)
		}
		close(goOn)
	})
}

// typical returns the state of a site with about 300 series: three variants, three
// servers, and ten statuses.
func typical() *State {
	state := fixture()
	state.Logs = state.Logs[:1]
	random := rand.New(rand.NewPCG(1, 2))
	s := aggregator.NewSnapshot()
	s.Windows = make(map[string]*aggregator.Windows)
	variants, servers := []string{"", ".one", ".two"}, []string{"10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"}
	statuses := []int{200, 204, 206, 301, 302, 304, 403, 404, 499, 502}
	for _, variant := range variants {
		s.Variants[variant] = &aggregator.Traffic{RequestTime: latencies(logNormal(random, 1000)...)}
		s.Windows[variant] = &aggregator.Windows{}
		for i, status := range statuses {
			for key := (aggregator.RequestKey{Variant: variant, Status: status, Method: methodGet}); key.Method <= methodPost && (i < 3 || key.Method == methodGet); key.Method++ {
				s.Requests[key] = 1000
			}
		}
		for _, server := range servers {
			s.VariantAttempts[aggregator.VariantServer{Variant: variant, Server: server}] = 1000
		}
	}
	for _, server := range servers {
		row := &aggregator.Server{Status: make(map[int]int64), ConnectTime: latencies(0, 1, 2), HeaderTime: latencies(logNormal(random, 1000)...), ResponseTime: latencies(logNormal(random, 1000)...)}
		for _, status := range statuses {
			row.Status[status] = 1000
		}
		s.Upstreams[server] = row
	}
	state.Summary, state.Proxies, state.Experiments = s, nil, Experiments{}
	return state
}

// TestTypicalSeries holds the figure of docs/metrics.md, which the benchmark is
// about.
func TestTypicalSeries(t *testing.T) {
	n := 0
	for _, family := range gather(t, typical()) {
		for _, m := range family.Metric {
			n += series(m)
		}
	}
	if n < 270 || n > 330 {
		t.Errorf("%d series, the documentation says about 300", n)
	}
}

// BenchmarkScrape is what a scrape of about 300 series, and those of the process
// itself, costs the agent.
func BenchmarkScrape(b *testing.B) {
	state := typical()
	handler := newHandler(&collector{of(state), "1.2.3", ""}, func() []string { return nil })
	for _, test := range []struct{ name, accept, encoding string }{
		{"text", "text/plain", "identity"},
		{"openmetrics gzip", acceptText, "gzip"},
		{"protobuf gzip", acceptProtobuf, "gzip"},
	} {
		b.Run(test.name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			request.Header.Set("Accept", test.accept)
			request.Header.Set("Accept-Encoding", test.encoding)
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				if size = recorder.Body.Len(); recorder.Code != http.StatusOK {
					b.Fatal(recorder.Code)
				}
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// BenchmarkFullScrape is the worst case: every dimension at its limit.
func BenchmarkFullScrape(b *testing.B) {
	handler := newMetricsHandler(&collector{of(full(10, 2)), "1.2.3", ""})
	b.ReportAllocs()
	for b.Loop() {
		response := scrape(handler, "Accept", acceptText, "Accept-Encoding", "gzip")
		unzipped, err := gzip.NewReader(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response.StatusCode, err)
		}
		if _, err := io.Copy(io.Discard, unzipped); err != nil {
			b.Fatal(err)
		}
	}
}
