package admin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"sync"

	"github.com/splitgauge/splitgauge/internal/report"
)

// index is what there is.
const index = `/report                                     the report of now, as JSON; ?format=text as text
/proxies                                    pools of the proxies, with what their servers are chosen by
/proxies/POOL/explain?source=&marked=       where a connection would go, and why
/proxies/POOL/nginx                         the pool as an upstream block of nginx
PUT  /proxies/POOL/servers/SERVER           {"weight": 2, "state": "ready|drain|maint"}, until the next reload
POST /proxies/POOL/servers/SERVER/eject     ?for=30s
POST /proxies/POOL/servers/SERVER/restore
/debug/pprof/                               profiles of this process
`

// newHandler returns what answers. Profiles are on a mux of their own: importing
// net/http/pprof puts them on the default one, which is never served.
func newHandler(current func() *report.Report, proxies *Proxies) http.Handler {
	var one sync.Mutex // a report is large: one is made at a time
	mux := http.NewServeMux()
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, r *http.Request) {
		format := r.URL.Query().Get("format")
		one.Lock()
		body, err := encode(format, current)
		one.Unlock()
		writeReport(w, format, body, err)
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, index)
	})
	handleProxies(mux, proxies)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

var (
	errFormat = errors.New("want json or text")
	errNone   = errors.New("there is no report yet")
)

// encode returns the report of now as replay would write it.
func encode(format string, current func() *report.Report) ([]byte, error) {
	write := report.WriteJSON
	switch format {
	case "", "json":
	case "text":
		write = func(w io.Writer, r *report.Report) error {
			return report.WriteText(w, r, report.Options{Unicode: true})
		}
	default:
		return nil, fmt.Errorf("cannot write format %q: %w", format, errFormat)
	}
	r := current()
	if r == nil {
		return nil, errNone
	}
	var body bytes.Buffer
	err := write(&body, r)
	return body.Bytes(), err
}

func writeReport(w http.ResponseWriter, format string, body []byte, err error) {
	switch {
	case errors.Is(err, errFormat):
		writeText(w, http.StatusBadRequest, err.Error()+"\n")
	case errors.Is(err, errNone):
		writeText(w, http.StatusServiceUnavailable, err.Error()+"\n")
	case err != nil:
		writeText(w, http.StatusInternalServerError, "cannot write the report: "+err.Error()+"\n")
	case format == "text":
		writeText(w, http.StatusOK, string(body))
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Write(body) // that the client has gone is its own affair
	}
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text))
}

// sameHost lets requests through that name an address, localhost, or the host
// that the server was told to listen on. A page of somebody else's, whose name
// has been made to point here, names its own. What such a page asks for without
// that trick it cannot read, but a profile would still be made: browsers say
// where a request comes from, and only what the operator opens is let through.
func sameHost(next http.Handler, listen string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.Host)
		switch {
		case host != listen && !isLocal(host):
			writeText(w, http.StatusForbidden, fmt.Sprintf("not under the name %q: use localhost or an address\n", host))
		case isForeign(r):
			writeText(w, http.StatusForbidden, "not for pages of other origins\n")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isForeign reports whether a browser says that a page of another origin asks. It
// sends Origin with no GET of the same one, and Sec-Fetch-Site with every request.
// What changes something is foreign wherever a link or a form of another origin
// leads to it.
func isForeign(r *http.Request) bool {
	if r.Header.Get("Origin") != "" {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" // a link
	return !followed || r.Method != http.MethodGet
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(strings.Trim(hostport, "[]"))
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
