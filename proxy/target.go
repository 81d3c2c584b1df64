package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// target is a server as something to connect to.
type target struct {
	server    *balance.Server
	pool      string
	socket    string // path of a unix socket; empty: TCP
	host      string // a name to look up; empty: addresses do not change
	port      uint16
	addresses atomic.Pointer[[]netip.AddrPort]

	dialed    histogram // that succeeded
	firstByte histogram // from connected on
	refused   atomic.Int64
	local     atomic.Int64 // failed for our fault
	noPort    atomic.Int64 // of local: no port was left
}

// newTarget reads the address of a server. A name must be looked up before it
// is of use.
func newTarget(pool string, server *balance.Server) (*target, error) {
	t := &target{server: server, pool: pool}
	address := server.Address()
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if path == "" {
			return nil, fmt.Errorf("cannot use the server %q of pool %q: it has no path; want unix:/path", address, pool)
		}
		t.socket = path
		return t, nil
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("cannot use the server %q of pool %q: %w; want host:port or unix:/path", address, pool, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("cannot use the server %q of pool %q: %q is no port from 1 to 65535", address, pool, portText)
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
		return fmt.Errorf("cannot look up the server %q of pool %q: %w", t.server.Address(), t.pool, err)
	}
	addresses := make([]netip.AddrPort, len(found))
	for i, addr := range found {
		addresses[i] = netip.AddrPortFrom(addr.Unmap(), t.port)
	}
	t.addresses.Store(&addresses)
	return nil
}

// address returns where to connect to, invalid if that is not known.
func (t *target) address() netip.AddrPort {
	if addresses := t.addresses.Load(); addresses != nil && len(*addresses) > 0 {
		return (*addresses)[0]
	}
	return netip.AddrPort{}
}

// pool is a balance.Pool, and what its servers are as targets.
type pool struct {
	*balance.Pool
	name    string
	config  balance.Config
	targets atomic.Pointer[map[*balance.Server]*target]

	mu sync.Mutex // of update
}

func newPool(config balance.Config) (*pool, error) {
	balanced, err := balance.New(config)
	if err != nil {
		return nil, err
	}
	p := &pool{Pool: balanced, name: config.Name, config: config}
	return p, p.update()
}

// update makes targets for servers that are new, and forgets those that went.
func (p *pool) update() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := map[*balance.Server]*target{}
	if old := p.targets.Load(); old != nil {
		known = *old
	}
	targets := make(map[*balance.Server]*target)
	for _, server := range p.Servers() {
		t := known[server]
		if t == nil {
			var err error
			if t, err = newTarget(p.name, server); err != nil {
				return err
			}
		}
		targets[server] = t
	}
	p.targets.Store(&targets)
	return nil
}

// target returns what a server is to connect to. A server that was chosen just
// before it went is made one anew.
func (p *pool) target(server *balance.Server) *target {
	if t := (*p.targets.Load())[server]; t != nil {
		return t
	}
	t, err := newTarget(p.name, server)
	if err != nil {
		return nil
	}
	return t
}

// resolve looks up all names of the pool's servers, and reports failures.
func (p *pool) resolve(ctx context.Context, failed func(error)) {
	for _, t := range *p.targets.Load() {
		if err := t.resolve(ctx); err != nil && failed != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// resolveNew looks up what has not been looked up yet.
func (p *pool) resolveNew(ctx context.Context, failed func(error)) {
	for _, t := range *p.targets.Load() {
		if t.socket != "" || t.address().IsValid() {
			continue
		}
		if err := t.resolve(ctx); err != nil && failed != nil {
			failed(err)
		}
	}
}
