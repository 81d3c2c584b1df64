package exporter

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// What Prometheus sends, 2.42 without native histograms and with them.
const (
	acceptText     = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
	acceptProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)

// scrape returns what a handler answers to GET /metrics with these headers:
// name, value, name, value.
func scrape(handler http.Handler, headers ...string) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestOpenMetrics looks for lines of every kind. That the whole can be parsed is
// for TestPrometheus to say: the Prometheus without native histograms reads it.
func TestOpenMetrics(t *testing.T) {
	response := scrape(newMetricsHandler(&collector{of(fixture()), "", ""}), "Accept", acceptText)
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/openmetrics-text; version=1.0.0") {
		t.Fatalf("Content-Type %q", got)
	}
	body := read(t, response.Body)
	if !strings.HasSuffix(body, "\n# EOF\n") {
		t.Errorf("the text does not end with # EOF")
	}
	for _, line := range []string{
		`splitgauge_http_requests_total{method="GET",status="200",variant=".one"} 7.0`,
		`splitgauge_http_requests_created{method="GET",status="200",variant=".one"} 1.7955072e+09`,
		`splitgauge_http_request_duration_seconds_bucket{variant=".one",le="0.005"} 3`,
		`splitgauge_http_request_duration_seconds_bucket{variant=".one",le="+Inf"} 8`,
		`splitgauge_http_request_duration_seconds_created{variant=".one"} 1.7955072e+09`,
		`splitgauge_log_bytes_created{file="/var/log/nginx/access.log"} 1.7955108e+09`,
	} {
		if !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("the text has no line %s", line)
		}
	}
}

func TestProtobuf(t *testing.T) {
	response := scrape(newMetricsHandler(&collector{of(fixture()), "", ""}), "Accept", acceptProtobuf)
	format := expfmt.ResponseFormat(response.Header)
	if format.FormatType() != expfmt.TypeProtoDelim {
		t.Fatalf("Content-Type %q", response.Header.Get("Content-Type"))
	}
	decoder := expfmt.NewDecoder(response.Body, format)
	found := false
	for {
		var family dto.MetricFamily
		if err := decoder.Decode(&family); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if family.GetName() != prefix+"http_request_duration_seconds" {
			continue
		}
		for _, m := range family.Metric {
			if labelsOf(m)["variant"] != ".one" {
				continue
			}
			found = true
			if d := differences(m.Histogram, reference(t, []int64{0, 3, 5, 6, 6, 250, 251, 70_000})); d != "" {
				t.Error(d)
			}
			if !m.Histogram.GetCreatedTimestamp().AsTime().Equal(counting) {
				t.Errorf("created %v, want %v", m.Histogram.GetCreatedTimestamp().AsTime(), counting)
			}
		}
	}
	if !found {
		t.Error("no histogram")
	}
}

func TestZstd(t *testing.T) {
	response := scrape(newMetricsHandler(&collector{of(fixture()), "", ""}), "Accept-Encoding", "zstd")
	if got := response.Header.Get("Content-Encoding"); got != "zstd" {
		t.Fatalf("Content-Encoding %q", got)
	}
	decoder, err := zstd.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	var body bytes.Buffer
	if _, err := decoder.WriteTo(&body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body.String(), "\nsplitgauge_http_requests_retried_total 2\n") {
		t.Error("not the metrics")
	}
}
