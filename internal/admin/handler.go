package admin

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"

	"github.com/splitgauge/splitgauge/internal/report"
)

// newHandler returns what answers. Profiles are on a mux of their own: importing
// net/http/pprof puts them on the default one, which is never served.
func newHandler(current func() *report.Report) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, r *http.Request) { writeReport(w, r, current()) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "/report            the report of now, as JSON; ?format=text as text\n/debug/pprof/      profiles of this process\n")
	})
	return mux
}

// writeReport writes the report as replay would.
func writeReport(w http.ResponseWriter, r *http.Request, current *report.Report) {
	var body bytes.Buffer
	var err error
	switch format := r.URL.Query().Get("format"); format {
	case "", "json":
		w.Header().Set("Content-Type", "application/json")
		err = report.WriteJSON(&body, current)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		err = report.WriteText(&body, current, report.Options{})
	default:
		writeText(w, http.StatusBadRequest, fmt.Sprintf("cannot write format %q: want json or text\n", format))
		return
	}
	if err != nil {
		writeText(w, http.StatusInternalServerError, "cannot write the report: "+err.Error()+"\n")
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(body.Bytes()) // that the client has gone is its own affair
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write([]byte(text))
}

// sameHost lets requests through that name this machine, or the host that the
// server was told to listen on. A page of somebody else's, whose name has been
// made to point here, names its own.
func sameHost(next http.Handler, listen string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			writeText(w, http.StatusForbidden, "not for pages of other origins\n")
			return
		}
		if host := hostOf(r.Host); host != listen && !isLocal(host) {
			writeText(w, http.StatusForbidden, fmt.Sprintf("not under the name %q: use localhost or an address\n", host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// isLocal reports whether a host is localhost or an address: names are what
// others decide about.
func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
