package exporter

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// metricID numbers the metrics.
type metricID int

const (
	httpRequests metricID = iota
	httpResponseBytes
	httpRequestDuration
	uniqueClients

	upstreamAttempts
	upstreamResponseDuration
	upstreamConnectDuration
	upstreamHeaderDuration
	variantUpstreamAttempts
	httpRequestsRetried
	httpRequestsRedirected
	httpRequestsWithoutUpstream
	httpRequestsWithoutLiveUpstream

	splitConfiguredRatio
	splitAssignmentsChecked
	splitAssignmentMismatches
	splitObservedRatio
	splitLnBayesFactor

	experimentRatio
	experimentRatioLow
	experimentRatioHigh
	experimentLnEvidence
	experimentThreshold
	experimentVerdict
	experimentOverallVerdict
	experimentClients
	experimentEpoch
	experimentComparison

	logLines
	logBytes
	parseFailures
	logLagBytes
	logLagSeconds
	logRotations
	logTruncations
	logLostBytes
	logDroppedDatagrams

	proxyConnections
	proxyActive
	proxyBytes
	proxyQueueDepth
	proxyGateDenied
	proxyAcceptErrors
	proxyShed
	proxyLogDropped
	proxyDialDuration
	proxyFirstByte
	proxyDialFailures
	proxyWeight
	proxyEjected
	proxyEjections
	proxyDown
	proxyPanic
	proxyInFlight
	proxyLatency
	proxyLogLatencyRatio
	proxyErrorRatio
	proxySlowStart
	proxyCost
	proxyLogAge
	proxyEgressRequests

	seriesOverflow
	checkpointAge
	checkpointDuration
	checkpointSize
	checkpointFailures
	configReloadSuccess
	configReloadTimestamp
	buildInfo

	numMetrics
)

