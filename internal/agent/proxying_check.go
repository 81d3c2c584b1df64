package agent

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// CheckedProxies is what a configuration says of the proxies, in words.
type CheckedProxies struct {
	Listeners  []CheckedListener
	Pools      []CheckedPool
	Egress     []CheckedEgress
	AgentCheck string // "" is none
	AccessLog  string // "" is none

	// Warnings are what is allowed, and may not be meant.
	Warnings []string
}

// CheckedListener is a place where connections come in.
type CheckedListener struct {
	Name, Address, Pool string
	From                string // who may connect
	Served              int    // connections at once; 0 is no limit
	Waiting             int
}

// CheckedPool is a pool of servers.
type CheckedPool struct {
	Name, Policy string
	Logs         bool   // what they say counts
	Checks       string // active ones
	Servers      []CheckedServer
}

// CheckedServer is a server of a pool.
type CheckedServer struct {
	Name, Address string
	Weight        int
	Share         float64 // of new connections while all servers are the same; negative where a policy does not say
	Variant       string
}

// CheckedEgress is a listener whose requests name their destinations.
type CheckedEgress struct {
	Address, From string
	To            []string
	Ports         []uint16
}

// CheckProxies says what a configuration, which is right, means.
func CheckProxies(conf *config.Config) *CheckedProxies {
	proxies := &conf.Proxies
	c := &CheckedProxies{AgentCheck: proxies.AgentCheck, AccessLog: proxies.AccessLog}
	for i := range proxies.Proxy.Listeners {
		l := &proxies.Proxy.Listeners[i]
		c.Listeners = append(c.Listeners, CheckedListener{
			Name: listenerName(l), Address: l.Address, Pool: l.Pool, From: openTo(l),
			Served: l.Queue.Connections, Waiting: l.Queue.Length,
		})
	}
	for i := range proxies.Proxy.Pools {
		pool := &proxies.Proxy.Pools[i]
		c.Pools = append(c.Pools, CheckedPool{
			Name: pool.Name, Policy: policyOf(pool), Logs: !proxies.NoFeedback[pool.Name],
			Checks: checksOf(pool.Name, proxies.Proxy.Health), Servers: checkedServers(pool),
		})
	}
	for i := range proxies.Egress {
		e := &proxies.Egress[i]
		one := CheckedEgress{Address: e.Address, From: "127.0.0.0/8, ::1", To: e.Hosts, Ports: e.Ports}
		if len(e.From) > 0 {
			one.From = prefixList(e.From)
		}
		for _, network := range e.Networks {
			one.To = append(one.To[:len(one.To):len(one.To)], prefixList([]netip.Prefix{network}))
		}
		if len(one.Ports) == 0 {
			one.Ports = []uint16{80, 443}
		}
		c.Egress = append(c.Egress, one)
	}
	c.Warnings = proxyWarnings(conf)
	return c
}

func listenerName(l *proxy.ListenerConfig) string { return cmp.Or(l.Name, l.Address) }

func policyOf(pool *balance.Config) string { return cmp.Or(pool.Policy, balance.DefaultPolicy) }

// openTo says who may connect to a listener.
func openTo(l *proxy.ListenerConfig) string {
	from := "everybody"
	switch {
	case len(l.Gate.Allow) > 0:
		from = prefixList(l.Gate.Allow)
	case strings.HasPrefix(l.Address, "unix:"):
		from = "who may open the socket"
	case isLoopback(l.Address):
		from = "this machine"
	}
	if len(l.Gate.Deny) > 0 {
		from += " but " + prefixList(l.Gate.Deny)
	}
	return from
}

func prefixList(prefixes []netip.Prefix) string {
	var texts []string
	for _, prefix := range prefixes {
		text := prefix.String()
		if prefix.IsSingleIP() {
			text = prefix.Addr().String()
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// isLoopback reports whether an address of a configuration can be reached from
// this machine alone.
func isLoopback(address string) bool {
	if strings.HasPrefix(address, "unix:") {
		return true
	}
	host, _, _ := strings.Cut(address, "]")
	host = strings.TrimPrefix(host, "[")
	if !strings.HasPrefix(address, "[") {
		host, _, _ = strings.Cut(address, ":")
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// checksOf says how servers of a pool are checked actively.
func checksOf(pool string, checks []proxy.HealthConfig) string {
	for _, check := range checks {
		if check.Pool != pool {
			continue
		}
		how := "by connecting"
		if check.Path != "" {
			how = "by HTTP, " + check.Path
		}
		return how + ", every " + shortTime(cmp.Or(check.Interval, 5*time.Second))
	}
	return "none"
}

// shortTime writes 1m0s as 1m.
func shortTime(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func checkedServers(pool *balance.Config) (servers []CheckedServer) {
	uniform := policyOf(pool) == "random" || policyOf(pool) == "round_robin"
	total := 0
	weights := make([]int, len(pool.Servers))
	for i, s := range pool.Servers {
		if weights[i] = cmp.Or(s.Weight, 1); s.Disabled {
			weights[i] = 0
		}
		total += weights[i]
		if uniform {
			total += min(weights[i], 1) - weights[i]
		}
	}
	for i, s := range pool.Servers {
		one := CheckedServer{Name: cmp.Or(s.Name, s.Address), Address: s.Address, Weight: weights[i], Share: -1, Variant: s.Variant}
		part := weights[i]
		if uniform {
			part = min(part, 1)
		}
		if pool.Split == nil {
			one.Share = float64(part) / float64(max(total, 1))
		}
		servers = append(servers, one)
	}
	return servers
}
