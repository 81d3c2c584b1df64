package balance

import (
	"math"
	"time"
)

const (
	// mostUtilised is how much of the others' capacity may be in use after an
	// ejection: beyond it, queues grow faster than the ejected server failed.
	mostUtilised = 0.85

	// ejectionJitter keeps balancers that ejected a server together from taking
	// it back together.
	ejectionJitter = 0.1

	// Envoy's least numbers for telling by success ratios.
	ratioInterval     = 10 * time.Second
	leastRatioServers = 5
	leastRatioTries   = 100

	// leastRatioGap is how much worse than the mean a server has to be. Where
	// all others are perfect, one failure in a thousand is an outlier as well.
	leastRatioGap = 0.05
)

// ejectFor takes a server out for a cause, unless a brake holds.
func (p *Pool) ejectFor(s *Server, cause Cause) {
	if brake, holds := p.brake(s); holds {
		s.consecutive = 0 // so that this is reported now and then, not with each failure
		p.tell(func(e *Events) {
			if e.Withheld != nil {
				e.Withheld(s, cause, brake)
			}
		})
		return
	}
	p.eject(s, cause)
}

// brake says what speaks against ejecting a server.
func (p *Pool) brake(s *Server) (brake Brake, holds bool) {
	var others, ejected, busy, capacity int
	known := true
	for _, other := range p.servers {
		busy += other.inFlight
		if other.ejected {
			ejected++
		}
		if other != s && other.eligible() && other.healthy() {
			others++
			capacity += other.capacity
			known = known && other.capacity > 0
		}
	}
	switch {
	case others == 0:
		return OnlyServer, true
	case p.rules.MaxEjectedShare > 0 && ejected+1 > max(1, int(p.rules.MaxEjectedShare*float64(len(p.servers)))):
		return EnoughEjected, true
	case known && s.capacity > 0 && float64(busy) > mostUtilised*float64(capacity):
		return OthersTooBusy, true
	}
	return 0, false
}

// eject takes a server out, the longer the oftener it has been.
func (p *Pool) eject(s *Server, cause Cause) {
	now := p.clock.now
	if s.ejections > 0 && !s.ejected && now-s.restored >= max(p.rules.MaxEjectionTime, p.rules.EjectionTime) {
		s.ejections = 0
	}
	s.ejections++
	length := float64(p.rules.EjectionTime) * float64(s.ejections)
	length *= 1 + ejectionJitter*(2*p.random.fraction()-1)
	if p.rules.MaxEjectionTime > 0 {
		length = min(length, float64(p.rules.MaxEjectionTime))
	}
	p.ejectUntil(s, cause, now+time.Duration(min(length, float64(farOff))))
}

func (p *Pool) ejectUntil(s *Server, cause Cause, until instant) {
	s.ejected, s.ejectedUntil, s.cause, s.trial = true, until, cause, false
	s.consecutive = 0
	at := p.clock.time(until)
	p.tell(func(e *Events) {
		if e.Ejected != nil {
			e.Ejected(s, cause, at)
		}
	})
	p.checkPanic()
}

// checkRatios ejects servers that fail much more often than the others. It does
// so at most every 10 s.
func (p *Pool) checkRatios(now instant) {
	if now < p.ratiosDue {
		return
	}
	p.ratiosDue = now + ratioInterval
	if p.rules.SuccessDeviations < 0 {
		return
	}
	p.checkRatiosOf(func(s *Server) *window { return &s.own })
	if p.logsUsed(now) {
		p.checkRatiosOf(func(s *Server) *window { return &s.logs.errors })
	}
}

// checkRatiosOf ejects by what one source of knowledge says: those with a
// success ratio below the mean less 1.9 standard deviations, worst first.
func (p *Pool) checkRatiosOf(of func(*Server) *window) {
	now := p.clock.now
	var count, sum, squares float64
	for _, s := range p.servers {
		if ratio, enough := successRatio(of(s), now); enough && s.healthy() {
			count++
			sum += ratio
			squares += ratio * ratio
		}
	}
	if count < leastRatioServers {
		return
	}
	mean := sum / count
	deviation := math.Sqrt(max(0, squares/count-mean*mean))
	limit := min(mean-p.rules.SuccessDeviations*deviation, mean-leastRatioGap)
	for {
		var worst *Server
		lowest := limit
		for _, s := range p.servers {
			if ratio, enough := successRatio(of(s), now); enough && s.healthy() && ratio < lowest {
				worst, lowest = s, ratio
			}
		}
		if worst == nil {
			return
		}
		if p.ejectFor(worst, SuccessRatio); !worst.ejected {
			return // a brake that holds for the worst holds for the others
		}
	}
}

// successRatio returns the share of attempts that did not fail, and whether
// there were enough to judge by.
func successRatio(w *window, now instant) (ratio float64, enough bool) {
	attempts, failures := w.sums(now)
	if attempts < leastRatioTries {
		return 0, false
	}
	return max(0, 1-float64(failures)/float64(attempts)), true
}
