package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// Config is a way out for requests: each names its destination itself, in
// the headers X-Egress-Scheme (http or https) and X-Egress-Host (host or
// host:port). Where it may go is listed; nothing is, by default.
type Config struct {
	Address  string       // host:port to listen on
	Listener net.Listener // used instead of opening Address; owned by the Egress

	// From are the sources that may use it; default 127.0.0.0/8 and ::1.
	From []netip.Prefix

	// Hosts are the names that requests may go to: exact, or "*.example.com" for
	// all names below it. What such a name resolves to must be an address of the
	// public internet, or in Networks.
	Hosts []string
	// Networks are addresses that requests may go to, under whatever name. Only if
	// they are in here do addresses count that are not of the public internet:
	// loopback, link-local, private, shared, multicast and reserved ones, and IPv6
	// that stands for IPv4.
	Networks []netip.Prefix
	Ports    []uint16 // default 80 and 443

	Requests int           // at once; default 256
	Body     int64         // bytes of a request's body; default 10 MiB
	Connect  time.Duration // to look up and connect, TLS included; default 5 s
	Header   time.Duration // for a request's head, and for a response's; default 30 s
	Total    time.Duration // for a request with its response; default 5 min

	// TLS is for https destinations; default the system's authorities. It is not
	// changed. That certificates go unchecked cannot be asked for.
	TLS *tls.Config
	// Resolver looks names up; default the system's.
	Resolver Resolver
}

// Resolver looks up the addresses of a name, as *net.Resolver does.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Events reports what happens. Every function is optional.
type Events struct {
	// Ended is called for each request. What a client sent is in it only where it
	// was found valid.
	Ended func(Request)
}

// Request is a request that has ended.
type Request struct {
	Source  netip.Addr
	Method  string
	Scheme  string         // empty: not valid
	Host    string         // empty: not valid
	Address netip.AddrPort // that was dialled; invalid: none
	Status  int            // that the client was sent
	Refusal string         // why it was refused, or failed; empty: it was not
	Took    time.Duration
}

// Egress forwards requests to the destinations that they name. New makes
// one, Run runs it.
type Egress struct {
	config   Config
	events   Events
	listener net.Listener
	from     prefix.Set
	allowed  *allowlist
	places   chan struct{} // one taken for each request at once
	rounds   *http.Transport
}

// New opens the listener. Whoever has an Egress must call Run, if with a
// context that has ended.
func New(config Config, events Events) (*Egress, error) {
	config = config.withDefaults()
	allowed, err := newAllowlist(config)
	if err != nil {
		return nil, fmt.Errorf("cannot use the egress configuration: %w", err)
	}
	e := &Egress{config: config, events: events, listener: config.Listener, from: prefix.SetOf(config.From...),
		allowed: allowed, places: make(chan struct{}, config.Requests)}
	e.rounds = e.transport()
	if e.listener == nil {
		lc := net.ListenConfig{}
		lc.SetMultipathTCP(false)
		if e.listener, err = lc.Listen(context.Background(), "tcp", config.Address); err != nil {
			return nil, fmt.Errorf("cannot listen on %q: %w", config.Address, err)
		}
	}
	return e, nil
}

func (c Config) withDefaults() Config {
	if len(c.From) == 0 {
		c.From = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if len(c.Ports) == 0 {
		c.Ports = []uint16{80, 443}
	}
	c.Requests = orDefault(c.Requests, 256)
	c.Body = orDefault(c.Body, 10<<20)
	c.Connect = orDefault(c.Connect, 5*time.Second)
	c.Header = orDefault(c.Header, 30*time.Second)
	c.Total = orDefault(c.Total, 5*time.Minute)
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	return c
}

// Address returns where it listens.
func (e *Egress) Address() net.Addr { return e.listener.Addr() }

// drainTime is how long requests may go on after Run's context has ended.
const drainTime = 30 * time.Second

// Run takes requests until ctx ends, and then gives those under way a time to
// end. It returns nil then, and an error only if it could not go on.
func (e *Egress) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:           http.HandlerFunc(e.handle),
		ReadHeaderTimeout: e.config.Header,
		ReadTimeout:       e.config.Total,
		WriteTimeout:      e.config.Total,
		IdleTimeout:       e.config.Header,
		MaxHeaderBytes:    32 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		err := server.Shutdown(drain)
		if err != nil {
			server.Close()
		}
		stopped <- nil
	})
	err := server.Serve(&gatedListener{Listener: e.listener, from: &e.from})
	if stop() { // not ctx, but the listener has ended
		e.rounds.CloseIdleConnections()
		return fmt.Errorf("cannot go on with egress on %q: %w", e.config.Address, err)
	}
	<-stopped
	e.rounds.CloseIdleConnections()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// gatedListener accepts connections of some sources only.
type gatedListener struct {
	net.Listener
	from *prefix.Set
}

func (l *gatedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.from.Contains(addressOf(conn.RemoteAddr())) {
			return conn, nil
		}
		conn.Close()
	}
}

// orDefault returns value, or the default for zero.
func orDefault[N int | int64 | time.Duration](value, standard N) N {
	if value == 0 {
		return standard
	}
	return value
}

// addressOf returns the address of a connection's end, or an invalid one.
func addressOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
