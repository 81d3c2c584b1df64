package exporter

import (
	"fmt"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/splitgauge/splitgauge/aggregator"
)

// collector makes the metrics of one State a scrape. Between scrapes it keeps
// nothing.
type collector struct {
	source            Source
	version, revision string
}

// unavailable is why there is no State.
type unavailable struct{ reason error }

func (u *unavailable) Error() string { return u.reason.Error() }

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for i := range metrics {
		to <- metrics[i].desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	state, err := c.source()
	if err != nil {
		to <- prometheus.NewInvalidMetric(metrics[buildInfo].desc, &unavailable{err})
		return
	}
	s := &samples{to: to}
	s.set(buildInfo, 1, runtime.Version(), c.revision, c.version)

	s.proxies(state.Proxies)
	s.reload(&state.Reload)
	if state.Summary == nil {
		return
	}
	s.from(state.Created)
	s.requests(state.Summary.Requests)
	s.variants(state.Summary.Variants)
	s.windows(state.Summary.Windows, state.Now)
	s.upstreams(state.Summary)
	s.splits(state.Splits, state.Summary.Assignments)
	s.experiments(&state.Experiments)
	s.overflow(&state.Summary.Overflow)

	s.logs(state.Logs)

	s.checkpoint(&state.Checkpoint, state.Now)
}

func (s *samples) requests(requests map[aggregator.RequestKey]int64) {
	hostless := make(map[aggregator.RequestKey]int64, len(requests))
	for key, n := range requests {
		key.Host = ""
		hostless[key] += n
	}
	for key, n := range hostless {
		s.count(httpRequests, n, key.Method.String(), statusName(key.Status), key.Variant)
	}
}

// statusName returns a status as nginx logs it: three digits.
func statusName(status int) string {
	switch {
	case status < 0:
		return "-"
	case status >= aggregator.OtherStatus:
		return aggregator.Other
	}
	return fmt.Sprintf("%03d", status)
}

func (s *samples) variants(variants map[string]*aggregator.Traffic) {
	for name, traffic := range variants {
		s.count(httpResponseBytes, traffic.BytesSent, name)
		s.observe(httpRequestDuration, &traffic.RequestTime, name)
	}
}

// windowNames are the aggregator's windows as label values.
var windowNames = [len(aggregator.WindowSeconds)]string{"5m", "1h", "24h"}

func (s *samples) windows(windows map[string]*aggregator.Windows, now time.Time) {
	for variant, w := range windows {
		for i, name := range windowNames {
			s.set(uniqueClients, float64(w.Estimate(i, now.UnixMilli())), variant, name)
		}
	}
}

func (s *samples) upstreams(summary *aggregator.Snapshot) {
	for name, server := range summary.Upstreams {
		for status, n := range server.Status {
			s.count(upstreamAttempts, n, name, statusName(status))
		}
		s.observe(upstreamResponseDuration, &server.ResponseTime, name)
		s.observe(upstreamConnectDuration, &server.ConnectTime, name)
		s.observe(upstreamHeaderDuration, &server.HeaderTime, name)
	}
	for key, n := range summary.VariantAttempts {
		s.count(variantUpstreamAttempts, n, key.Server, key.Variant)
	}
	s.count(httpRequestsRetried, summary.Retried)
	s.count(httpRequestsRedirected, summary.Redirected)
	s.count(httpRequestsWithoutUpstream, summary.NoUpstream)
	s.count(httpRequestsWithoutLiveUpstream, summary.NoLiveUpstream)
}

// splits adds the configured shares, and what checking assignments found: of
// every split that is configured, so that its counters begin at 0.
func (s *samples) splits(splits []Split, assignments map[string]*aggregator.Assignment) {
	configured := make(map[string]bool, len(splits))
	for _, split := range splits {
		if configured[split.Experiment] {
			continue // a second block for the same variable
		}
		configured[split.Experiment] = true
		for variant, share := range split.Shares {
			s.set(splitConfiguredRatio, share, split.Experiment, variant)
		}
		if assignments[split.Experiment] == nil {
			s.assignment(split.Experiment, &aggregator.Assignment{})
		}
	}
	for experiment, a := range assignments {
		s.assignment(experiment, a)
	}
}

func (s *samples) assignment(experiment string, a *aggregator.Assignment) {
	s.count(splitAssignmentsChecked, a.Checked, experiment)
	s.count(splitAssignmentMismatches, a.Mismatched(), experiment)
}

func (s *samples) overflow(o *aggregator.Overflow) {
	s.count(seriesOverflow, o.Variant, "variant")
	s.count(seriesOverflow, o.Upstream, "server")
	s.count(seriesOverflow, o.Method, "method")
	s.count(seriesOverflow, o.Status, "status")
	s.count(seriesOverflow, o.Host, "host")
	s.count(seriesOverflow, o.Path, "path")
}
