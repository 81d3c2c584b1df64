package exporter

import (
	"io"
	"net/http"
	"strings"
	"unicode"
)

// newHandler returns the handler of everything that the server has. Only GET
// and HEAD are answered.
func newHandler(c *collector, ready func() []string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", newMetricsHandler(c))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { writeReady(w, ready()) })
	mux.HandleFunc("GET /{$}", writeLanding)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// writeReady answers 200 where there is no reason against it, and else 503 with
// the reasons, one a line.
func writeReady(w http.ResponseWriter, reasons []string) {
	if len(reasons) == 0 {
		writeText(w, http.StatusOK, "ready")
		return
	}
	lines := make([]string, len(reasons))
	for i, reason := range reasons {
		lines[i] = oneLine(reason)
	}
	writeText(w, http.StatusServiceUnavailable, strings.Join(lines, "\n"))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}

// oneLine returns text without control characters: it stays the one line that
// it is meant to be.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// landing says nothing of the logs: it is for somebody who found the port.
const landing = `<!DOCTYPE html>
<html lang="en">
<title>splitgauge</title>
<h1>splitgauge</h1>
<p>What the access logs of this nginx say.</p>
<ul>
<li><a href="metrics">metrics</a> for Prometheus
<li><a href="readyz">readyz</a>: whether they are up to date, and if not, why
<li><a href="healthz">healthz</a>: whether the process answers
</ul>
</html>
`

func writeLanding(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	io.WriteString(w, landing)
}
