package balance

// Server is one server of a pool, the same one for as long as it is configured.
type Server struct {
	name, address string
}

// Name returns what logs and people call the server.
func (s *Server) Name() string { return s.name }

// Address returns where it is: host:port or unix:/path.
func (s *Server) Address() string { return s.address }
