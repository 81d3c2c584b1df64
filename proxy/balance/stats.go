package balance

import "time"

// Stats is the state of a pool at a moment.
type Stats struct {
	Policy   string
	Panic    bool          // health is being ignored
	Healthy  int           // servers that are neither ejected nor down
	Median   time.Duration // of the servers' own latencies; 0 if nothing is known
	LogAge   time.Duration // since the last summary; negative if there was none
	LogsUsed bool          // false: none yet, or expired
	Servers  []ServerStats // in the order of the configuration
}

// ServerStats is the state of a server, with every term of its cost.
type ServerStats struct {
	Server *Server
	Terms

	State    State
	Health   Condition
	Picked   uint64 // connections placed, since New
	Failures uint64 // of them failed for the server's fault
	Locals   uint64 // of them failed for ours

	ConsecutiveFailures int
	Ejections           int // ejected so often without a long time of health between
	EjectedUntil        time.Time
	Cause               Cause // of the last ejection
}

// Terms are what a server's cost for the policy measured is made of:
//
//	Cost = (InFlight/w + 1) × Latency × (1 + 10 × Errors)
//
// where w is EffectiveWeight in relation to the mean of the pool. With equal
// weights that is (in flight + 1) × latency × error penalty.
type Terms struct {
	Weight          int     // as configured or set
	EffectiveWeight float64 // Weight × SlowStart; 0 while it gets no traffic
	SlowStart       float64 // 0.1 to 1
	InFlight        int

	Own     time.Duration // peak EWMA of what its connections have shown; 0 unknown
	Silence time.Duration // for so long somebody has been waiting and nobody was answered
	Log     float64       // its latency in the logs, in relation to the pool's median; 1 if unknown
	Latency time.Duration // of all three: what Cost reckons with

	OwnErrors float64 // share of its connections that failed, of the last 10 s and of at least 20
	LogErrors float64 // share of its attempts in the logs that failed, the same way
	Errors    float64 // the larger

	Cost float64 // in seconds; +Inf while it gets no traffic

	// AdvisedWeight is the weight to give it in a balancer that knows only
	// weights: EffectiveWeight, less for latency and errors, never more and at
	// least a tenth.
	AdvisedWeight float64
}

// Condition is a server's health.
type Condition uint8

const (
	Up       Condition = iota
	Ejected            // for failures, until EjectedUntil
	HalfOpen           // its time is over; one connection will show
	Down               // by active checks
)

// Cause is what a server is ejected for.
type Cause uint8

const (
	NoCause             Cause = iota
	ConsecutiveFailures       // its connections failed, one after the other
	ConsecutiveErrors         // the logs say that all requests failed
	SuccessRatio              // it fails much more often than the others
	ByHand
)

// Brake is why a server was not ejected though there was a cause.
type Brake uint8

const (
	EnoughEjected Brake = iota // the share of ejected servers would be too large
	OthersTooBusy              // the others would be used to more than 85 %
	OnlyServer                 // there is no other
)

// Stats returns the state of the pool at a moment.
func (p *Pool) Stats(at time.Time) Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := max(p.clock.now, p.clock.read(at))
	healthy := 0
	for _, s := range p.servers {
		if s.healthy() {
			healthy++
		}
	}
	stats := Stats{Policy: p.policyName, Panic: p.panics, Healthy: healthy, Median: duration(p.median),
		LogAge: -1, LogsUsed: p.logsUsed(now), Servers: make([]ServerStats, 0, len(p.servers))}
	if p.logKnown {
		stats.LogAge = now - p.logAt
	}
	for _, s := range p.servers {
		stats.Servers = append(stats.Servers, p.serverStats(s, now))
	}
	return stats
}

func (p *Pool) serverStats(s *Server, now instant) ServerStats {
	stats := ServerStats{
		Server: s, Terms: p.terms(s, now), State: s.state, Health: s.condition(now),
		Picked: s.picked, Failures: s.failures, Locals: s.locals,
		ConsecutiveFailures: s.consecutive, Ejections: s.ejections, Cause: s.cause,
	}
	if s.ejected {
		stats.EjectedUntil = p.clock.time(s.ejectedUntil)
	}
	return stats
}

// terms returns the terms of a server's cost, with no weight if it gets no
// traffic.
func (p *Pool) terms(s *Server, now instant) Terms {
	s.share = 0
	if s.eligible() && (s.healthy() || p.panics) {
		s.share = p.effective(s, now)
	}
	return p.reckon(s, now)
}
