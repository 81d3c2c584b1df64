package aggregator

import "github.com/splitgauge/splitgauge/parser"

// attempts is a shard's side of a Server.
type attempts struct {
	count                     int64
	status                    [MaxStatuses + 1]int64 // by status number
	connect, header, response latency
}

func newAttempts() *attempts {
	return &attempts{connect: newLatency(), header: newLatency(), response: newLatency()}
}

// addUpstream counts what the line says of upstream servers: requests once,
// attempts each.
func (s *Shard) addUpstream(e *parser.Entry, variant int) {
	s.lastServer = -1
	for i := range e.Attempts {
		s.addAttempt(e, &e.Attempts[i], variant)
	}
	if e.Retried {
		s.retried++
	}
	if e.Redirected {
		s.redirected++
	}
	if e.NoUpstream {
		s.noUpstream++
	}
	if e.NoLiveUpstream {
		s.noLiveUpstream++
	}
}

// lastServerOf returns the number of the server that answered last, or -1.
func (s *Shard) lastServerOf(e *parser.Entry) int {
	if len(e.Attempts) == 0 {
		return -1
	}
	return s.servers.number(s.text(e.Attempts[len(e.Attempts)-1].Server, e.Escape))
}

func (s *Shard) addAttempt(e *parser.Entry, a *parser.Attempt, variant int) {
	number := s.servers.number(s.text(a.Server, e.Escape))
	s.lastServer = number
	server := s.serverAttempts[number]
	if server == nil {
		server = newAttempts()
		s.serverAttempts[number] = server
	}
	server.count++
	server.status[s.statuses.number(a.Status)]++
	server.connect.add(a.ConnectTime)
	server.header.add(a.HeaderTime)
	server.response.add(a.ResponseTime)
	s.variantAttempts.add(attemptKey(variant, number))
	if number == MaxServers {
		s.overflow.Upstream++
	}
}
