package balance

import (
	"math/rand/v2"
	"time"

	"github.com/splitgauge/splitgauge/splitclients"
)

// Bounds of a configuration.
const (
	MaxServers = 1024
	MaxWeight  = 65535

	// MaxHashWeight is the largest sum of weights for consistent_hash, which
	// lays out 160 points for each.
	MaxHashWeight = 65535
)

// Config is a pool of servers and how it is balanced.
type Config struct {
	Name    string // for errors; may be empty
	Policy  string // one of Policies; empty means DefaultPolicy
	Servers []ServerConfig
	Health  Health

	// Split is for the policy split_clients alone. Its key may be made of text
	// and $remote_addr.
	Split *splitclients.Split

	// Events are told of what changes; not kept track of otherwise.
	Events Events

	// Random is a seam for tests and simulations: the pool alone may use it.
	// nil means the runtime's source.
	Random *rand.Rand
}

// ServerConfig is one server of a pool. Name and Address together say which one
// it is: where both stay, Reconfigure keeps what is known of it.
type ServerConfig struct {
	Name    string // as logs and people call it; default its Address; unique
	Address string // host:port or unix:/path, as nginx writes it

	// Weight is its share of the traffic in relation to the others, up to
	// MaxWeight. 0 means 1, as everywhere; a server that shall get no traffic
	// but marked connections has Disabled.
	Weight   int
	Disabled bool // weight 0

	// Variant is for the policy split_clients alone: the value of the part
	// whose clients it serves; several servers may share one. A part whose
	// value no server has as its Variant is that of the server of this name.
	Variant string

	// Capacity is how many connections it can serve at once; 0 is unknown.
	// Where it is known of all, nothing is ejected that would leave the others
	// more than 85 % used. It limits nothing else.
	Capacity int
}

// Health says when a server is left out. Zero values mean the defaults, which
// are Envoy's unless said otherwise; negative values switch a rule off.
type Health struct {
	ConsecutiveFailures int           // 5: so many in a row eject
	SuccessDeviations   float64       // 1.9: so many standard deviations below the mean success ratio eject
	EjectionTime        time.Duration // 30 s, times how often it has been ejected
	MaxEjectionTime     time.Duration // 300 s
	MaxEjectedShare     float64       // 0.1 of the servers, but one of any two or more
	PanicThreshold      float64       // 0.5: with a smaller share healthy, health is ignored
	SlowStart           time.Duration // 30 s from a tenth to the whole weight

	Rise int // 2 good probes bring a server back (HAProxy)
	Fall int // 3 bad ones take it out (HAProxy)
}

// Events are told what becomes of servers. Each function may be nil. They are
// called without the pool's lock, by whichever goroutine brought the change
// about, so that they may use the pool and must not take long.
type Events struct {
	Ejected  func(server *Server, cause Cause, until time.Time)
	Withheld func(server *Server, cause Cause, brake Brake) // an ejection that did not happen
	Restored func(server *Server)                           // back after an ejection
	Probed   func(server *Server, up bool)                  // taken out or back by active checks
	Panic    func(on bool)
}
