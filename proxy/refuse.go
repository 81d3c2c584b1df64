package proxy

import "fmt"

// refuse ends a session that has no server.
func (s *session) refuse() {
	if s.server.conn != nil {
		s.server.conn.Close()
	}
	reason := s.reason()
	switch {
	case reason == GatePrefix || reason == GateSource || reason == GateRate:
		s.client.reset()
	case s.answersReadably(reason):
		s.answer(reason)
		s.client.conn.Close()
	default:
		s.client.conn.Close()
	}
	s.report(reason)
	s.release()
}

// answersReadably says whether an end has a text for clients that speak HTTP.
func (s *session) answersReadably(reason Reason) bool {
	switch reason {
	case NoUpstream, DialFailed, LocalFault, QueueTimeout:
		return s.route.config.ClientFirst
	}
	return false
}

// answer tells a client that speaks HTTP why it gets nothing else. Any other one
// gets an end in order.
func (s *session) answer(reason Reason) {
	if s.owesHeader() && !s.readHeader() { // that has waited in the queue all the time
		return
	}
	s.request, _ = s.sniff(decideHTTP)
	speaks, method := speaksHTTP(s.request)
	if speaks != yes {
		return
	}
	text := httpRefusal(reason, method, s.idText(), s.explain(reason))
	s.down.init(s, upstream, &s.server, &s.client)
	s.setDeadline(s.route.config.Timeouts.Header)
	if _, err := s.client.conn.Write(text); err != nil {
		return
	}
	s.down.bytes.Add(int64(len(text)))
	linger(s.client.conn, lingerBytes, lingerTime)
}

// explain says in a sentence why there is no server.
func (s *session) explain(reason Reason) string {
	pool := s.route.config.Pool
	switch reason {
	case QueueTimeout:
		return fmt.Sprintf("All connections are in use, and none became free within %v.", s.route.config.Queue.Timeout)
	case NoUpstream:
		if s.mark != "" {
			return fmt.Sprintf("The connection is marked for a server that pool %q does not offer.", pool)
		}
		return fmt.Sprintf("No server of pool %q is in service.", pool)
	case LocalFault:
		return "The proxy has no descriptor or port left to connect with."
	}
	return fmt.Sprintf("No server of pool %q could be reached; %d tried.", pool, len(s.attempts))
}

func (s *session) idText() string { return fmt.Sprintf("%016x", s.id) }
