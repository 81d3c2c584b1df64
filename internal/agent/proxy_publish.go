package agent

import (
	"cmp"
	"maps"
	"slices"

	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// published returns what a scrape publishes of the proxies; nil where there are
// none.
func (p *proxying) published() *exporter.Proxies {
	if p == nil {
		return nil
	}
	stats := p.proxy.Stats()
	out := &exporter.Proxies{Started: p.started, LogDropped: stats.LogDropped}
	if len(p.egress) > 0 {
		out.Egress = p.notices.ended.published()
	}
	upstreams := p.upstreamsOf()
	for _, l := range append(stats.Listeners, stats.Leaving...) {
		if slices.ContainsFunc(out.Listeners, func(known exporter.ProxyListener) bool { return known.Name == l.Name }) {
			continue // an older one of the same name, which is leaving
		}
		out.Listeners = append(out.Listeners, publishedListener(&l, upstreams[l.Name]))
	}
	servers := make(map[[2]string]balance.ServerStats)
	for _, pool := range stats.Pools {
		out.Pools = append(out.Pools, exporter.ProxyPool{
			Name: pool.Name, Panic: pool.Panic, LogAge: pool.LogAge, Listeners: p.listenersOf(pool.Name),
		})
		for _, server := range pool.Servers {
			servers[[2]string{pool.Name, server.Server.Name()}] = server
		}
	}
	for _, s := range stats.Servers {
		out.Servers = append(out.Servers, publishedServer(&s, servers[[2]string{s.Pool, s.Server}]))
	}
	return out
}

// upstreamsOf returns the servers of the pool that each listener has.
func (p *proxying) upstreamsOf() map[string][]string {
	conf, byPool, byListener := p.settings(), make(map[string][]string), make(map[string][]string)
	for _, pool := range conf.Proxy.Pools {
		for _, server := range pool.Servers {
			byPool[pool.Name] = append(byPool[pool.Name], cmp.Or(server.Name, server.Address))
		}
	}
	for _, l := range conf.Proxy.Listeners {
		byListener[cmp.Or(l.Name, l.Address)] = byPool[l.Pool]
	}
	return byListener
}

// reached reports whether connections that ended for a reason mostly had reached a
// server.
func reached(r proxy.Reason) bool { return r.Status() == 200 || r == proxy.Failed }

// publishedListener returns what is published of a listener; series of the servers
// that it may use, and of none, begin at 0.
func publishedListener(l *proxy.ListenerStats, upstreams []string) exporter.ProxyListener {
	out := exporter.ProxyListener{
		Name: l.Name, Received: l.Received, Sent: l.Sent, Waiting: l.Waiting,
		AcceptErrors: l.AcceptErrors, Shed: l.Shed, Denied: make(map[string]int64),
	}
	for _, rule := range proxy.Rules() {
		out.Denied[rule.String()] = l.Denied[rule]
	}
	byServer := make(map[string]*exporter.ProxyConnections) // pools that a listener had before may have servers of the same name
	of := func(server string) *exporter.ProxyConnections {
		if byServer[server] == nil {
			byServer[server] = &exporter.ProxyConnections{Upstream: server, Ended: make(map[string]int64)}
		}
		return byServer[server]
	}
	for _, server := range append([]string{""}, upstreams...) {
		for _, reason := range proxy.Reasons() {
			if reached(reason) == (server != "") {
				of(server).Ended[reason.String()] = 0
			}
		}
	}
	for _, pair := range l.Pairs {
		c := of(pair.Server)
		c.Active += pair.Active
		for reason, n := range pair.Closed {
			c.Ended[reason.String()] += n
		}
	}
	for _, server := range slices.Sorted(maps.Keys(byServer)) {
		out.Connections = append(out.Connections, *byServer[server])
	}
	return out
}

func publishedServer(s *proxy.ServerStats, b balance.ServerStats) exporter.ProxyServer {
	return exporter.ProxyServer{
		Pool: s.Pool, Name: s.Server, Dialed: exporter.Durations(s.Dialed), FirstByte: exporter.Durations(s.FirstByte),
		Failed: s.Failed, Local: s.Local, NoPort: s.NoPort,
		Weight: b.Weight, Effective: b.EffectiveWeight, Advised: b.AdvisedWeight,
		Ejected: b.Health == balance.Ejected || b.Health == balance.HalfOpen, Down: b.Health == balance.Down,
		Ejections: b.Ejections, InFlight: b.InFlight, Latency: b.Latency, Own: b.Own, Silence: b.Silence,
		LogRelative: b.Log, OwnErrors: b.OwnErrors, LogErrors: b.LogErrors, SlowStart: b.SlowStart, Cost: b.Cost,
	}
}
