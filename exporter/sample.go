package exporter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/splitgauge/splitgauge/aggregator"
)

// sample is one child of a metric as one scrape sees it. It implements
// prometheus.Metric itself because no constructor of client_golang makes a
// histogram that is classic and native at once.
type sample struct {
	metric  *metric
	labels  []*dto.LabelPair
	value   float64
	latency *aggregator.Histogram // of a histogram, instead of value
	created *timestamppb.Timestamp
}

// Desc implements prometheus.Metric.
func (s *sample) Desc() *prometheus.Desc { return s.metric.desc }

// Write implements prometheus.Metric.
func (s *sample) Write(m *dto.Metric) error {
	m.Label = s.labels
	switch s.metric.kind {
	case kindCounter:
		m.Counter = &dto.Counter{Value: &s.value, CreatedTimestamp: s.created}
	case kindGauge:
		m.Gauge = &dto.Gauge{Value: &s.value}
	case kindHistogram:
		m.Histogram = newHistogram(s.latency)
		m.Histogram.CreatedTimestamp = s.created
	}
	return nil
}

// samples hands samples to the registry.
type samples struct {
	to      chan<- prometheus.Metric
	created *timestamppb.Timestamp // of the counters and histograms that follow
}

// from says since when the counters that follow count; the zero time is unknown.
func (s *samples) from(created time.Time) {
	s.created = nil
	if !created.IsZero() {
		s.created = timestamppb.New(created)
	}
}

// count adds a counter. Labels are in the order of the metric's.
func (s *samples) count(id metricID, n int64, labels ...string) {
	s.to <- &sample{metric: &metrics[id], labels: labelPairs(id, labels), value: float64(n), created: s.created}
}

// set adds a gauge.
func (s *samples) set(id metricID, value float64, labels ...string) {
	s.to <- &sample{metric: &metrics[id], labels: labelPairs(id, labels), value: value}
}

// observe adds a histogram, unless nothing was measured: a log format without
// the variable would else have a set of empty buckets for each server.
func (s *samples) observe(id metricID, latency *aggregator.Histogram, labels ...string) {
	if len(latency.Buckets) > 0 {
		s.to <- &sample{metric: &metrics[id], labels: labelPairs(id, labels), latency: latency, created: s.created}
	}
}

// labelPairs takes over values.
func labelPairs(id metricID, values []string) []*dto.LabelPair {
	names := metrics[id].labels
	pairs, list := make([]dto.LabelPair, len(names)), make([]*dto.LabelPair, len(names))
	for i := range pairs {
		values[i] = labelValue(values[i])
		pairs[i].Name, pairs[i].Value = &names[i], &values[i]
		list[i] = &pairs[i]
	}
	return list
}

// seconds returns milliseconds as seconds. Sums are kept as whole milliseconds;
// only here, at the edge, they become floats.
func seconds(milliseconds int64) float64 { return float64(milliseconds) / 1000 }
