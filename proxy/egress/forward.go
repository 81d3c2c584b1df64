package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// routeKey is under which a request's context has its route.
type routeKey struct{}

// route is a request on its way.
type route struct {
	destination
	dialled netip.AddrPort
	status  int
	refusal string
}

// transport makes connections for requests, a new one for each: so every request
// has its destination looked up and checked, and none gets to where another
// one's check has led.
func (e *Egress) transport() *http.Transport {
	tls := e.config.TLS.Clone()
	if tls != nil {
		tls.InsecureSkipVerify = false
	}
	return &http.Transport{
		Proxy:                  nil, // the environment's would be asked for the name, past all checks
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx) },
		DisableKeepAlives:      true,
		DisableCompression:     true,
		TLSClientConfig:        tls,
		TLSHandshakeTimeout:    e.config.Connect,
		ResponseHeaderTimeout:  e.config.Header,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// dial opens the connection of a request. The address that is checked is the one
// that is dialled: no name is looked up a second time, when it might have become
// another address.
func (e *Egress) dial(ctx context.Context) (net.Conn, error) {
	route := ctx.Value(routeKey{}).(*route)
	ctx, cancel := context.WithTimeout(ctx, e.config.Connect)
	defer cancel()
	addresses, err := e.lookUp(ctx, route)
	if err != nil {
		return nil, err
	}
	for _, addr := range addresses {
		to := netip.AddrPortFrom(addr.Unmap(), route.port)
		if err = e.allowed.allows(route.host, to); err != nil {
			continue
		}
		route.dialled = to
		var d net.Dialer
		var conn *net.TCPConn
		if conn, err = d.DialTCP(ctx, "tcp", netip.AddrPort{}, to); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// lookUp returns the addresses of a destination, at least one.
func (e *Egress) lookUp(ctx context.Context, route *route) ([]netip.Addr, error) {
	if route.addr.IsValid() {
		return []netip.Addr{route.addr}, nil
	}
	if !e.allowed.mayAllow(route.host) {
		return nil, refuse(http.StatusForbidden, "%q is not allowed", route.host)
	}
	// With the final dot it is this name, and none that a search list makes of it.
	addresses, err := e.config.Resolver.LookupNetIP(ctx, "ip", route.host+".")
	if err == nil && len(addresses) == 0 {
		err = errors.New("it has no address")
	}
	if err != nil {
		return nil, refuse(http.StatusBadGateway, "%q cannot be looked up", route.host)
	}
	return addresses, nil
}

// handle forwards a request.
func (e *Egress) handle(w http.ResponseWriter, r *http.Request) {
	began, route := time.Now(), &route{}
	defer func() { e.report(r, route, time.Since(began)) }() // a response that breaks off is ended by a panic
	if err := e.forward(w, r, route); err != nil {
		route.refusal = err.Error()
		route.status = answerRefusal(w, err)
	}
}

func (e *Egress) report(r *http.Request, route *route, took time.Duration) {
	if e.events.Ended == nil {
		return
	}
	ended := Request{Method: knownMethod(r.Method), Scheme: route.scheme, Host: route.host,
		Address: route.dialled, Status: route.status, Refusal: route.refusal, Took: took}
	if source, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		ended.Source = source.Addr().Unmap()
	}
	e.events.Ended(ended)
}

// forward sends a request on, and its response back.
func (e *Egress) forward(w http.ResponseWriter, r *http.Request, route *route) (err error) {
	if err := checkRequest(r); err != nil {
		return err
	}
	if route.destination, err = destinationOf(r.Header); err != nil {
		return err
	}
	select {
	case e.places <- struct{}{}:
		defer func() { <-e.places }()
	default:
		return refuse(http.StatusServiceUnavailable, "there are %d requests under way, as many as there may be", e.config.Requests)
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), routeKey{}, route), e.config.Total)
	defer cancel()
	// RoundTrip, not a Client: a redirect is the requester's to follow, with a
	// request that is checked in its turn.
	response, err := e.rounds.RoundTrip(e.outgoing(ctx, w, r, &route.destination))
	if err != nil {
		return roundTripError(err, route.host)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return refuse(http.StatusBadGateway, "%q wants another protocol", route.host)
	}
	removeHopByHop(response.Header)
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	route.status = response.StatusCode
	w.WriteHeader(response.StatusCode)
	if _, err := io.Copy(flushing{w, http.NewResponseController(w)}, response.Body); err != nil {
		route.refusal = "the response broke off"
		panic(http.ErrAbortHandler) // the client must not take what it has for the whole
	}
	return nil
}

// checkRequest refuses what would be more than a request and its response.
func checkRequest(r *http.Request) error {
	switch {
	case r.Method == http.MethodConnect:
		return refuse(http.StatusMethodNotAllowed, "tunnels are not opened (CONNECT)")
	case r.URL.Host != "" || r.URL.Scheme != "":
		return refuse(http.StatusBadRequest, "the request line names a host; want X-Egress-Host and a path")
	case len(r.Header.Values("Upgrade")) > 0:
		return refuse(http.StatusBadRequest, "other protocols are not forwarded (Upgrade)")
	}
	return nil
}

// outgoing is the request that the destination gets.
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
// came from.
func isOurs(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return strings.HasPrefix(name, "X-Egress-") || strings.HasPrefix(name, "X-Forwarded-") ||
		name == "Forwarded" || name == "X-Real-Ip" || name == "Via"
}

// removeHopByHop removes headers that are between two neighbours (RFC 9110,
// section 7.6.1).
func removeHopByHop(header http.Header) {
	for _, list := range header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			header.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate",
		"Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		header.Del(name)
	}
}

// roundTripError is the refusal that a failed request is answered with. What
// failed inside is not told to clients: it may name addresses.
func roundTripError(err error, host string) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	}
	return refuse(http.StatusBadGateway, "%q did not answer", host)
}

// answerRefusal answers a request that went nowhere.
func answerRefusal(w http.ResponseWriter, err error) (status int) {
	status = http.StatusInternalServerError
	var refused *refusal
	if errors.As(err, &refused) {
		status = refused.status
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%d %s\n\nNot forwarded: %s.\n", status, http.StatusText(status), err)
	return status
}

// knownMethod returns a method if it is one of HTTP's, so that nobody writes into
// logs by it.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return method
	}
	return "other"
}

// flushing sends on at once what is written to it: a response may be a stream.
type flushing struct {
	io.Writer
	control *http.ResponseController
}

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.Writer.Write(b)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}
