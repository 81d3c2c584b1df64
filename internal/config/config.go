package config

import (
	"time"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// HostFile is where the systemd unit looks for the configuration. The agent runs
// without any file too.
const HostFile = "/etc/splitgauge.yaml"

// Config is the configuration of the agent. The YAML keys are the fields' names
// in snake case.
type Config struct {
	Nginx   Nginx
	Logs    []Log  // none: those of nginx's configuration
	Split   string // a split_clients block, instead of those of nginx's configuration
	Variant string // the variable that holds the variant, without "$"
	Hosts   bool   // also by $host
	State   State
	Metrics Metrics
	Admin   Admin
	Reading Reading
	Proxies Proxies

	Experiments Experiments
}

// Nginx is where nginx's own configuration is.
type Nginx struct {
	Config  string // file; "" is /etc/nginx/nginx.conf if that is there, "none" is none
	Version string // for the boundary rule of its splits; "" is the newest
}

// Log is a log to read: one of Path and Syslog is set.
type Log struct {
	Path    string            // a file or a glob
	Syslog  string            // "unix:/path" or "udp:127.0.0.1:5140"
	Format  string            // auto, combined, common, json or a log_format's text; default auto
	Escape  string            // default, json or none; default "default"
	JSONMap map[string]string // JSON keys by variable

	// Node is the server of a proxy's pool that has served all of its requests.
	Node string
	// UpstreamName is a variable that names the last upstream of a request, where
	// $upstream_addr does not; without "$".
	UpstreamName string
}

// Experiments is how the variants of splits are compared.
type Experiments struct {
	Margin  float64       // ratio from which on a difference would be harm; 0 is none
	Metrics []string      // that carry a verdict, the one that decides first; none: the usual ones
	Control *string       // the variant that others are compared with; nil: that of the largest share
	Slow    time.Duration // a request that takes longer is slow; default 1s
}

// State is where the agent keeps what it knows.
type State struct {
	Directory string        // default $STATE_DIRECTORY, else /var/lib/splitgauge
	Interval  time.Duration // default 5s
}

// Metrics is the listener for Prometheus.
type Metrics struct {
	Listen    string // default 127.0.0.1:9917; may be any address of this host
	WebConfig string // file of the Prometheus exporter toolkit: TLS and passwords
}

// Admin is the listener for the operator.
type Admin struct {
	Listen string // "127.0.0.1:9918" by default, or another loopback address, "unix:/path", or "none"
}

// Reading is how logs are followed.
type Reading struct {
	FromBeginning bool          // of logs that were never read before; default their end
	Poll          time.Duration // default 100ms
	Grace         time.Duration // default 1s
	Linger        time.Duration // default 10m
	MaxLine       int           // bytes; default 1 MiB
}

// Proxies are the TCP proxies, and what belongs to them.
type Proxies struct {
	// Proxy is the configuration of package proxy, but for what is opened:
	// AccessLog is nil, and so are the listeners' sockets.
	Proxy proxy.Config

	AccessLog  string          // file that a line of JSON is written to for each connection; "" is none
	NoFeedback map[string]bool // pools that what logs say does not count for
	Egress     []egress.Config
	AgentCheck string // host:port for HAProxy's agent-check; "" is none
}

// Any reports whether there is something to run.
func (p *Proxies) Any() bool { return len(p.Proxy.Listeners) > 0 || len(p.Egress) > 0 }
