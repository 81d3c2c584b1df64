package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// checkTogether says what is wrong with values that are each right. Those that are
// wrong already have been left out.
func (r *reader) checkTogether(config *Config) {
	r.checkExperiments(config)
	r.checkLogsTogether(config.Logs)
	proxies := &config.Proxies.Proxy
	r.checkPools(proxies.Pools)
	r.checkListeners(proxies)
	r.checkAddresses(config)
	if len(r.problems) == 0 {
		r.noteEach("proxies", proxies.Check(), "cannot use the proxy's configuration: ") // there should be nothing left
	}
}

// has reports whether there is a value of a path, right or not.
func (r *reader) has(path string) bool {
	_, ok := r.places[path]
	return ok
}

// at returns the value of a path, else of the nearest one around it.
func (r *reader) at(path string) ast.Node {
	for path != "" {
		if node, ok := r.places[path]; ok {
			return node
		}
		path = path[:max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['), 0)]
	}
	return nil
}

// noteAt notes what is wrong with the value of a path.
func (r *reader) noteAt(path, format string, arguments ...any) {
	r.note(r.at(path), path, format, arguments...)
}

// noteEach notes every line of an error, without what it begins with.
func (r *reader) noteEach(path string, err error, without string) {
	if err == nil {
		return
	}
	for line := range strings.Lines(strings.TrimPrefix(err.Error(), without)) {
		r.noteAt(path, "%s", strings.TrimSuffix(line, "\n"))
	}
}

// isMapping reports whether a node has keys.
func isMapping(node ast.Node) bool {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// names are which path has which name, to find those that are there twice.
type names map[string]string

// take notes at path that its name is that of another one.
func (n names) take(r *reader, path, name string) {
	first, twice := n[name]
	switch {
	case name == "":
	case twice:
		r.noteAt(path, "%s is %s too, want another", quoted(name), first)
	default:
		n[name] = path
	}
}

// checkLogsTogether says which logs are there twice.
func (r *reader) checkLogsTogether(logs []Log) {
	known := names{}
	for i, log := range logs {
		if log.Path == "" || log.Syslog == "" {
			known.take(r, fmt.Sprintf("logs[%d]", i), log.Path+log.Syslog)
		}
	}
}

func (r *reader) checkPools(pools []balance.Config) {
	known := names{}
	weight := 0
	for i := range pools {
		pool, path := &pools[i], fmt.Sprintf("proxies.pools[%d]", i)
		known.take(r, path+".name", pool.Name)
		before := len(r.problems)
		if !r.has(path + ".servers") {
			r.noteAt(path, "has no servers, want one or more")
		}
		r.checkServers(path, pool)
		if pool.Policy == "consistent_hash" {
			weight += weightOf(pool)
		}
		switch {
		case weight > balance.MaxHashWeight:
			r.noteAt(path, "the weights of the policy consistent_hash add up to %d by here, want at most %d", weight, balance.MaxHashWeight)
		case len(r.problems) == before && !r.wrongWithin(path):
			checked := *pool
			if pool.Policy == "consistent_hash" {
				checked.Policy = "rendezvous_hash" // the same but for the weights, and does not lay out a circle
			}
			_, err := balance.New(checked)
			r.noteEach(path, err, fmt.Sprintf("cannot balance the pool %q: ", pool.Name))
		}
	}
}

// wrongWithin reports whether something is wrong with a part of a value.
func (r *reader) wrongWithin(path string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool {
		rest, ok := strings.CutPrefix(p.Key, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func weightOf(pool *balance.Config) (sum int) {
	for _, s := range pool.Servers {
		if !s.Disabled {
			sum += cmp.Or(s.Weight, 1)
		}
	}
	return sum
}

// splitPolicy is the policy that has keys of its own.
const splitPolicy = "split_clients"

func (r *reader) checkServers(path string, pool *balance.Config) {
	split := pool.Policy == splitPolicy
	switch {
	case split && !r.has(path+".split"):
		r.noteAt(path+".policy", "%s needs a split, a split_clients block", splitPolicy)
	case !split && pool.Split != nil:
		r.noteAt(path+".split", "only the policy %s uses a split", splitPolicy)
	}
	known := names{}
	for i, s := range pool.Servers {
		at := fmt.Sprintf("%s.servers[%d]", path, i)
		if s.Name != "" {
			known.take(r, at+".name", s.Name)
		} else {
			known.take(r, at, s.Address)
		}
		if s.Variant != "" && !split {
			r.noteAt(at+".variant", "only the policy %s uses variants", splitPolicy)
		}
	}
}

func (r *reader) checkListeners(proxies *proxy.Config) {
	var pools []string
	for _, pool := range proxies.Pools {
		if !slices.Contains(pools, pool.Name) {
			pools = append(pools, pool.Name)
		}
	}
	known := names{}
	for i := range proxies.Listeners {
		l, path := &proxies.Listeners[i], fmt.Sprintf("proxies.listeners[%d]", i)
		known.take(r, path+".name", l.Name)
		if l.Pool != "" && !slices.Contains(pools, l.Pool) && !slices.Contains(pools, "") {
			r.noteAt(path+".pool", "%s is no pool%s, want %s", quoted(l.Pool), nearest(l.Pool, pools), orPools(pools))
		}
		if r.has(path+".mark.header") && !l.ClientFirst && !r.wrongWithin(path+".client_first") {
			r.noteAt(path+".mark.header", "needs client_first: true, since only then requests are looked at")
		}
		if r.has(path+".mark.header") && !r.has(path+".mark.header_from") {
			r.noteAt(path+".mark.header", "needs header_from, the networks whose header counts")
		}
		if l.Queue.Length > 0 && !r.has(path+".queue.connections") {
			r.noteAt(path+".queue.length", "needs connections, the limit that is waited for")
		}
		for _, prefix := range l.Gate.Allow {
			if slices.ContainsFunc(l.Gate.Deny, func(other netip.Prefix) bool { return other == prefix }) {
				r.noteAt(path+".gate.deny", "%v is in allow, too", prefix)
			}
		}
	}
}

// orPools lists pools as a choice.
func orPools(pools []string) string {
	if len(pools) == 0 {
		return "the name of one of proxies.pools, which there is not"
	}
	texts := make([]string, 0, mostListed)
	for _, pool := range pools[:min(len(pools), mostListed)] {
		texts = append(texts, quoted(pool))
	}
	return listed(texts)
}

// mostListed is how many names a problem lists.
const mostListed = 12

// checkAddresses says which addresses are listened on twice.
func (r *reader) checkAddresses(config *Config) {
	known := names{}
	use := func(path, address string) {
		if address != "none" && !strings.HasSuffix(address, ":0") {
			known.take(r, path, address)
		}
	}
	use("metrics.listen", config.Metrics.Listen)
	use("admin.listen", config.Admin.Listen)
	for i, l := range config.Proxies.Proxy.Listeners {
		use(fmt.Sprintf("proxies.listeners[%d].address", i), l.Address)
	}
	for i, e := range config.Proxies.Egress {
		use(fmt.Sprintf("proxies.egress[%d].address", i), e.Address)
	}
	use("proxies.agent_check", config.Proxies.AgentCheck)
}
