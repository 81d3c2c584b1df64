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
	name    string
	address string // as configured
	socket  net.Listener
	gate    *gate
	queue   queue
	route   atomic.Pointer[route]
	done    chan struct{} // closed when the accept loop has ended; nil before it runs
	closed  atomic.Bool

	retrying     atomic.Int64
	accepted     atomic.Int64
	acceptErrors atomic.Int64
	shed         atomic.Int64 // accepted only to be closed, for want of descriptors
	received     atomic.Int64 // bytes from clients
	sent         atomic.Int64 // bytes to clients
	denied       [numRules]atomic.Int64
	pairs        sync.Map // *target -> *pair; nil: no server
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

// pair counts the connections of a listener that went to one server.
type pair struct {
	active atomic.Int64
	closed [numReasons]atomic.Int64
}

func (l *listener) pair(t *target) *pair {
	if known, ok := l.pairs.Load(t); ok {
		return known.(*pair)
	}
	made, _ := l.pairs.LoadOrStore(t, &pair{})
	return made.(*pair)
}

// open makes a listener, on the socket that it was given or on a new one.
func (p *Proxy) openListener(config ListenerConfig) (*listener, error) {
	l := &listener{proxy: p, name: config.Name, address: config.Address, gate: newGate(config.Gate)}
	switch given := config.Listener.(type) {
	case nil:
		network, address := "tcp", config.Address
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			network, address = "unix", path
		}
		// Keep-alive probes are an option of the dial configuration, set where asked
		// for. Multipath TCP, which Go would turn on, is of no use beside a server,
		// and sockets of it lack options that ours have.
		lc := net.ListenConfig{KeepAlive: -1}
		lc.SetMultipathTCP(false)
		socket, err := lc.Listen(context.Background(), network, address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %q: %w", config.Address, err)
		}
		l.socket = socket
	case *net.TCPListener, *net.UnixListener:
		l.socket = given
	default:
		return nil, fmt.Errorf("cannot listen on the listener given as %q: it is a %T, want one of TCP or of a unix socket", config.Name, given)
	}
	return l, nil
}

// acceptLoop takes connections until the socket is closed. An error of accept
// never ends it.
func (l *listener) acceptLoop() {
	defer close(l.done)
	var pause backoff
	for {
		conn, err := l.socket.Accept()
		if err == nil {
			pause.reset()
			l.admit(conn.(stream))
			continue
		}
		if l.closed.Load() || errors.Is(err, net.ErrClosed) {
			return
		}
		l.acceptErrors.Add(1)
		wait := pause.next()
		if f := l.proxy.events.AcceptFailed; f != nil {
			f(l.name, err, wait)
		}
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			l.shed.Add(l.proxy.reserve.shed(l.socket))
		}
		if !l.proxy.pause(wait) {
			return
		}
	}
}

// backoff is how long to wait after errors in a row.
type backoff struct{ last time.Duration }

const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) next() time.Duration {
	b.last = min(lastPause, max(firstPause, 2*b.last))
	return b.last
}

// admit lets a connection in, has it wait, or turns it away.
func (l *listener) admit(conn stream) {
	l.accepted.Add(1)
	now, r, p := time.Now(), l.route.Load(), l.proxy
	peer := addrPortOf(conn.RemoteAddr())
	trusted := peer.IsValid() && r.senders.Contains(peer.Addr())
	if p.open.Add(1) > p.limit.Load() {
		p.open.Add(-1)
		l.deny(conn, peer, RuleConnections)
		return
	}
	var taken *seat
	if !trusted { // whose own connections they are is only known from the header
		var rule Rule
		if taken, rule = l.gate.admit(peer.Addr(), now); rule != passed {
			p.open.Add(-1)
			l.deny(conn, peer, rule)
			return
		}
	}
	s := p.newSession(r, conn, peer, now)
	if s == nil {
		conn.Close()
		l.gate.leave(taken, now)
		p.open.Add(-1)
		return
	}
	s.seat = taken
	served, waits := l.queue.enter(s, r.config.Queue)
	switch {
	case served:
		s.seated = true
		go s.serve()
	case !waits:
		l.gate.leave(taken, now)
		p.sessions.remove(s)
		p.open.Add(-1)
		p.running.Done()
		l.deny(conn, peer, RuleQueueFull)
	}
}

// deny turns a connection away with a reset: it is the quickest for both sides,
// and leaves nothing behind on ours.
func (l *listener) deny(conn stream, peer netip.AddrPort, rule Rule) {
	l.denied[rule].Add(1)
	(&end{conn: conn}).reset()
	if f := l.proxy.events.Denied; f != nil {
		f(l.name, rule, peer.Addr())
	}
}

// serveNext gives the place of a session that has ended to those who wait.
func (l *listener) serveNext() {
	for _, s := range l.queue.leave(l.route.Load().config.Queue.Connections) {
		s.leaveQueue()
		go s.serveQueued()
	}
}

// leaveQueue notes that s has a place.
func (s *session) leaveQueue() {
	s.seated, s.queued = true, time.Since(s.accepted)
}

// serveQueued serves a session that has waited, unless its client has left.
func (s *session) serveQueued() {
	if gone(&s.client) {
		s.outcome = QueueAbandon
		s.refuse()
		return
	}
	s.serve()
}

// expire sends those away who have waited for too long.
func (l *listener) expire(now time.Time) {
	config := l.route.Load().config.Queue
	for _, s := range l.queue.expire(now.Add(-config.Timeout)) {
		s.queued, s.outcome = now.Sub(s.accepted), QueueTimeout
		if gone(&s.client) {
			s.outcome = QueueAbandon
		}
		go s.refuse()
	}
}

// mayRetry says whether one more connection may try a second server, and counts
// it if so: when all servers are failing, trying each connection on three of
// them triples the load.
func (l *listener) mayRetry(share float64) bool {
	if l.retrying.Add(1) <= 3 || share == 0 {
		return true
	}
	active, _ := l.queue.counts()
	if float64(l.retrying.Load()) <= share*float64(active) {
		return true
	}
	l.retrying.Add(-1)
	return false
}

// close closes the socket and waits for the accept loop.
func (l *listener) close() {
	l.closed.Store(true)
	l.socket.Close()
	if l.done != nil {
		<-l.done
	}
}

// addrPortOf returns the address of a TCP connection's end, or an invalid one.
func addrPortOf(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// reserve is a descriptor kept to give away: with none left, a client can only
// be told so by accepting it.
type reserve struct {
	mu   sync.Mutex
	file *os.File
}

// shedAtOnce is how many connections are closed before trying as usual again.
const shedAtOnce = 64

func newReserve() *reserve {
	r := &reserve{}
	r.file, _ = os.Open(os.DevNull) // without it nothing is shed, and clients wait
	return r
}

// shed closes connections that wait to be accepted, and returns how many.
func (r *reserve) shed(socket net.Listener) (n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		r.file, _ = os.Open(os.DevNull)
		return 0
	}
	r.file.Close()
	limited := socket.(interface{ SetDeadline(time.Time) error })
	limited.SetDeadline(time.Now().Add(firstPause))
	for n < shedAtOnce {
		conn, err := socket.Accept()
		if err != nil {
			break
		}
		conn.Close()
		n++
	}
	limited.SetDeadline(time.Time{})
	r.file, _ = os.Open(os.DevNull)
	return n
}

func (r *reserve) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}
