package exporter

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
)

// TestDocs generates docs/metrics.md from the table of metrics.
func TestDocs(t *testing.T) { golden(t, "../docs/metrics.md", document()) }

func document() []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, `<!-- Generated from exporter/metrics.go by go test ./exporter -update. -->
# Metrics

What `+"`splitgauge run`"+` publishes at `+"`/metrics`"+`. Times are in seconds, sizes in bytes. A counter goes on after a restart of the agent, as
its state does (those of proxies begin at 0); `+"`/metrics`"+` answers 503, with the reason, until the logs have been read up to where they ended at the start, so that no
counter is seen below its last value.

| metric | type | labels | series at most | what it is |
|---|---|---|---|---|
`)
	for _, m := range metrics {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.name, m.kind, codes(m.labels), m.most(), m.help)
	}
	fmt.Fprint(&b, `
The Go runtime's `+"`go_*`, the process' `process_*` and, about `/metrics` itself, `promhttp_*`"+` come from Prometheus' own client library.

## Labels

| label | values at most | values |
|---|---|---|
`)
	for _, l := range labels {
		most := "as configured"
		if l.most > 0 {
			most = grouped(l.most)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.name, most, l.values)
	}
	most := bounds()
	fmt.Fprintf(&b, `
- **Empty.** To Prometheus an empty label is none: the variant `+"`\"\"`"+` is queried as `+"`{variant=\"\"}`"+`.
- **Hostile names.** Names of variants and servers can come from logs. They are cut at 256 bytes; bytes that are not UTF-8 and ASCII controls are
  shown as `+"`\\xHH`"+`, other controls and format characters as `+"`\\uHHHH` or `\\UHHHHHHHH`, a backslash as `\\\\`"+`. Different names stay different.
- **other.** A dimension that is full counts what comes next under `+"`other`"+`; `+"`splitgauge_series_overflow_total`"+` says how much that is. Names that nginx's
  configuration declares have their places reserved. Totals stay exact.
- **Files.** The series of a log go when the agent no longer reads it. What it counted stays in the metrics that have no `+"`file`"+`.
- **Reloads of proxies.** What stays goes on counting: a listener under its address, a server under its name and address. What a reload removes takes its series
  along, a listener's once its last connection has ended. What it brings begins at 0; under a name that was there before, that is a counter reset as
  Prometheus knows it. What connections of a listener do that gave its name to another is in the access log alone.
- **Experiments.** They are compared at most every 10 seconds, and not for a scrape. A verdict has a series for each that could be given, of which one is
  1: `+"`splitgauge_experiment_verdict == 1`"+` shows what holds. Where the data allow no answer the verdict says why, and there is no ratio, no
  interval and no evidence, which would mislead. Only metrics that were chosen to carry a verdict have one, and evidence.

## How many series

At most %s, and %s for each log, and for each split 2 and its variants: the table's bounds, a histogram being %d series (a Prometheus that
takes native histograms: 1). That takes every combination of %d variants, %d servers and %d statuses; a site with three variants, three servers and
ten statuses has about 300. A split whose variants are compared, of which there are at most %d, adds up to %d; with three variants about 160. Proxies add what is configured: %d for each listener, up to %d for each server of its pool and for no server, %d for each
server of each pool and %d for each pool.

`, grouped(most[""]), grouped(most["file"]), classicSeries,
		aggregator.MaxVariants+1, aggregator.MaxServers+1, aggregator.MaxStatuses+1,
		aggregator.MaxExperiments, most["compared experiment"],
		most["listener"], most["listener and server"], most["server"], most["pool"])
	fmt.Fprint(&b, `## Histograms

Those of the logs are classic and native at once. Both are counted exactly from whole milliseconds, nginx's own resolution. The proxies' are classic
alone: they are counted in microseconds, with bounds from 0.1 ms to 10 s.

- Classic buckets, in seconds: 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10.
- Native buckets: schema 3, each 9 % wider than the one before; 0 ms is the zero bucket. Only the protobuf format can carry them, which
  Prometheus asks for if native histograms are enabled there (2.40 to 3.7: `+"`--enable-feature=native-histograms`"+`; from 3.8: `+"`scrape_native_histograms: true`"+`).
- A histogram appears with its first measurement. A log format without, say, `+"`$upstream_connect_time`"+` has none of that.

## Created timestamps

Counters and histograms say since when they count: protobuf in a field of its own, OpenMetrics text as `+"`_created`"+`. A Prometheus that does not know
the latter keeps them as further series, one for each counter and histogram: drop them there with

`+"```yaml"+`
metric_relabel_configs:
  - source_labels: [__name__]
    regex: splitgauge_.*_created
    action: drop
`+"```"+`

`+"`splitgauge_checkpoint_failures_total`"+` alone has none and begins at 0 with each start of the agent: what could not be written cannot be kept.

## The server

It listens on `+"`127.0.0.1:9917`"+` unless told. `+"`/healthz`"+` answers 200 while the process lives, `+"`/readyz`"+` 200 or 503 with the reasons, one a line. A web
configuration file of the [Prometheus exporter toolkit](https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md) adds TLS and
passwords, to all pages alike; it is read anew when it changes. Scrapes that come at the same time are gathered once.
`)
	return b.Bytes()
}

func codes(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "` `") + "`"
}

// most says how many series there can be of the metric.
func (m *metric) most() string {
	n := m.bound()
	if m.kind == kindHistogram {
		n *= m.histogramSeries()
	}
	switch per := m.per(); per {
	case "file":
		return grouped(n) + " a log"
	case "listener", "pool", "server", "listener and server":
		return grouped(n) + " a " + per
	case "experiment":
		if m.id() == splitConfiguredRatio {
			return "its variants"
		}
		return grouped(n) + " an experiment"
	}
	return grouped(n)
}

// grouped returns n with its digits in groups of three.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}
