package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// attempt is one server that was tried.
type attempt struct {
	target  *target
	address netip.AddrPort // invalid for unix sockets
	took    time.Duration
	err     error
}

// dial connects to a server, and to another one if that fails, as long as tries
// and time are left. Nothing of the client has gone anywhere yet.
func (s *session) dial() bool {
	c := &s.route.config
	var text [longestAddress]byte
	query := balance.Query{Source: s.source.Addr().Unmap().WithZone("").AppendTo(text[:0]), Marked: s.mark}
	if !s.source.IsValid() {
		query.Source = append(text[:0], "unix:"...) // as nginx's $remote_addr
	}
	var tried [4]*balance.Server
	query.Tried = tried[:0]
	began := time.Now()
	for range c.Dial.Tries {
		query.Now = time.Now()
		budget := c.Dial.Budget - query.Now.Sub(began)
		if budget <= 0 || s.cutReason() != unended {
			break
		}
		if len(query.Tried) == 1 {
			if !s.route.listener.mayRetry(c.Dial.RetryShare) {
				break
			}
			defer s.route.listener.retrying.Add(-1)
		}
		choice, err := s.route.pool.Pick(query)
		if err != nil {
			break
		}
		s.choice, s.decision = choice, choice.Decision()
		s.target = s.route.pool.target(choice.Server())
		fault, ok := s.try(query.Now, min(budget, c.Timeouts.Connect))
		if ok {
			return true
		}
		if fault == balance.Local && !errors.Is(s.attempts[len(s.attempts)-1].err, syscall.EADDRNOTAVAIL) {
			break // another server would not help; with no port left for this one it would
		}
		query.Tried = append(query.Tried, choice.Server())
	}
	s.outcome = s.dialOutcome()
	return false
}

const longestAddress = 48 // the longest text of an address

// dialOutcome says why no server was reached.
func (s *session) dialOutcome() Reason {
	if len(s.attempts) == 0 {
		return NoUpstream
	}
	if faultOf(s.attempts[len(s.attempts)-1].err) == balance.Local {
		return LocalFault
	}
	return DialFailed
}

// try connects to s.target.
func (s *session) try(now time.Time, timeout time.Duration) (fault balance.Fault, ok bool) {
	conn, address, err := s.connect(s.target, now.Add(timeout))
	ended := time.Now()
	s.attempts = append(s.attempts, attempt{target: s.target, address: address, took: ended.Sub(now), err: err})
	if err == nil {
		s.server.conn = conn
		s.connected = ended
		s.choice.Connected(ended)
		s.target.dialed.observe(ended.Sub(now))
		s.pair = s.route.listener.pair(s.target)
		s.pair.active.Add(1)
		return 0, true
	}
	fault = faultOf(err)
	if s.cutReason() != unended {
		fault = balance.Local // it was us who gave up
	}
	s.choice.Failed(ended, fault)
	if fault == balance.Local {
		s.target.local.Add(1)
	} else {
		s.target.refused.Add(1)
	}
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		s.target.noPort.Add(1)
	}
	if f := s.proxy.events.DialFailed; f != nil {
		f(s.target.pool, s.target.name, err, fault == balance.Local)
	}
	return fault, false
}

// connect opens a connection to t.
func (s *session) connect(t *target, deadline time.Time) (stream, netip.AddrPort, error) {
	d := net.Dialer{KeepAlive: -1, KeepAliveConfig: keepAliveOf(s.route.config.Dial.KeepAlive)}
	ctx := s.dialing.begin(deadline, s.proxy.never)
	if t.socket != "" {
		conn, err := d.DialUnix(ctx, "unix", nil, &net.UnixAddr{Net: "unix", Name: t.socket})
		if err != nil {
			return nil, netip.AddrPort{}, err
		}
		return conn, netip.AddrPort{}, nil
	}
	to := t.resolved()
	if !to.IsValid() {
		return nil, to, errNotResolved
	}
	from := s.route.sourceFor(to.Addr())
	if from.IsValid() {
		d.Control = bindNoPort
	}
	conn, err := d.DialTCP(ctx, "tcp", from, to)
	if err != nil {
		return nil, to, err
	}
	return conn, to, nil
}

var errNotResolved = errors.New("its name has not been resolved yet")

// faultOf says whose fault it is that a connection could not be opened.
func faultOf(err error) balance.Fault {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL,
		syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, errno) {
			return balance.Local
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return balance.Timeout
	}
	if errors.Is(err, syscall.ECONNRESET) {
		return balance.Reset
	}
	return balance.Refused
}

// dialContext is a context with a deadline that costs a dial no timer of its
// own and no goroutine, and that the sweep can cancel.
type dialContext struct {
	deadline time.Time
	never    <-chan struct{}

	mu        sync.Mutex
	cancelled bool
	abort     func()
}

var _ context.Context = (*dialContext)(nil)

// begin makes the context good for one more dial.
func (c *dialContext) begin(deadline time.Time, never <-chan struct{}) *dialContext {
	c.deadline, c.never = deadline, never
	return c
}

func (c *dialContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Done is never closed: a dial waits for AfterFunc instead.
func (c *dialContext) Done() <-chan struct{} { return c.never }
func (c *dialContext) Value(any) any         { return nil }

func (c *dialContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancelled {
		return context.Canceled
	}
	return nil
}

// AfterFunc is what context.AfterFunc uses of a context that has it.
func (c *dialContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancelled {
		go f()
		return func() bool { return false }
	}
	c.abort = f
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		stopped := c.abort != nil
		c.abort = nil
		return stopped
	}
}

// cancel makes a dial fail, the present one or the next.
func (c *dialContext) cancel() {
	c.mu.Lock()
	abort := c.abort
	c.cancelled, c.abort = true, nil
	c.mu.Unlock()
	if abort != nil {
		abort()
	}
}