// metrics declares every metric there is; docs/metrics.md is generated from it.
// Labels are in byte order.
var metrics = [numMetrics]metric{
	httpRequests: counter("http_requests_total",
		"Requests in the logs. Lines that could not be parsed are none.", "method", "status", "variant"),
	httpResponseBytes: counter("http_response_bytes_total",
		"Bytes of response bodies sent to clients ($body_bytes_sent; $bytes_sent where only that is logged).", "variant"),
	httpRequestDuration: histogram("http_request_duration_seconds",
		"How long requests took, from the first byte read to the last byte sent ($request_time), without those of status 101.", "variant"),
	uniqueClients: gauge("unique_clients",
		"Distinct client addresses in the last whole window of event time, estimated with a standard error of 0.81 %.", "variant", "window"),

	upstreamAttempts: counter("upstream_attempts_total",
		"Attempts to have an upstream server answer. A request that is retried has several.", "server", "status"),
	upstreamResponseDuration: histogram("upstream_response_duration_seconds",
		"How long attempts took until the last byte of the response ($upstream_response_time).", "server"),
	upstreamConnectDuration: histogram("upstream_connect_duration_seconds",
		"How long connecting to the upstream server took ($upstream_connect_time).", "server"),
	upstreamHeaderDuration: histogram("upstream_header_duration_seconds",
		"How long attempts took until the response header had been read ($upstream_header_time).", "server"),
	variantUpstreamAttempts: counter("variant_upstream_attempts_total",
		"Attempts by the variant of their request.", "server", "variant"),
	httpRequestsRetried: counter("http_requests_retried_total",
		"Requests that were passed to a further server of the same upstream."),
	httpRequestsRedirected: counter("http_requests_redirected_total",
		"Requests that an internal redirect passed to a further upstream."),
	httpRequestsWithoutUpstream: counter("http_requests_without_upstream_total",
		"Requests that were answered without an upstream, where the log format would say so."),
	httpRequestsWithoutLiveUpstream: counter("http_requests_without_live_upstream_total",
		"Requests for which no server of the upstream could be picked."),

	splitConfiguredRatio: gauge("split_configured_ratio",
		"Share of keys that the split_clients block gives a variant.", "experiment", "variant"),
	splitAssignmentsChecked: counter("split_assignments_checked_total",
		"Requests whose logged variant was compared with the one that the split gives.", "experiment"),
	splitAssignmentMismatches: counter("split_assignment_mismatches_total",
		"Of those checked, the requests that were logged with another variant.", "experiment"),
	splitObservedRatio: gauge("split_observed_ratio",
		"Share of the distinct clients of an experiment that a variant has, estimated.", "experiment", "variant"),
	splitLnBayesFactor: gauge("split_ln_bayes_factor",
		"Logarithm of the evidence that clients are not split as configured; from ln 2000 = 7.6 on the verdict says so.", "experiment"),

	experimentRatio: gauge("experiment_ratio",
		"A variant's metric as a multiple of the control's. Like its ends, absent where the data allow no answer.", "experiment", "metric", "variant"),
	experimentRatioLow: gauge("experiment_ratio_low",
		"Lower end of that ratio's interval, which may be looked at at any time; 0 where it is open.", "experiment", "metric", "variant"),
	experimentRatioHigh: gauge("experiment_ratio_high",
		"Upper end of that interval; +Inf where it is open.", "experiment", "metric", "variant"),
	experimentLnEvidence: gauge("experiment_ln_evidence",
		"Logarithm of the evidence against equal rates, of the metrics that carry a verdict.", "experiment", "metric", "variant"),
	experimentThreshold: gauge("experiment_ln_evidence_threshold",
		"What that evidence must reach for a verdict: it depends on how many verdicts there are.", "experiment"),
	experimentVerdict: gauge("experiment_verdict",
		"1 for what is said of a variant's metric now, 0 for all else that could be said; of the metrics that carry a verdict.", "experiment", "metric", "variant", "verdict"),
	experimentOverallVerdict: gauge("experiment_overall_verdict",
		"The same for the experiment as a whole: why there is no answer, else what the worst of its variants got.", "experiment", "verdict"),
	experimentClients: gauge("experiment_clients",
		"Distinct clients of a variant in this epoch, by the key of the split, estimated.", "experiment", "variant"),
	experimentEpoch: gauge("experiment_epoch_timestamp_seconds",
		"Unix time since when the split is what it is: of the change that was seen, else of the first request.", "experiment"),
	experimentComparison: gauge("experiment_comparison_timestamp_seconds",
		"Unix time at which the experiments were last compared, or found to have counted nothing more."),

	logLines: counter("log_lines_total",
		"Lines read. Partial ones are requests of which a field could not be read, unparsed ones are no requests.", "file", "result"),
	logBytes: counter("log_bytes_total",
		"Bytes read.", "file"),
	parseFailures: counter("parse_failures_total",
		"Lines that were not fully parsed, by the first reason found.", "file", "reason"),
	logLagBytes: gauge("log_lag_bytes",
		"Bytes in the log that have not been read yet.", "file"),
	logLagSeconds: gauge("log_lag_seconds",
		"Time since the log was last read to its end; 0 where it is.", "file"),
	logRotations: counter("log_rotations_total",
		"Times that a new file appeared under the log's name.", "file"),
	logTruncations: counter("log_truncations_total",
		"Times that the log was truncated in place.", "file"),
	logLostBytes: counter("log_lost_bytes_total",
		"Bytes known to be gone before they could be read.", "cause", "file"),
	logDroppedDatagrams: counter("log_dropped_datagrams_total",
		"Datagrams that the kernel is known to have dropped for want of room, of syslog sockets.", "file"),

	proxyConnections: counter("proxy_connections_total",
		"Connections of clients that have ended, by why.", "listener", "reason", "upstream"),
	proxyActive: gauge("proxy_connections_active",
		"Connections that are open to an upstream server.", "listener", "upstream"),
	proxyBytes: counter("proxy_bytes_total",
		"Bytes received from clients, and sent to them.", "direction", "listener"),
	proxyQueueDepth: gauge("proxy_queue_depth",
		"Connections that wait to be served.", "listener"),
	proxyGateDenied: counter("proxy_gate_denied_total",
		"Connections that were turned away before anything was done for them.", "listener", "rule"),
	proxyAcceptErrors: counter("proxy_accept_errors_total",
		"Times that accepting a connection failed.", "listener"),
	proxyShed: counter("proxy_shed_total",
		"Connections that were closed at once because there was no descriptor left.", "listener"),
	proxyLogDropped: counter("proxy_log_dropped_total",
		"Lines of the proxies' access log that could not be written, or for which there was no room."),
	proxyDialDuration: histogram("proxy_dial_duration_seconds",
		"How long connecting to an upstream server took, where it succeeded.", "pool", "upstream"),
	proxyFirstByte: histogram("proxy_first_byte_seconds",
		"How long an upstream server took to its first byte, from the last one of the client before it, else from connecting.", "pool", "upstream"),
	proxyDialFailures: counter("proxy_dial_failures_total",
		"Connections to an upstream server that could not be opened, by whose fault it was.", "fault", "pool", "upstream"),
	proxyWeight: gauge("proxy_upstream_weight",
		"Weight of an upstream server: as configured or set, what it has now, and what a balancer that knows only weights should give it.", "kind", "pool", "upstream"),
	proxyEjected: gauge("proxy_upstream_ejected",
		"1 while the upstream server is left out for its failures.", "pool", "upstream"),
	proxyEjections: gauge("proxy_upstream_ejections",
		"How often the upstream server was ejected without a long time of health between: an ejection lasts so many times as long.", "pool", "upstream"),
	proxyDown: gauge("proxy_upstream_down",
		"1 while active checks say that the upstream server is down.", "pool", "upstream"),
	proxyPanic: gauge("proxy_panic",
		"1 while health is ignored because too few upstream servers are healthy.", "listener"),
	proxyInFlight: gauge("proxy_upstream_in_flight",
		"Connections that are placed on an upstream server, those that are being opened included: a term of its cost.", "pool", "upstream"),
	proxyLatency: gauge("proxy_upstream_latency_seconds",
		"What an upstream server's cost goes by: own connections, for how long it has answered nobody who waits, and the latency reckoned from all.", "pool", "term", "upstream"),
	proxyLogLatencyRatio: gauge("proxy_upstream_log_latency_ratio",
		"Latency of an upstream server in the logs in relation to the pool's median, from 0.5 to 4; 1 where logs say nothing.", "pool", "upstream"),
	proxyErrorRatio: gauge("proxy_upstream_error_ratio",
		"Share of an upstream server's connections, and of its attempts in the logs, that failed within 10 s.", "pool", "term", "upstream"),
	proxySlowStart: gauge("proxy_upstream_slow_start_ratio",
		"Share of its weight that an upstream server has since it came back, from 0.1 to 1.", "pool", "upstream"),
	proxyCost: gauge("proxy_upstream_cost_seconds",
		"What one more connection is reckoned to cost by the policy measured; +Inf where it gets none.", "pool", "upstream"),
	proxyLogAge: gauge("proxy_signal_age_seconds",
		"Time since the logs last said something of the pool's servers.", "pool"),
	proxyEgressRequests: counter("proxy_egress_requests_total",
		"Requests to egress listeners, by what became of them.", "outcome"),

	seriesOverflow: counter("series_overflow_total",
		`Requests (server: attempts) counted under "other" because the dimension had no room for their name (method: no name of its own).`, "label"),
	checkpointAge: gauge("checkpoint_age_seconds",
		"Time since the state was last written to disk."),
	checkpointDuration: gauge("checkpoint_duration_seconds",
		"How long the last writing of the state took."),
	checkpointSize: gauge("checkpoint_size_bytes",
		"Size of the state on disk."),
	checkpointFailures: counter("checkpoint_failures_total",
		"Times that the state could not be written, since the process started.", "cause"),
	configReloadSuccess: gauge("config_reload_success",
		"1 if the last reading of the configuration succeeded, else 0."),
	configReloadTimestamp: gauge("config_reload_success_timestamp_seconds",
		"Unix time of the last successful reading of the configuration."),
	buildInfo: gauge("build_info",
		"Always 1; the labels say what is running.", "goversion", "revision", "version"),
}

