package proxy

import (
	"net/netip"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// GateConfig says whose connections a listener takes. What a gate turns away
// is reset at once: no server hears of it, and nothing is kept of it.
type GateConfig struct {
	// Allow and Deny: the longest prefix that holds a source decides. A source in
	// none is denied if anything is allowed, else allowed.
	Allow, Deny []netip.Prefix

	Connections int     // of one source at once; default no limit
	Rate        float64 // connections a second of one source; default no limit
	Burst       int     // that one may open at once where there is a Rate; default Rate rounded up, at least 1

	// IPv6Bits is how much of an IPv6 address makes a source; default 64, since
	// whoever has one address of such a network has all of them.
	IPv6Bits int

	// Sources is how many sources are kept track of; default 65,536, about 10 MiB.
	// One is forgotten only when remembering it would change nothing. Sources that
	// find no room share the limits of sixteen between them.
	Sources int
}

func (g GateConfig) withDefaults() GateConfig {
	g.Connections = orDefault(g.Connections, 0)
	g.Rate = orDefault(g.Rate, 0)
	g.IPv6Bits = orDefault(g.IPv6Bits, 64)
	g.Sources = orDefault(g.Sources, 1<<16)
	if g.Burst <= 0 {
		g.Burst = max(1, int(g.Rate+0.999))
	}
	return g
}

// gate decides over connections by their source. Any goroutine may use it.
type gate struct {
	mu      sync.Mutex
	config  GateConfig
	verdict prefix.Table[bool] // allowed or not
	others  bool               // verdict on sources in no prefix
	sources sourceTable
}

func newGate(config GateConfig) *gate {
	g := &gate{}
	g.reconfigure(config)
	return g
}

// reconfigure puts other limits in place. What is known of sources stays.
func (g *gate) reconfigure(config GateConfig) {
	var verdict prefix.Table[bool]
	for _, prefix := range config.Allow {
		verdict.Add(prefix, true)
	}
	for _, prefix := range config.Deny {
		verdict.Add(prefix, false)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.config, g.verdict, g.others = config, verdict, len(config.Allow) == 0
	g.sources.configure(config)
}

// admit decides over a connection of addr. If it passes, the seat that it takes
// must be left when it ends; it may be nil.
func (g *gate) admit(addr netip.Addr, now time.Time) (*seat, Rule) {
	if !addr.IsValid() { // of a unix socket: whoever may open it may use it
		return nil, passed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	allowed, ok := g.verdict.Get(addr)
	if !ok {
		allowed = g.others
	}
	if !allowed {
		return nil, RulePrefix
	}
	if g.config.Connections == 0 && g.config.Rate == 0 {
		return nil, passed
	}
	return g.sources.take(sourceOf(addr, g.config.IPv6Bits), now)
}

// leave gives a seat back.
func (g *gate) leave(s *seat, now time.Time) {
	if s == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sources.leave(s, now)
}

// sourceOf returns what counts as the source of addr.
func sourceOf(addr netip.Addr, ipv6Bits int) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(min(ipv6Bits, 128)); err == nil {
			return prefix.Addr()
		}
	}
	return addr
}
