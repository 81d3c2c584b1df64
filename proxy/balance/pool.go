package balance

import (
	"math/rand/v2"
	"time"
)

// Config is a pool of servers and how it is balanced.
type Config struct {
	Name    string
	Policy  string // one of Policies; empty means "measured"
	Servers []ServerConfig
	Health  Health
	Key     string     // split_clients only: its block
	Random  *rand.Rand // seam for tests; nil: the runtime's source
}

// ServerConfig is one server of a pool.
type ServerConfig struct {
	Name    string // as logs call it; default its Address
	Address string // host:port or unix:/path, as nginx writes it
	Weight  int    // 1 unless set
}

// Health says when a server is left out. Zero values mean the defaults.
type Health struct{}

// Query is what a choice may depend on.
type Query struct {
	Now    time.Time
	Source []byte // of the client: what hashing policies hash
	Tried  Set    // servers that have failed for this connection
	Marked string // the server that the connection is marked for; empty mostly
}

// Set is a set of servers by index.
type Set struct{}

// Choice is a server, and why it was chosen. It counts as in flight until
// Done or Failed is called, exactly once.
type Choice struct{}
