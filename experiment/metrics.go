package experiment

import "github.com/splitgauge/splitgauge/aggregator"

// The metrics. Rates are shares of requests; latency_mean is in milliseconds with
// each request counting for at most 10 seconds; bytes are those sent per request.
// Slow and mean latency are of the requests that have a request time.
const (
	Errors5xx   = "errors_5xx"
	Errors4xx   = "errors_4xx"  // without 499
	Aborted499  = "aborted_499" // the client closed the connection first
	SlowShare   = "slow_share"
	LatencyMean = "latency_mean"
	Bytes       = "bytes"

	// Quantiles, in milliseconds: they describe, and carry no verdict.
	LatencyP50 = "latency_p50"
	LatencyP90 = "latency_p90"
	LatencyP99 = "latency_p99"
)

// metric is a metric of cells.
type metric struct {
	name, unit string
	timed      bool // of requests with a request time
	answered   bool // of those with a status
	count      func(*aggregator.Cell) int64
}

func cellMetrics() []metric {
	return []metric{
		{Errors5xx, "share", false, true, func(c *aggregator.Cell) int64 { return c.Errors5xx }},
		{Errors4xx, "share", false, true, func(c *aggregator.Cell) int64 { return c.Errors4xx }},
		{Aborted499, "share", false, true, func(c *aggregator.Cell) int64 { return c.Aborted499 }},
		{SlowShare, "share", true, false, func(c *aggregator.Cell) int64 { return c.Slow }},
		{LatencyMean, "ms", true, false, func(c *aggregator.Cell) int64 { return c.Latency }},
		{Bytes, "bytes", false, false, func(c *aggregator.Cell) int64 { return c.Bytes }},
	}
}

// testable returns the names of the metrics that can carry a verdict.
func testable() (names []string) {
	for _, m := range cellMetrics() {
		names = append(names, m.name)
	}
	return names
}

type latencyQuantile struct {
	name string
	p    float64
}

func latencyQuantiles() []latencyQuantile {
	return []latencyQuantile{{LatencyP50, 0.5}, {LatencyP90, 0.9}, {LatencyP99, 0.99}}
}