// prefix begins every name.
const prefix = "splitgauge_"

// label is what a label's values are, for the docs.
type label struct {
	name   string
	most   int    // how many values there may be; 0: as many as the operator configures
	values string // what they are
}

// labels declares every label there is. That of a dimension of the aggregator
// has one value more than the dimension's bound: "other".
var labels = []label{
	{"cause", 8, "`truncated`, `deleted` (lost bytes); what failed (checkpoints)"},
	{"direction", 2, "`received`, `sent`"},
	{"experiment", 0, "the variable that a `split_clients` block sets, without `$`"},
	{"fault", 3, "`upstream`; ours: `no_port` (every port to it is in use), `local` (no descriptor, and the like)"},
	{"file", 0, "the log's path, or the address of the syslog socket"},
	{"goversion", 1, "of the Go release it was built with"},
	{"kind", 3, "`configured`, `effective`, `advised`"},
	{"label", 6, "`variant`, `server`, `method`, `status`, `host`, `path`"},
	{"listener", 0, "the name of a proxy's listener, by default its address"},
	{"method", 11, "those of RFC 9110 and `PATCH`; `other`; `-` where the request line is not readable"},
	{"metric", 9, "`errors_5xx`, `errors_4xx`, `aborted_499`, `slow_share`, `latency_mean`, `bytes`; `latency_p50`, `latency_p90`, `latency_p99`, which carry no verdict"},
	{"outcome", 3, "`forwarded`, `refused`, `failed` (the destination)"},
	{"pool", 0, "the name of a pool of a proxy"},
	{"reason", 32, "`empty`, `too_long`, `format`, `json`, `trailing`, `lists`, or the nginx variable whose value is odd (lines); why a connection ended (proxy)"},
	{"result", 3, "`parsed`, `partial`, `unparsed`"},
	{"revision", 1, "of the source"},
	{"rule", 5, "`prefix`, `source_connections`, `source_rate`, `connections`, `queue_full`"},
	{"server", aggregator.MaxServers + 1, "the upstream server as logged; `other`"},
	{"status", aggregator.MaxStatuses + 1, "three digits as logged; `-` where none is; `other`"},
	{"term", 4, "`own`, `silence`, `reckoned` (latency); `own`, `logs` (errors)"},
	{"upstream", 0, "the name of a server of a proxy's pool; empty where none was reached"},
	{"variant", aggregator.MaxVariants + 1, "as logged or computed; empty for the split's empty value; `other`"},
	{"verdict", len(experiment.Verdicts()), "`NEW EPOCH`, `ASSIGNMENT BROKEN`, `LOG INCOMPLETE`, `SPLIT NOT AS CONFIGURED`, `NOT ENOUGH DATA` (no answer); `WORSE`, `BETTER`, `NO HARM ABOVE`, `EQUIVALENT`, `UNDECIDED`"},
	{"version", 1, "of splitgauge"},
	{"window", len(aggregator.WindowSeconds), "`5m`, `1h`, `24h`"},
}

// kind is the type of a metric, in Prometheus' words.
type kind string

const (
	kindCounter   kind = "counter"
	kindGauge     kind = "gauge"
	kindHistogram kind = "histogram"
)

// metric is one row of metrics.
type metric struct {
	name   string // with the prefix
	help   string
	kind   kind
	labels []string
	desc   *prometheus.Desc
}

func counter(name, help string, labels ...string) metric {
	return newMetric(kindCounter, name, help, labels)
}

func gauge(name, help string, labels ...string) metric {
	return newMetric(kindGauge, name, help, labels)
}

func histogram(name, help string, labels ...string) metric {
	return newMetric(kindHistogram, name, help, labels)
}

func newMetric(kind kind, name, help string, labels []string) metric {
	return metric{prefix + name, help, kind, labels, prometheus.NewDesc(prefix+name, help, labels, nil)}
}
