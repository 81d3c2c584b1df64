package balance

import "fmt"

// DefaultPolicy is the policy where none is named.
const DefaultPolicy = "measured"

// policy chooses one of several servers.
type policy interface {
	// prepare is called when the servers of the pool or their weights have
	// changed; p.servers are the new ones.
	prepare(p *Pool)

	// choose returns one of t.candidates, of which there is at least one.
	choose(p *Pool, t *turn) pick

	// sticky says whether a source has its server: then a server on trial waits
	// for one of its own sources, instead of getting the next connection there is.
	sticky() bool

	// compares says whether all candidates were looked at, and not only the one
	// or two that were drawn.
	compares() bool
}

// turn is a choice under way.
type turn struct {
	now        instant
	source     []byte
	candidates []*Server // in the order of the configuration
	random     randomness
	dry        bool // only to explain: nothing may change
}

// pick is what a policy has chosen, and by what.
type pick struct {
	server, other   *Server
	cost, otherCost float64
}

// chosenBy is the part of a policy that most have in common: nothing to
// prepare, and no server that belongs to a source.
type chosenBy struct{}

func (chosenBy) prepare(*Pool)  {}
func (chosenBy) sticky() bool   { return false }
func (chosenBy) compares() bool { return false }

// policies are all policies by name, in the order in which they are listed.
func policies() []struct {
	name string
	make func() policy
} {
	return []struct {
		name string
		make func() policy
	}{
		{"measured", func() policy { return measured{} }},
		{"random", func() policy { return uniform{} }},
		{"weighted_random", func() policy { return weightedRandom{} }},
		{"round_robin", func() policy { return &roundRobin{} }},
		{"smooth_weighted_round_robin", func() policy { return smoothWeighted{} }},
		{"least_connections", func() policy { return leastConnections{} }},
		{"two_random_choices", func() policy { return twoRandomChoices{} }},
		{"source_hash", func() policy { return &sourceHash{} }},
		{"consistent_hash", func() policy { return &consistentHash{} }},
		{"rendezvous_hash", func() policy { return rendezvousHash{} }},
		{splitPolicy, func() policy { return splitClients{} }},
	}
}

// Policies returns the names of all policies.
func Policies() (names []string) {
	for _, known := range policies() {
		names = append(names, known.name)
	}
	return names
}

// newPolicy returns a policy by its name; none means the default.
func newPolicy(name string) (policy, string, error) {
	if name == "" {
		name = DefaultPolicy
	}
	for _, known := range policies() {
		if known.name == name {
			return known.make(), name, nil
		}
	}
	return nil, name, fmt.Errorf("there is no policy %q, want one of %q", name, Policies())
}
