package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
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

// mostTried is how many addresses of a name are dialled, one after the other.
const mostTried = 8

// dial opens the connection of a request. The addresses that are checked are
// those that are dialled: no name is looked up a second time, when it might have
// become another address.
func (e *Egress) dial(ctx context.Context) (net.Conn, error) {
	route := ctx.Value(routeKey{}).(*route)
	ctx, cancel := context.WithTimeout(ctx, e.config.Connect)
	defer cancel()
	addresses, err := e.lookUp(ctx, route)
	if err != nil {
		return nil, err
	}
	if err := e.allowed.allowsAll(route.host, addresses); err != nil {
		return nil, err
	}
	addresses = addresses[:min(len(addresses), mostTried)]
	for i, addr := range addresses {
		route.dialled = netip.AddrPortFrom(addr.Unmap(), route.port)
		var conn net.Conn
		if conn, err = dialFor(ctx, route.dialled, len(addresses)-i); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// dialFor dials for as much of the time left as leaves the same to all the others
// that may have to be dialled after it.
func dialFor(ctx context.Context, to netip.AddrPort, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
		defer cancel()
	}
	var d net.Dialer
	conn, err := d.DialTCP(ctx, "tcp", netip.AddrPort{}, to)
	if err != nil {
		return nil, err // not conn: it would be no nil interface
	}
	return conn, nil
}

// lookUp returns the addresses of a destination, at least one. Nobody is asked
// about what cannot be allowed whatever the answer.
func (e *Egress) lookUp(ctx context.Context, route *route) ([]netip.Addr, error) {
	if !slices.Contains(e.allowed.ports, route.port) {
		return nil, refuse(http.StatusForbidden, "the port %d is not allowed", route.port)
	}
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
	if len(r.TransferEncoding) > 0 {
		// Whoever stands before us may have gone by a Content-Length beside it, which
		// we are not shown: what comes after is nothing to go on with.
		w.Header().Set("Connection", "close")
	}
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
	if response.StatusCode < http.StatusOK { // 101, or none of HTTP's
		return refuse(http.StatusBadGateway, "%q wants another protocol", route.host)
	}
	route.status = response.StatusCode
	copyHead(w, response)
	if _, err := io.Copy(flushing{w, http.NewResponseController(w)}, response.Body); err != nil {
		route.refusal = "the response broke off"
		panic(http.ErrAbortHandler) // the client must not take what it has for the whole
	}
	return nil
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
