// Package exporter publishes aggregates to Prometheus. In comes a State, taken
// anew for every scrape; out come the metrics that metrics.go declares, as text,
// OpenMetrics or protobuf.
//
// It is the only importer of client_golang. It keeps no counter of its own but
// those of its HTTP server: what it publishes is what the State says, so that
// counters go on after a restart as the state does.
//
// The number of series is bounded because every dimension of a State is.
package exporter
