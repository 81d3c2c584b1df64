package egress

import (
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// checkRequest refuses what would be more than a request and its response.
func checkRequest(r *http.Request) error {
	switch {
	case r.ProtoMajor != 1:
		return refuse(http.StatusHTTPVersionNotSupported, "only HTTP/1.1 and 1.0 are forwarded")
	case r.Method == http.MethodConnect:
		return refuse(http.StatusMethodNotAllowed, "tunnels are not opened (CONNECT)")
	case r.Method == http.MethodTrace: // would hand out what others have added on the way
		return refuse(http.StatusMethodNotAllowed, "TRACE is not forwarded")
	case r.URL.Host != "" || r.URL.Scheme != "" || !strings.HasPrefix(r.URL.Path, "/"):
		return refuse(http.StatusBadRequest, "the request line has no path; want X-Egress-Host and a path")
	case len(r.Header.Values("Upgrade")) > 0:
		return refuse(http.StatusBadRequest, "other protocols are not forwarded (Upgrade)")
	}
	return nil
}

// outgoing is the request that the destination gets. It is written anew from what
// was understood: how the client framed it has no part in it.
func (e *Egress) outgoing(ctx context.Context, w http.ResponseWriter, r *http.Request, to *destination) *http.Request {
	out := (&http.Request{
		Method:        r.Method,
		URL:           &url.URL{Scheme: to.scheme, Host: to.authority(), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery},
		Host:          to.authority(),
		Header:        r.Header.Clone(),
		ContentLength: r.ContentLength,
		Close:         true,
	}).WithContext(ctx)
	if r.ContentLength != 0 {
		out.Body = http.MaxBytesReader(w, r.Body, e.config.Body)
	}
	removeHopByHop(out.Header)
	for name := range out.Header {
		if isOurs(name) {
			delete(out.Header, name)
		}
	}
	if len(out.Header.Values("User-Agent")) == 0 {
		out.Header["User-Agent"] = nil // none, not that of Go
	}
	return out
}

// isOurs says whether a header is for this proxy alone, or says where a request
// came from: what lies behind us is nothing that a destination should learn, and
// nothing that anybody should believe who trusts our address.
func isOurs(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "X-Cluster-Client-Ip", "Via",
		"Expect": // is ours to answer, and answered
		return true
	}
	return hasPrefixFold(name, "X-Egress-") || hasPrefixFold(name, "X-Forwarded")
}

// removeHopByHop removes headers that are between two neighbours (RFC 9110,
// section 7.6.1), and whatever is for a proxy.
func removeHopByHop(header http.Header) {
	for _, list := range header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			header.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		header.Del(name)
	}
	for name := range header {
		if hasPrefixFold(name, "Proxy-") {
			delete(header, name)
		}
	}
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// copyHead sends on the head of a response.
func copyHead(w http.ResponseWriter, response *http.Response) {
	removeHopByHop(response.Header)
	header := w.Header()
	for name, values := range response.Header {
		header[name] = values
	}
	w.WriteHeader(response.StatusCode)
	if response.ContentLength != 0 {
		// Before the body: a stream may be long in coming, and a Content-Type that
		// is missing is not to be guessed from it.
		http.NewResponseController(w).Flush()
	}
}
