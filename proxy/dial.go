package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
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
	if err != nil && s.cutReason() != unended {
		err = context.Canceled // it was us who gave up
	}
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
	// Not by DialTCP, which binds to a port even where no own address is given: one
	// that is then taken for all servers, not for this one alone.
	if from := s.route.sourceFor(to.Addr()); from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(from)
		d.Control = bindNoPort
	}
	conn, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, to, err
	}
	return conn.(stream), to, nil
}

var errNotResolved = errors.New("its name has not been resolved yet")

// faultOf says whose fault it is that a connection could not be opened.
func faultOf(err error) balance.Fault {
	for _, local := range []error{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM,
		context.Canceled} {
		if errors.Is(err, local) {
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

// errorClass names what was wrong with a dial, in one word for logs; "-": nothing.
func errorClass(err error) string {
	switch {
	case err == nil:
		return "-"
	case errors.Is(err, errNotResolved):
		return "unresolved"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no_port"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "no_descriptor"
	case errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.ENOMEM):
		return "no_memory"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, syscall.ENOENT):
		return "no_socket"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "other"
}
