package config

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// TestParseProxies reads proxies, each kind of value once.
func TestParseProxies(t *testing.T) {
	const text = `
logs: [{path: a.log, node: app1}, {path: b.log, upstream_name: $Upstream_HTTP_X_Backend}]
proxies:
  connections: 500
  drain_time: 0s
  access_log: /tmp/proxy.log
  listeners:
    - address: 127.0.0.1:8080
      pool: app
      client_first: true
      accept_proxy: [10.0.0.0/8, "2001:db8::1"]
      send_proxy: 2
      splice_after: 1MiB
      gate: {deny: 192.0.2.66, rate: 2.5, ipv6_bits: 56}
      queue: {connections: 10, length: 5, timeout: 100ms}
      timeouts: {idle: 1m, jitter: 0.5}
      dial: {tries: 2, sources: [127.0.0.2]}
      mark: {header: X-Upstream, header_from: [127.0.0.0/8], sources: {192.0.2.7: app1}}
    - {name: plain, address: "unix:/run/p.sock", pool: other}
  pools:
    - name: app
      policy: least_connections
      servers:
        - {name: app1, address: "10.0.0.1:80", weight: 3, capacity: 7}
        - 10.0.0.2:80
        - {address: "unix:/run/a.sock", weight: 0}
      health: {ejection_time: 10s, check: {type: http, path: /healthz, status: 204}}
      feedback: false
    - {name: other, servers: ["localhost:81"]}
  egress:
    - {address: "127.0.0.1:3128", hosts: ["*.example.com"], networks: [10.0.0.0/8], ports: [443, 8443], body: 1KiB}
  agent_check: 127.0.0.1:9919
`
	got, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	prefix := netip.MustParsePrefix
	want := Proxies{
		Proxy: proxy.Config{
			Connections: 500, DrainTime: -1,
			Listeners: []proxy.ListenerConfig{{
				Address: "127.0.0.1:8080", Pool: "app", ClientFirst: true, SendProxy: 2, SpliceAfter: 1 << 20,
				AcceptProxy: []netip.Prefix{prefix("10.0.0.0/8"), prefix("2001:db8::1/128")},
				Gate:        proxy.GateConfig{Deny: []netip.Prefix{prefix("192.0.2.66/32")}, Rate: 2.5, IPv6Bits: 56},
				Queue:       proxy.QueueConfig{Connections: 10, Length: 5, Timeout: 100 * time.Millisecond},
				Timeouts:    proxy.Timeouts{Idle: time.Minute, Jitter: 0.5},
				Dial:        proxy.DialConfig{Tries: 2, Sources: []netip.Addr{netip.MustParseAddr("127.0.0.2")}},
				Mark: proxy.MarkConfig{Header: "X-Upstream", HeaderFrom: []netip.Prefix{prefix("127.0.0.0/8")},
					Sources: map[netip.Prefix]string{prefix("192.0.2.7/32"): "app1"}},
			}, {Name: "plain", Address: "unix:/run/p.sock", Pool: "other"}},
			Pools: []balance.Config{{
				Name: "app", Policy: "least_connections", Health: balance.Health{EjectionTime: 10 * time.Second},
				Servers: []balance.ServerConfig{
					{Name: "app1", Address: "10.0.0.1:80", Weight: 3, Capacity: 7}, {Address: "10.0.0.2:80"},
					{Address: "unix:/run/a.sock", Disabled: true}},
			}, {Name: "other", Policy: "measured", Servers: []balance.ServerConfig{{Address: "localhost:81"}}}},
			Health: []proxy.HealthConfig{{Pool: "app", Path: "/healthz", Status: 204}},
		},
		AccessLog:  "/tmp/proxy.log",
		NoFeedback: map[string]bool{"app": true},
		Egress: []egress.Config{{Address: "127.0.0.1:3128", Hosts: []string{"*.example.com"}, Networks: []netip.Prefix{prefix("10.0.0.0/8")},
			Ports: []uint16{443, 8443}, Body: 1 << 10}},
		AgentCheck: "127.0.0.1:9919",
	}
	if !reflect.DeepEqual(got.Proxies, want) {
		t.Errorf("got  %+v\nwant %+v", got.Proxies, want)
	}
	if got.Logs[0].Node != "app1" || got.Logs[1].UpstreamName != "upstream_http_x_backend" {
		t.Errorf("logs %+v", got.Logs)
	}
}
