package proxy

// Reason is why a connection ended.
type Reason uint8

const (
	unended Reason = iota

	ClientFIN     // the client closed first, and both directions ended in order
	UpstreamFIN   // the server closed first, and both directions ended in order
	ClientReset   // the client reset the connection, or was lost
	UpstreamReset // the server reset the connection, or was lost
	Idle          // no byte either way for the idle time-out
	HalfClosed    // one side had closed, and the other sent nothing for the half-closed time-out
	Lifetime      // open for as long as a connection may be
	Drain         // still open when the time to drain was over
	WriteTimeout  // one side took no bytes for the write time-out
	NoUpstream    // the pool had no server to offer
	DialFailed    // no server could be connected to
	LocalFault    // we had no descriptor or no port left to connect with
	ProxyHeader   // no valid PROXY protocol header came in time
	QueueTimeout  // waited in the queue for too long
	QueueAbandon  // the client left while it waited in the queue
	GatePrefix    // denied by prefix, once the PROXY header had told the source
	GateSource    // too many connections of one source, told by a PROXY header
	GateRate      // connections of one source came too fast, told by a PROXY header
	Failed        // anything else; a fault of this program or machine

	numReasons
)

// reasonTexts are what a reason is called in logs and metrics, and the status
// that nginx's stream module would log.
var reasonTexts = [numReasons]struct {
	name   string
	status int
}{
	unended:       {"open", 0},
	ClientFIN:     {"client_fin", 200},
	UpstreamFIN:   {"upstream_fin", 200},
	ClientReset:   {"client_reset", 200},
	UpstreamReset: {"upstream_reset", 200},
	Idle:          {"idle", 200},
	HalfClosed:    {"half_closed", 200},
	Lifetime:      {"lifetime", 200},
	Drain:         {"drain", 200},
	WriteTimeout:  {"write_timeout", 200},
	NoUpstream:    {"no_upstream", 502},
	DialFailed:    {"dial_failed", 502},
	LocalFault:    {"local_fault", 500},
	ProxyHeader:   {"proxy_header", 400},
	QueueTimeout:  {"queue_timeout", 503},
	QueueAbandon:  {"queue_abandon", 499},
	GatePrefix:    {"gate_prefix", 403},
	GateSource:    {"gate_source", 503},
	GateRate:      {"gate_rate", 503},
	Failed:        {"failed", 500},
}

// String returns the name that logs and metrics use, such as "client_fin".
func (r Reason) String() string { return reasonTexts[r].name }

// Status returns what nginx's stream module would log as $status for such an
// end; 499, which it does not have, is its http module's for a client that left.
func (r Reason) Status() int { return reasonTexts[r].status }

// Reasons returns every reason that a connection can end for.
func Reasons() []Reason {
	all := make([]Reason, 0, numReasons-1)
	for r := unended + 1; r < numReasons; r++ {
		all = append(all, r)
	}
	return all
}

// Rule is the rule of a gate that turned a connection away.
type Rule uint8

const (
	RulePrefix            Rule = iota // its source is denied, or not among those allowed
	RuleSourceConnections             // its source has as many connections as one may
	RuleSourceRate                    // its source opens connections faster than one may
	RuleConnections                   // the proxy has as many connections as it may
	RuleQueueFull                     // the listener is at its limit, and its queue is full

	numRules
	passed = numRules
)

var ruleNames = [numRules]string{"prefix", "source_connections", "source_rate", "connections", "queue_full"}

// String returns the name that logs and metrics use.
func (r Rule) String() string { return ruleNames[r] }

// reason is what a connection that was let in, and then denied by r, ended for.
func (r Rule) reason() Reason {
	switch r {
	case RulePrefix:
		return GatePrefix
	case RuleSourceConnections:
		return GateSource
	}
	return GateRate
}

// side is one of the two that a connection joins.
type side uint8

const (
	neither side = iota
	client
	upstream
)

var sideNames = [...]string{neither: "proxy", client: "client", upstream: "upstream"}

func (s side) String() string { return sideNames[s] }
