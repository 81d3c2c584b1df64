package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// listener is a socket that connections come in by. It outlives changes of what
// is done with them, which is its route.
type listener struct {
	proxy   *Proxy
	address string // as configured
	socket  net.Listener
	given   bool // the socket was not opened by us
	gate    *gate
	queue   queue
	route   atomic.Pointer[route]
	done    chan struct{} // closed when the accept loop has ended; nil before it runs
	closed  atomic.Bool
	cutOff  time.Time // when what is open is cut off, once removed; guarded by Proxy.mu

	retrying     atomic.Int64
	accepted     atomic.Int64
	acceptErrors atomic.Int64
	shed         atomic.Int64 // accepted only to be closed, for want of descriptors
	received     atomic.Int64 // bytes from clients
	sent         atomic.Int64 // bytes to clients
	denied       [numRules]atomic.Int64
	pairs        sync.Map // pairKey -> *pair
}

// route is what is done with connections of a listener. It is not changed once
// made: who has begun with one goes on with it.
type route struct {
	listener *listener
	config   ListenerConfig // with defaults
	pool     *pool
	senders  prefix.Set           // of AcceptProxy
	marks    prefix.Table[string] // of Mark.Sources
	markers  prefix.Set           // of Mark.HeaderFrom
	turn     atomic.Uint32        // of Dial.Sources
}

func newRoute(l *listener, config ListenerConfig, pool *pool) *route {
	r := &route{listener: l, config: config, pool: pool,
		senders: prefix.SetOf(config.AcceptProxy...), markers: prefix.SetOf(config.Mark.HeaderFrom...)}
	for prefix, server := range config.Mark.Sources {
		r.marks.Add(prefix, server)
	}
	return r
}

// sourceFor returns the own address to connect to a server from; invalid: any.
func (r *route) sourceFor(server netip.Addr) netip.AddrPort {
	sources := r.config.Dial.Sources
	for range sources {
		source := sources[int(r.turn.Add(1)-1)%len(sources)].Unmap()
		if source.Is4() == server.Is4() {
			return netip.AddrPortFrom(source, 0)
		}
	}
	return netip.AddrPort{}
}

// name returns what the listener is called at the moment.
func (l *listener) name() string { return l.route.Load().config.Name }

// pairKey is a server by name; empty for those who came to none.
type pairKey struct{ pool, server string }

// pair counts the connections of a listener that went to one server.
type pair struct {
	active atomic.Int64
	closed [numReasons]atomic.Int64
}

// pair returns the counts of a target, which may be nil.
func (l *listener) pair(t *target) *pair {
	var key pairKey
	if t != nil {
		key = pairKey{t.pool, t.name}
	}
	if known, ok := l.pairs.Load(key); ok {
		return known.(*pair)
	}
	made, _ := l.pairs.LoadOrStore(key, &pair{})
	return made.(*pair)
}

// forgetPairs drops the counts of servers that are in no pool any more and have
// no connection.
func (l *listener) forgetPairs(kept map[pairKey]bool) {
	l.pairs.Range(func(key, value any) bool {
		if key != (pairKey{}) && !kept[key.(pairKey)] && value.(*pair).active.Load() == 0 {
			l.pairs.Delete(key)
		}
		return true
	})
}

// openListener makes a listener, on the socket that it was given or on a new one.
func (p *Proxy) openListener(config ListenerConfig) (*listener, error) {
	l := &listener{proxy: p, address: config.Address, gate: newGate(config.Gate)}
	switch given := config.Listener.(type) {
	case nil:
		socket, err := listen(config.Address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %q: %w", config.Address, err)
		}
		l.socket = socket
	case *net.TCPListener, *net.UnixListener:
		l.socket, l.given = given, true
	default:
		return nil, fmt.Errorf("cannot listen on the listener given as %q: it is a %T, want one of TCP or of a unix socket", config.Name, given)
	}
	return l, nil
}

// listen opens a socket.
func listen(address string) (net.Listener, error) {
	// Keep-alive probes are an option of the dial configuration, set where asked
	// for. Multipath TCP, which Go would turn on, is of no use beside a server,
	// and sockets of it lack options that ours have.
	lc := net.ListenConfig{KeepAlive: -1}
	lc.SetMultipathTCP(false)
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return lc.Listen(context.Background(), "tcp", address)
	}
	socket, err := lc.Listen(context.Background(), "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && removeStale(path) {
		socket, err = lc.Listen(context.Background(), "unix", path)
	}
	return socket, err
}

// removeStale removes the file of a unix socket that nobody listens on, as a
// program leaves it that was killed, and says whether it did.
func removeStale(path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED) && os.Remove(path) == nil
}

// addrPortOf returns the address of a TCP connection's end, or an invalid one.
func addrPortOf(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
