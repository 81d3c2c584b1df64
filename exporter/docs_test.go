package exporter

import (
	"fmt"
	"strings"
	"testing"
)

// TestDocs holds docs/metrics.md to the table of metrics.
func TestDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Metrics\n\nWhat `/metrics` of `splitgauge run` publishes, generated from `exporter/metrics.go`. " +
		"Times are in seconds, sizes in bytes.\n\n" +
		"Counters and histograms go on after a restart of the agent, with the timestamp of when counting began. " +
		"Every histogram is a classic and a native one (schema 3) in one; the native part is in the protobuf exposition alone.\n\n" +
		"| metric | type | labels | |\n|---|---|---|---|\n")
	for _, m := range metrics {
		names := make([]string, len(m.labels))
		for i, l := range m.labels {
			names[i] = "`" + l + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(names, ", "), m.help)
	}
	b.WriteString("\nBeside these there are `go_*` and `process_*` of the process, and `promhttp_*` of its HTTP server.\n\n" +
		"## Labels\n\nA name that is not UTF-8, or has control characters, is shown with `\\xHH` for such a byte.\n\n| label | values | at most |\n|---|---|--:|\n")
	for _, l := range labels {
		most := "as configured"
		if l.most > 0 {
			most = fmt.Sprint(l.most)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.name, l.values, most)
	}
	fixed, file, experiment := bounds()
	fmt.Fprintf(&b, "\n## How many series\n\nAt most %d, and for each log at most %d and for each experiment at most %d more, whatever clients send. "+
		"A site with 3 variants, 4 servers and 10 statuses has about 300.\n", fixed, file, experiment)
	golden(t, "../docs/metrics.md", []byte(b.String()))
}
