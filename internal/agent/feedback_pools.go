package agent

import (
	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/config"
)

// mostFedNames bounds the names that are held for pools: what nginx itself passes
// requests to has as many.
const mostFedNames = aggregator.MaxServers / 2

// fedNames are the names that logs may have for servers of pools that what they
// say counts for. They hold a slot, whatever else comes first.
func fedNames(conf *config.Config) []string {
	var names []string
	for _, pool := range conf.Proxies.Proxy.Pools {
		if conf.Proxies.NoFeedback[pool.Name] {
			continue
		}
		for _, server := range pool.Servers {
			for _, name := range []string{server.Name, server.Address} {
				if name != "" {
					names = append(names, name)
				}
			}
		}
	}
	names = unique(names)
	return names[:min(len(names), mostFedNames)]
}

// fed returns the pools that what logs say counts for.
func (p *proxying) fed() (pools []fedPool) {
	conf := p.settings()
	for _, pool := range conf.Proxy.Pools {
		b := p.proxy.Pool(pool.Name)
		if b == nil || conf.NoFeedback[pool.Name] {
			continue
		}
		one := fedPool{name: pool.Name}
		for _, s := range b.Servers() {
			one.servers = append(one.servers, fedServer{s.Name(), s.Address()})
		}
		pools = append(pools, one)
	}
	return pools
}
