package balance

// Explanation is how a connection would be placed.
type Explanation struct {
	Policy   string
	Decision          // with Server, as a Choice would have it
	Server   *Server  // nil if there is none
	Err      error    // then ErrNoServer or the like
	Text     string   // the decision in a sentence
	Servers  []Option // all servers, in the order of the configuration
}

// Option is a server that may have been chosen.
type Option struct {
	Server *Server
	Terms
	State    State
	Health   Condition
	Usable   bool
	Why      string // why it is not usable
	Compared bool   // it was one of the candidates
}
