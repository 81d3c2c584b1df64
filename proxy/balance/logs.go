package balance

import (
	"math"
	"time"
)

// logs are what logs have said of a server.
type logs struct {
	latency latencyInLogs
	errors  window
	failing int64 // errors since the last attempt that was none
}

// latencyInLogs is an average of latencies, weighted by time.
type latencyInLogs struct {
	known bool
	value float64 // seconds
	at    instant
}

const (
	logMemory = 5 * time.Second  // time constant of the average
	blackout  = 10 * time.Second // after a server came back its log lines may be of the time before
	expiry    = 3 * time.Minute  // without news what the logs said is forgotten

	leastRelative, mostRelative = 0.5, 4

	// logResolution is the shortest time a log tells from none.
	logResolution = 0.001

	// largestCount keeps sums of what cannot be right within 63 bits.
	largestCount = 1 << 40
)

// Observe takes in what logs say, about once a second. Servers that the pool
// does not have are passed over, and so are those that came (back) to traffic
// less than 10 s ago.
func (p *Pool) Observe(summaries []Summary, at time.Time) {
	p.mu.Lock()
	defer p.unlock()
	p.advance(at)
	p.logAt, p.logKnown = p.clock.now, true
	for i := range summaries {
		if s := p.find(summaries[i].Server); s != nil && p.clock.now-s.joined >= blackout {
			p.observeLog(s, &summaries[i])
		}
	}
	p.logMedian = p.medianOf(func(s *Server) (float64, bool) { return s.logs.latency.value, p.logFresh(s, p.clock.now) })
}

// find returns the server of that name, else the one at that address, else nil.
func (p *Pool) find(name string) *Server {
	if s := p.byName[name]; s != nil {
		return s
	}
	for _, s := range p.servers {
		if s.address == name {
			return s
		}
	}
	return nil
}

func (p *Pool) observeLog(s *Server, summary *Summary) {
	now := p.clock.now
	attempts := min(max(summary.Attempts, 0), largestCount)
	errors := min(max(summary.Errors, 0), attempts)
	if attempts == 0 {
		return
	}
	s.logs.errors.add(now, attempts, errors)
	if summary.Measured > 0 && summary.Latency >= 0 {
		sample := max(seconds(summary.Latency), logResolution)
		// Errors never look fast: they count as the median at least.
		sample += max(0, p.logMedian-sample) * float64(errors) / float64(attempts)
		s.logs.latency.observe(sample, now)
	}
	if errors < attempts {
		s.logs.failing = 0
		return
	}
	s.logs.failing = min(s.logs.failing+errors, largestCount)
	if p.rules.ConsecutiveFailures > 0 && s.logs.failing >= int64(p.rules.ConsecutiveFailures) && !s.ejected {
		p.ejectFor(s, ConsecutiveErrors)
		s.logs.failing = 0
	}
}

func (l *latencyInLogs) observe(sample float64, now instant) {
	if l.known && now-l.at < expiry {
		sample += (l.value - sample) * math.Exp(-seconds(now-l.at)/seconds(logMemory))
	}
	*l = latencyInLogs{true, sample, now}
}

// logFresh says whether something is known of a server's latency in the logs.
func (p *Pool) logFresh(s *Server, now instant) bool {
	return s.logs.latency.known && now-s.logs.latency.at < expiry
}

// logRelative returns a server's latency in the logs in relation to the pool's
// median, 1 if nothing is known. What nothing more is heard of fades.
func (p *Pool) logRelative(s *Server, now instant) float64 {
	if p.logMedian == 0 || !p.logFresh(s, now) {
		return 1
	}
	relative := min(max(s.logs.latency.value/p.logMedian, leastRelative), mostRelative)
	return 1 + (relative-1)*fading(now-s.logs.latency.at)
}
