package proxy

import (
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// Config is what a Proxy does. In every field of this package's configuration
// zero means the default; where a negative value is allowed, it says so.
type Config struct {
	Listeners []ListenerConfig
	Pools     []balance.Config // by unique names; a listener names one of them
	Health    []HealthConfig   // active checks, for the pools that they name

	// Connections is how many there may be in all, waiting ones included; default
	// what the limit of open files allows, two for each and some to spare.
	Connections int

	// DrainTime is how long connections may go on after Run's context has ended,
	// or after their listener was removed; default 30 s. Negative: none.
	DrainTime time.Duration

	// ResolveEvery is how often names of servers are looked up again; default 30 s.
	// An address that was found stays in use while looking up fails.
	ResolveEvery time.Duration

	// AccessLog is written one JSON line for each connection that ended. It is not
	// owned, and is written to by one goroutine of Run at a time. Nil: none.
	AccessLog io.Writer

	// AccessLogBuffer is how many bytes of lines wait for AccessLog at most; what
	// comes on top is dropped and counted. Default 1 MiB.
	AccessLogBuffer int
}

// ListenerConfig is a place where connections come in, and what is done with
// them.
type ListenerConfig struct {
	Name    string // unique; default Address
	Address string // host:port, or unix:/path as nginx writes it
	Pool    string // where connections go to

	// Listener is used instead of opening Address, which then only names it; for a
	// socket that was handed to this process. It must be a *net.TCPListener or
	// *net.UnixListener, and is owned by the Proxy once New or Reload has returned
	// without an error.
	Listener net.Listener

	Gate     GateConfig
	Timeouts Timeouts
	Dial     DialConfig
	Queue    QueueConfig

	// AcceptProxy are the sources whose connections begin with a PROXY protocol
	// header, version 1 or 2. They must send one; nobody else's is looked at.
	AcceptProxy []netip.Prefix

	// SendProxy is the version of the PROXY protocol header that servers are sent,
	// 1 or 2; 0: none.
	SendProxy int

	// ClientFirst says that clients speak before the server does, as with HTTP and
	// TLS. Only then are a client's bytes looked at: to answer HTTP readably when
	// no server can be reached, and for Mark.Header.
	ClientFirst bool

	Mark MarkConfig

	// SpliceAfter is after how many bytes in one direction the kernel copies
	// (splice) without this program seeing them; it pays for bulk transfers only,
	// where it pays. 0: never. Linux only.
	SpliceAfter int64
}

// Timeouts say how long a connection may take for what.
type Timeouts struct {
	Connect    time.Duration // to one server; default 5 s
	Header     time.Duration // for a PROXY protocol header or a request's head to come; default 3 s
	Idle       time.Duration // no byte either way; default 10 min, negative: for ever
	HalfClosed time.Duration // no byte after one side has closed; default 30 s, negative: for ever
	Write      time.Duration // one side takes no byte of what is there for it; default 1 min, negative: for ever, but Idle holds
	Lifetime   time.Duration // from first to last; default and negative: for ever
	Jitter     float64       // Lifetime is shortened by up to this share, so that not all end at once; default 0.1, negative: none
}

// DialConfig says how servers are connected to.
type DialConfig struct {
	Tries  int           // servers that are tried at most; default 3
	Budget time.Duration // for all tries together; default twice Timeouts.Connect

	// RetryShare is how many connections may be at a second or later try at once,
	// as a share of all the listener has, at least 3; default 0.2, negative: no limit.
	RetryShare float64

	// Sources are own addresses to connect from, used in turn: each has its own
	// 28 000 ports for one server. Default: what the system chooses.
	Sources []netip.Addr

	KeepAlive time.Duration // between TCP keep-alive probes, to both sides; default none
}

// QueueConfig bounds the connections of a listener.
type QueueConfig struct {
	Connections int           // that are served at once; default no limit
	Length      int           // that wait, first come first served; the newest is turned away. Default none
	Timeout     time.Duration // that one waits at most; default 5 s, negative: for ever
}

// MarkConfig lets a connection choose its server itself, though that be drained
// or ejected. It goes there or nowhere: marked for a server that the pool does
// not have, that is in maintenance or that cannot be reached, it ends for
// NoUpstream or DialFailed.
type MarkConfig struct {
	// Sources says which server connections of a source go to, by longest prefix.
	Sources map[netip.Prefix]string

	// Header is a header of HTTP requests, such as "X-Upstream", that names the
	// server. The first request of a connection decides for all that follow.
	// ClientFirst must be set. Empty: none.
	Header string

	// HeaderFrom are the sources whose header counts, since it lets them choose.
	// Needed with Header.
	HeaderFrom []netip.Prefix
}

// Defaults.
const (
	defaultDrainTime       = 30 * time.Second
	defaultResolveEvery    = 30 * time.Second
	defaultAccessLogBuffer = 1 << 20
)

func (c *Config) drainTime() time.Duration { return orDefault(c.DrainTime, defaultDrainTime) }

// orDefault returns value, or the default for zero, or zero for what is
// negative.
func orDefault[N int | int64 | float64 | time.Duration](value, standard N) N {
	switch {
	case value == 0:
		return standard
	case value < 0:
		return 0
	}
	return value
}

// withDefaults returns t with every default in place; zero now means for ever.
func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Connect:    orDefault(t.Connect, 5*time.Second),
		Header:     orDefault(t.Header, 3*time.Second),
		Idle:       orDefault(t.Idle, 10*time.Minute),
		HalfClosed: orDefault(t.HalfClosed, 30*time.Second),
		Write:      orDefault(t.Write, time.Minute),
		Lifetime:   orDefault(t.Lifetime, 0),
		Jitter:     orDefault(t.Jitter, 0.1),
	}
}

func (d DialConfig) withDefaults(t Timeouts) DialConfig {
	d.Tries = orDefault(d.Tries, 3)
	d.Budget = orDefault(d.Budget, 2*t.Connect)
	d.RetryShare = orDefault(d.RetryShare, 0.2)
	return d
}

func (q QueueConfig) withDefaults() QueueConfig {
	q.Timeout = orDefault(q.Timeout, 5*time.Second)
	return q
}

// withDefaults returns l with every default in place.
func (l ListenerConfig) withDefaults() ListenerConfig {
	if l.Name == "" {
		l.Name = l.Address
	}
	if l.Name == "" && l.Listener != nil {
		l.Name = l.Listener.Addr().String()
	}
	l.Timeouts = l.Timeouts.withDefaults()
	l.Dial = l.Dial.withDefaults(l.Timeouts)
	l.Queue = l.Queue.withDefaults()
	l.Gate = l.Gate.withDefaults()
	return l
}
