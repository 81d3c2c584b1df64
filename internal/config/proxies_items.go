package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// poolItem is a pool that is being read.
type poolItem struct {
	config    balance.Config
	feedback  bool
	check     *proxy.HealthConfig // nil: none
	checkType string
}

// checkConfig returns the pool's active check, which there is from now on.
func (p *poolItem) checkConfig() *proxy.HealthConfig {
	if p.check == nil {
		p.check = &proxy.HealthConfig{}
	}
	return p.check
}

func beginListener(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	l := proxy.ListenerConfig{}
	return &scope{config: s.config, listener: &l}, func(r *reader, path string, node ast.Node, clean bool) {
		if clean && l.Address == "" {
			r.note(node, path, "has no address, want host:port or unix:/path")
		}
		if clean && l.Pool == "" {
			r.note(node, path, "has no pool, want the name of one")
		}
		listeners := &s.config.Proxies.Proxy.Listeners
		*listeners = append(*listeners, l)
	}
}

func beginPool(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	pool := &poolItem{}
	return &scope{config: s.config, pool: pool}, func(r *reader, path string, node ast.Node, clean bool) {
		if clean {
			r.checkPool(path, node, pool)
		}
		proxies := &s.config.Proxies
		name := pool.config.Name
		proxies.Proxy.Pools = append(proxies.Proxy.Pools, pool.config)
		if pool.check != nil {
			pool.check.Pool = name
			proxies.Proxy.Health = append(proxies.Proxy.Health, *pool.check)
		}
		if !pool.feedback {
			if proxies.NoFeedback == nil {
				proxies.NoFeedback = make(map[string]bool)
			}
			proxies.NoFeedback[name] = true
		}
	}
}

func (r *reader) checkPool(path string, node ast.Node, pool *poolItem) {
	if pool.config.Name == "" {
		r.note(node, path, "has no name")
	} else if _, err := balance.New(pool.config); err != nil {
		r.note(node, path, "%v", err)
	}
	switch check := pool.check; {
	case check == nil:
	case pool.checkType == "http" && check.Path == "":
		r.note(node, path+".health.check", "asks by http for no path, want one such as /healthz")
	case pool.checkType != "http" && (check.Path != "" || check.Host != "" || check.Status != 0):
		r.note(node, path+".health.check", "has a path, a host or a status, which type: http alone uses")
	}
}

func beginServer(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	server := balance.ServerConfig{}
	return &scope{config: s.config, pool: s.pool, server: &server}, func(r *reader, path string, node ast.Node, clean bool) {
		if clean && server.Address == "" {
			r.note(node, path, "has no address, want host:port or unix:/path")
		}
		s.pool.config.Servers = append(s.pool.config.Servers, server)
	}
}

func plainServer(s *scope, v string) string {
	if problem := checkServerAddress(v); problem != "" {
		return problem
	}
	s.pool.config.Servers = append(s.pool.config.Servers, balance.ServerConfig{Address: v})
	return ""
}

func beginEgress(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	e := egress.Config{}
	return &scope{config: s.config, egress: &e}, func(r *reader, path string, node ast.Node, clean bool) {
		switch {
		case clean && e.Address == "":
			r.note(node, path, "has no address, want host:port")
		case clean:
			if err := e.Check(); err != nil {
				r.note(node, path, "%v", err)
			}
		}
		s.config.Proxies.Egress = append(s.config.Proxies.Egress, e)
	}
}

// checkTogether says what is wrong with the proxies as a whole.
func (r *reader) checkTogether(root ast.Node, config *Config) {
	proxies := &config.Proxies
	if err := proxies.Proxy.Check(); err != nil {
		for line := range strings.Lines(err.Error()) {
			r.note(root, "proxies", "%s", strings.TrimPrefix(strings.TrimSpace(line), "cannot use the proxy's configuration: "))
		}
	}
	addresses := map[string]string{config.Metrics.Listen: "metrics.listen"}
	use := func(address, by string) {
		if address == "" || address == "none" || strings.HasSuffix(address, ":0") {
			return
		}
		if known, taken := addresses[address]; taken {
			r.note(root, by, "%s is the address of %s too", quoted(address), known)
		}
		addresses[address] = by
	}
	use(config.Admin.Listen, "admin.listen")
	for i, l := range proxies.Proxy.Listeners {
		use(l.Address, fmt.Sprintf("proxies.listeners[%d].address", i))
	}
	for i, e := range proxies.Egress {
		use(e.Address, fmt.Sprintf("proxies.egress[%d].address", i))
	}
	use(proxies.AgentCheck, "proxies.agent_check")
	r.checkLogsTogether(root, config)
}

// checkLogsTogether says which logs are there twice.
func (r *reader) checkLogsTogether(root ast.Node, config *Config) {
	seen := map[string]int{}
	for i, log := range config.Logs {
		name := log.Path + log.Syslog
		if first, twice := seen[name]; twice {
			r.note(root, fmt.Sprintf("logs[%d]", i), "%s is what logs[%d] reads too", quoted(name), first)
			continue
		}
		seen[name] = i
	}
}
