package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// serverKey is what makes a server the same one as before a reload.
type serverKey struct{ name, address string }

// target is a server as something to connect to.
type target struct {
	pool string
	serverKey
	socket    string // path of a unix socket; empty: TCP
	host      string // a name to look up; empty: addresses do not change
	port      uint16
	addresses atomic.Pointer[[]netip.AddrPort]

	dialed    histogram // that succeeded
	firstByte histogram // as Connection.FirstByte
	refused   atomic.Int64
	local     atomic.Int64 // failed for our fault
	noPort    atomic.Int64 // of local: no port was left
}

// newTarget reads the address of a server. A name must be looked up before it
// is of use.
func newTarget(pool string, key serverKey) (*target, error) {
	t := &target{pool: pool, serverKey: key}
	if path, ok := strings.CutPrefix(key.address, "unix:"); ok {
		if path == "" {
			return nil, fmt.Errorf("cannot use the server %q of pool %q: it has no path; want unix:/path", key.address, pool)
		}
		t.socket = path
		return t, nil
	}
	host, portText, err := net.SplitHostPort(key.address)
	if err != nil {
		return nil, fmt.Errorf("cannot use the server %q of pool %q: %w; want host:port or unix:/path", key.address, pool, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("cannot use the server %q of pool %q: %q is no port from 1 to 65535", key.address, pool, portText)
	}
	if host == "" {
		return nil, fmt.Errorf("cannot use the server %q of pool %q: it has no host; want host:port or unix:/path", key.address, pool)
	}
	t.port = uint16(port)
	if addr, err := netip.ParseAddr(host); err == nil {
		t.addresses.Store(&[]netip.AddrPort{netip.AddrPortFrom(addr.Unmap(), t.port)})
		return t, nil
	}
	t.host = host
	return t, nil
}

// resolve looks the name up, if it is one. What was known stays after an error.
func (t *target) resolve(ctx context.Context) error {
	if t.host == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.host)
	if err != nil {
		return fmt.Errorf("cannot look up the server %q of pool %q: %w", t.address, t.pool, err)
	}
	addresses := make([]netip.AddrPort, len(found))
	for i, addr := range found {
		addresses[i] = netip.AddrPortFrom(addr.Unmap(), t.port)
	}
	t.addresses.Store(&addresses)
	return nil
}

// resolved returns where to connect to, invalid if that is not known.
func (t *target) resolved() netip.AddrPort {
	if addresses := t.addresses.Load(); addresses != nil && len(*addresses) > 0 {
		return (*addresses)[0]
	}
	return netip.AddrPort{}
}

// pool is a balance.Pool, and what its servers are as targets.
type pool struct {
	*balance.Pool
	name    string
	targets atomic.Pointer[map[serverKey]*target]
}

// newPool makes a pool, whose targets are those of known where it has them
// already; known may be nil.
func newPool(config balance.Config, known *pool) (*pool, error) {
	balanced, err := balance.New(config)
	if err != nil {
		return nil, err
	}
	p := &pool{Pool: balanced, name: config.Name}
	targets := make(map[serverKey]*target)
	for _, server := range balanced.Servers() {
		key := keyOf(server)
		if known != nil {
			targets[key] = (*known.targets.Load())[key]
		}
		if targets[key] == nil {
			if targets[key], err = newTarget(p.name, key); err != nil {
				return nil, err
			}
		}
	}
	p.targets.Store(&targets)
	return p, nil
}

func keyOf(server *balance.Server) serverKey { return serverKey{server.Name(), server.Address()} }

// change makes p what candidate is, which was made of the same configuration
// with p's targets. Those of servers that go stay for those who have chosen
// them just before, until the next change.
func (p *pool) change(config balance.Config, candidate *pool, now time.Time) error {
	both := make(map[serverKey]*target)
	for _, server := range p.Servers() {
		both[keyOf(server)] = (*p.targets.Load())[keyOf(server)]
	}
	for key, t := range *candidate.targets.Load() {
		both[key] = t
	}
	before := p.targets.Swap(&both)
	if err := p.Reconfigure(config, now); err != nil {
		p.targets.Store(before)
		return err
	}
	return nil
}

// target returns what a server is to connect to.
func (p *pool) target(server *balance.Server) *target { return (*p.targets.Load())[keyOf(server)] }

// current returns the targets of the servers that the pool has.
func (p *pool) current() (all []*target) {
	for _, server := range p.Servers() {
		if t := p.target(server); t != nil {
			all = append(all, t)
		}
	}
	return all
}

// resolve looks up all names of the pool's servers, and reports failures.
func (p *pool) resolve(ctx context.Context, failed func(error)) {
	for _, t := range p.current() {
		if err := t.resolve(ctx); err != nil && failed != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// resolveNew looks up what has not been looked up yet.
func (p *pool) resolveNew(ctx context.Context, failed func(error)) {
	for _, t := range p.current() {
		if t.socket != "" || t.resolved().IsValid() {
			continue
		}
		if err := t.resolve(ctx); err != nil && failed != nil {
			failed(err)
		}
	}
}
