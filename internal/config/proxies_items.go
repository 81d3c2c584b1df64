package config

import (
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
	return &scope{config: s.config, listener: &l}, func(r *reader, path string, node ast.Node, _ bool) {
		if isMapping(node) && !r.has(path+".address") {
			r.note(node, path, "has no address, want host:port or unix:/path")
		}
		if isMapping(node) && !r.has(path+".pool") {
			r.note(node, path, "has no pool, want the name of one")
		}
		listeners := &s.config.Proxies.Proxy.Listeners
		*listeners = append(*listeners, l)
	}
}

func beginPool(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	pool := &poolItem{}
	return &scope{config: s.config, pool: pool}, func(r *reader, path string, node ast.Node, _ bool) {
		if isMapping(node) {
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
	if pool.config.Name == "" && !r.has(path+".name") {
		r.note(node, path, "has no name")
	}
	switch check := pool.check; {
	case check == nil:
	case pool.checkType == "http" && check.Path == "" && !r.has(path+".health.check.path"):
		r.note(r.at(path+".health.check"), path+".health.check", "asks by http for no path, want one such as /healthz")
	case pool.checkType != "http" && (check.Path != "" || check.Host != "" || check.Status != 0):
		r.note(r.at(path+".health.check"), path+".health.check", "has a path, a host or a status, which type: http alone uses")
	}
}

func beginServer(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	server := balance.ServerConfig{}
	return &scope{config: s.config, pool: s.pool, server: &server}, func(r *reader, path string, node ast.Node, _ bool) {
		if isMapping(node) && !r.has(path+".address") {
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
	return &scope{config: s.config, egress: &e}, func(r *reader, path string, node ast.Node, _ bool) {
		if isMapping(node) && !r.has(path+".address") {
			r.note(node, path, "has no address, want host:port")
		}
		r.noteEach(path+".hosts", e.Check(), "")
		s.config.Proxies.Egress = append(s.config.Proxies.Egress, e)
	}
}
