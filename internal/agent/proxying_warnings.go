package agent

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// proxyWarnings returns what is allowed in a configuration, and may not be meant.
func proxyWarnings(conf *config.Config) (warnings []string) {
	warn := func(format string, arguments ...any) { warnings = append(warnings, fmt.Sprintf(format, arguments...)) }
	proxies := &conf.Proxies
	for i := range proxies.Proxy.Listeners {
		warnListener(&proxies.Proxy.Listeners[i], proxies.Proxy.Pools, warn)
	}
	for i := range proxies.Proxy.Pools {
		warnPool(&proxies.Proxy.Pools[i], proxies.Proxy.Listeners, warn)
	}
	for i := range proxies.Egress {
		warnEgress(&proxies.Egress[i], warn)
	}
	if at := proxies.AgentCheck; at != "" && !isLoopback(at) {
		warn("agent_check %q can be reached from other machines: whoever asks is told the weights of all pools", at)
	}
	if directory := filepath.Dir(proxies.AccessLog); proxies.AccessLog != "" {
		if info, err := os.Stat(directory); err != nil || !info.IsDir() {
			warn("access_log %q: there is no directory %q, or it cannot be looked at", proxies.AccessLog, directory)
		}
	}
	warnConnections(proxies.Proxy.Connections, warn)
	warnNodes(conf, warn)
	return warnings
}

type warner func(format string, arguments ...any)

func warnListener(l *proxy.ListenerConfig, pools []balance.Config, warn warner) {
	name := listenerName(l)
	if !isLoopback(l.Address) && len(l.Gate.Allow) == 0 {
		warn("listener %q: %q can be reached from other machines, and its gate lets everybody in; name networks in gate.allow, or listen on 127.0.0.1", name, l.Address)
	}
	if slices.ContainsFunc(l.AcceptProxy, everybody) {
		warn("listener %q: accept_proxy takes the word of everybody for which client a connection is of; name the balancers in front", name)
	}
	if l.Mark.Header != "" && slices.ContainsFunc(l.Mark.HeaderFrom, everybody) {
		warn("listener %q: mark.header_from lets everybody choose a server by the header %q, drained ones too", name, l.Mark.Header)
	}
	at := slices.IndexFunc(pools, func(p balance.Config) bool { return p.Name == l.Pool })
	if at < 0 {
		return
	}
	for _, server := range sortedValues(l.Mark.Sources) {
		if !hasServer(&pools[at], server) {
			warn("listener %q: mark.sources names the server %q, which the pool %q does not have; its connections are refused", name, server, l.Pool)
		}
	}
}

func sortedValues(marks map[netip.Prefix]string) (servers []string) {
	for _, server := range marks {
		servers = append(servers, server)
	}
	slices.Sort(servers)
	return slices.Compact(servers)
}

func hasServer(pool *balance.Config, name string) bool {
	return slices.ContainsFunc(pool.Servers, func(s balance.ServerConfig) bool { return cmp.Or(s.Name, s.Address) == name })
}

// everybody reports whether a network is half of all addresses or more.
func everybody(prefix netip.Prefix) bool { return prefix.Bits() <= 1 }

// compares reports whether a policy chooses between two candidates or more.
func compares(policy string) bool {
	return policy == "measured" || policy == "two_random_choices" || policy == "least_connections"
}

func warnPool(pool *balance.Config, listeners []proxy.ListenerConfig, warn warner) {
	if !slices.ContainsFunc(listeners, func(l proxy.ListenerConfig) bool { return l.Pool == pool.Name }) {
		warn("pool %q: no listener uses it", pool.Name)
	}
	usable := 0
	for _, s := range pool.Servers {
		if !s.Disabled {
			usable++
		}
	}
	switch policy := policyOf(pool); {
	case usable == 0:
		warn("pool %q: every server has weight 0; only marked connections are served", pool.Name)
	case usable == 1 && compares(policy):
		warn("pool %q: %s has one server to choose from, and none to turn to when it fails", pool.Name, policy)
	}
}

func warnEgress(e *egress.Config, warn warner) {
	for _, network := range e.Networks {
		if what := innerNetwork(network); what != "" {
			warn("egress %q: networks has %s, %s: who may use it reaches what strangers are not meant to", e.Address, prefixList([]netip.Prefix{network}), what)
		}
	}
	if slices.ContainsFunc(e.From, everybody) && !isLoopback(e.Address) {
		warn("egress %q: from lets everybody use it, from any machine", e.Address)
	}
	if len(e.Hosts) == 0 && len(e.Networks) == 0 {
		warn("egress %q: neither hosts nor networks: every request is refused", e.Address)
	}
}

// innerNetwork says what a network has that is not for strangers; "" where there
// is nothing.
func innerNetwork(network netip.Prefix) string {
	for _, inner := range [...]struct{ prefix, what string }{
		{"127.0.0.0/8", "this machine"}, {"::1/128", "this machine"},
		{"169.254.0.0/16", "link-local addresses, where clouds keep credentials"}, {"fe80::/10", "link-local addresses"},
		{"10.0.0.0/8", "private addresses"}, {"172.16.0.0/12", "private addresses"}, {"192.168.0.0/16", "private addresses"},
		{"100.64.0.0/10", "shared addresses"}, {"fc00::/7", "private addresses"},
	} {
		if netip.MustParsePrefix(inner.prefix).Overlaps(network) {
			return inner.what
		}
	}
	return ""
}

// descriptorsEach is how many descriptors a connection takes: the client's and
// the server's.
const descriptorsEach = 2

// warnConnections compares a limit with what this process may open.
func warnConnections(connections int, warn warner) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || connections == 0 {
		return
	}
	if need := uint64(connections) * descriptorsEach; need > limit.Cur {
		warn("connections: %d take %d descriptors, and a process may have %d; raise LimitNOFILE or lower it", connections, need, limit.Cur)
	}
}

// warnNodes looks for logs that are said to be of a server that there is not.
func warnNodes(conf *config.Config, warn warner) {
	for i, log := range conf.Logs {
		known := slices.ContainsFunc(conf.Proxies.Proxy.Pools, func(p balance.Config) bool { return hasServer(&p, log.Node) })
		if log.Node != "" && !known {
			warn("logs[%d]: node %q is a server of no pool: what the log says counts for none", i, log.Node)
		}
	}
}
