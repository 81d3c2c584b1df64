package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exposition is one scrape, read by a reader of our own: what is tested must not
// be read by the library that wrote it.
type exposition struct {
	samples map[string]sample // by what stands before the value, which is unique
	types   map[string]string // by family
}

// sample is one line of a scrape.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// parseExposition reads the text format of Prometheus.
func parseExposition(text string) (*exposition, error) {
	e := &exposition{samples: map[string]sample{}, types: map[string]string{}}
	for number, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if family, found := strings.CutPrefix(line, "# TYPE "); found {
			name, kind, _ := strings.Cut(family, " ")
			e.types[name] = kind
			continue
		}
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		key, s, err := parseSample(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the metrics: %w", number+1, err)
		}
		if _, twice := e.samples[key]; twice {
			return nil, fmt.Errorf("line %d of the metrics: %s is there twice", number+1, key)
		}
		e.samples[key] = s
	}
	return e, nil
}

func parseSample(line string) (key string, s sample, err error) {
	end := strings.IndexAny(line, "{ ")
	if end < 0 {
		return "", s, fmt.Errorf("%q has no value", line)
	}
	s.name, s.labels = line[:end], map[string]string{}
	rest := line[end:]
	if rest[0] == '{' {
		if rest, err = s.parseLabels(rest[1:]); err != nil {
			return "", s, fmt.Errorf("%q: %w", line, err)
		}
	}
	key = line[:len(line)-len(rest)]
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return "", s, fmt.Errorf("%q has no value", line)
	}
	s.value, err = strconv.ParseFloat(fields[0], 64)
	return key, s, err
}

// parseLabels reads up to and including the closing brace.
func (s *sample) parseLabels(text string) (rest string, err error) {
	for {
		if rest, found := strings.CutPrefix(text, "}"); found {
			return rest, nil
		}
		name, after, found := strings.Cut(text, `="`)
		if !found {
			return "", fmt.Errorf("label without a value at %q", text)
		}
		end := 0
		for end < len(after) && after[end] != '"' {
			if after[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(after) {
			return "", fmt.Errorf("label %q has no end", name)
		}
		s.labels[name] = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(after[:end])
		text = strings.TrimPrefix(after[end+1:], ",")
	}
}

// family returns the samples of one name, by their keys in order.
func (e *exposition) family(name string) (samples []sample) {
	for _, key := range slices.Sorted(maps.Keys(e.samples)) {
		if s := e.samples[key]; s.name == name {
			samples = append(samples, s)
		}
	}
	return samples
}

// sum adds up a family, where labels are as given.
func (e *exposition) sum(name string, labels map[string]string) (sum int64) {
	for _, s := range e.family(name) {
		if matches(s.labels, labels) {
			sum += int64(s.value)
		}
	}
	return sum
}

func matches(labels, want map[string]string) bool {
	for name, value := range want {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// lines is how many lines the agent has counted of the logs it reads now.
func (e *exposition) lines() int64 { return e.sum("splitgauge_log_lines_total", nil) }

// requests returns splitgauge_http_requests_total.
func (e *exposition) requests() map[requestKey]int64 {
	counts := map[requestKey]int64{}
	for _, s := range e.family("splitgauge_http_requests_total") {
		counts[requestKey{s.labels["variant"], s.labels["method"], s.labels["status"]}] += int64(s.value)
	}
	return counts
}

// variantBytes returns splitgauge_http_response_bytes_total.
func (e *exposition) variantBytes() map[string]int64 {
	sums := map[string]int64{}
	for _, s := range e.family("splitgauge_http_response_bytes_total") {
		sums[s.labels["variant"]] += int64(s.value)
	}
	return sums
}

// counters returns every sample of splitgauge's own that may never step back.
// The library's counters, of the process and of the HTTP server, begin anew
// with each process, as everyone expects of them.
func (e *exposition) counters() map[string]float64 {
	values := map[string]float64{}
	for key, s := range e.samples {
		if strings.HasPrefix(s.name, "splitgauge_") && e.counts(s.name) {
			values[key] = s.value
		}
	}
	return values
}

func (e *exposition) counts(name string) bool {
	if e.types[name] == "counter" {
		return true
	}
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if family, found := strings.CutSuffix(name, suffix); found && e.types[family] == "histogram" {
			return true
		}
	}
	return false
}

func TestExposition(t *testing.T) {
	e, err := parseExposition(`# HELP a_total text with { and "quotes"
# TYPE splitgauge_a_total counter
splitgauge_a_total 12
# TYPE splitgauge_b gauge
splitgauge_b{x="1"} NaN
# TYPE splitgauge_h histogram
splitgauge_h_bucket{le="+Inf",v="a\"} b\\n\n,"} 3 1700000000
splitgauge_h_sum{v=""} 1.5e3
# TYPE go_c_total counter
go_c_total 1
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"splitgauge_a_total": 12, `splitgauge_h_bucket{le="+Inf",v="a\"} b\\n\n,"}`: 3, `splitgauge_h_sum{v=""}`: 1500}
	if got := e.counters(); !maps.Equal(got, want) {
		t.Errorf("counters %v, want %v", got, want)
	}
	if got := e.family("splitgauge_h_bucket")[0].labels["v"]; got != "a\"} b\\n\n," {
		t.Errorf("label %q", got)
	}
	if got := e.sum("splitgauge_h_sum", map[string]string{"v": ""}); got != 1500 {
		t.Errorf("sum %d", got)
	}
	for _, broken := range []string{"a", "a{", `a{b="c`, `a{b="c"}`, "a x", "a 1\na 1", `a{b} 1`} {
		if _, err := parseExposition(broken); err == nil {
			t.Errorf("%q is read", broken)
		}
	}
}
