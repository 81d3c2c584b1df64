package balance

import "time"

// health is what speaks for and against a server.
type health struct {
	consecutive int  // failures of connections since one went well
	brokeOff    bool // the last failure was after an answer: another answer proves nothing

	ejected      bool
	ejectedUntil instant // then it is on trial
	ejections    int
	cause        Cause
	restored     instant // when the last ejection ended
	trial        bool    // a connection that shows whether it is back is under way
	trialAt      instant

	down       bool // by active checks
	goodProbes int  // in a row
	badProbes  int
}

// withDefaults returns the rules with the defaults for what is zero.
func (h Health) withDefaults() Health {
	orDefault(&h.ConsecutiveFailures, 5)
	orDefault(&h.SuccessDeviations, 1.9)
	orDefault(&h.EjectionTime, 30*time.Second)
	orDefault(&h.MaxEjectionTime, 300*time.Second)
	orDefault(&h.MaxEjectedShare, 0.1)
	orDefault(&h.PanicThreshold, 0.5)
	orDefault(&h.SlowStart, 30*time.Second)
	orDefault(&h.Rise, 2)
	orDefault(&h.Fall, 3)
	return h
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// condition returns a server's health at a moment.
func (s *Server) condition(now instant) Condition {
	switch {
	case s.down:
		return Down
	case s.ejected && now >= s.ejectedUntil:
		return HalfOpen
	case s.ejected:
		return Ejected
	}
	return Up
}

// wantsTrial says whether a server's ejection is over and nothing yet shows
// whether it is back. A trial that does not end holds up the next one only for
// as long as an ejection takes.
func (p *Pool) wantsTrial(s *Server, now instant) bool {
	return s.condition(now) == HalfOpen && (!s.trial || now-s.trialAt >= p.rules.EjectionTime)
}

// succeeded notes a connection that went well.
func (p *Pool) succeeded(s *Server, pl *placement) {
	s.consecutive = 0
	if p.has(s) && s.ejected && pl.began >= s.ejectedUntil {
		p.restore(s, true)
	}
}

// failed notes a connection that failed for the server's fault.
func (p *Pool) failed(s *Server, pl *placement) {
	s.consecutive = min(s.consecutive+1, 1<<30)
	switch {
	case !p.has(s):
	case s.ejected && pl.began >= s.ejectedUntil:
		p.eject(s, s.cause) // it was out, and stays out: no brake has a say
	case !s.ejected && p.rules.ConsecutiveFailures > 0 && s.consecutive >= p.rules.ConsecutiveFailures:
		p.ejectFor(s, ConsecutiveFailures)
	}
}

// restore ends an ejection. With a slow start if the server has yet to show
// that it can bear its weight.
func (p *Pool) restore(s *Server, slowly bool) {
	s.ejected, s.trial, s.brokeOff = false, false, false
	s.consecutive, s.logs.failing = 0, 0
	s.restored = p.clock.now
	s.joined = longAgo
	if slowly {
		p.join(s)
	}
	p.tell(func(e *Events) {
		if e.Restored != nil {
			e.Restored(s)
		}
	})
	p.checkPanic()
}

// join begins a server's slow start, and with it the time in which the logs may
// still be of the time before. What was counted before does not count any more.
func (p *Pool) join(s *Server) {
	s.joined = p.clock.now
	s.own, s.logs.errors = window{}, window{}
	s.logs.failing = 0
}
