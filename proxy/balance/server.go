package balance

// Server is one server of a pool, the same one for as long as it is configured.
type Server struct {
	name, address string

	member // guarded by the pool's mutex
}

// Name returns what logs and people call the server.
func (s *Server) Name() string { return s.name }

// Address returns where it is: host:port or unix:/path.
func (s *Server) Address() string { return s.address }

// member is what a pool knows of a server.
type member struct {
	configured int // weight in the configuration, 0 if disabled
	weight     int // the same, or what SetWeight made of it
	capacity   int
	part       int // of split_clients: whose clients it serves
	state      State
	joined     instant // when it last came (back) to traffic

	inFlight int
	picked   uint64
	failures uint64
	locals   uint64
	waiting  queue   // its placements that wait for an answer, longest first
	answered instant // when one of them last got one

	latency latency
	logs    logs
	own     window // its connections

	health

	// What a choice under way has found out; of no meaning after it.
	share  int64 // effective weight in units of 1/unit
	usable bool

	current int64 // smooth weighted round robin's, in units of 1/unit
}

// unit is the denominator of effective weights: small enough for the sum of
// all weights times connections in flight to fit 63 bits, large enough for a
// tenth of weight 1 to be told from an eleventh. Integers, because shares that
// are to be nginx's must not depend on rounding.
const unit = 1 << 16

// eligible says whether a server is meant to get new connections, health apart.
func (s *Server) eligible() bool { return s.state == Ready && s.weight > 0 }

// healthy says whether neither its own failures nor checks speak against it.
func (s *Server) healthy() bool { return !s.ejected && !s.down }

// slowStart returns the share of its weight that a server gets at a moment:
// Envoy's max(10 %, t/T).
func (p *Pool) slowStart(s *Server, now instant) float64 {
	since := now - s.joined
	if p.rules.SlowStart <= 0 || since >= p.rules.SlowStart {
		return 1
	}
	return max(0.1, float64(since)/float64(p.rules.SlowStart))
}

// effective returns the effective weight in units of 1/unit, health apart.
func (p *Pool) effective(s *Server, now instant) int64 {
	if s.weight == 0 {
		return 0
	}
	return int64(float64(s.weight) * unit * p.slowStart(s, now))
}
