package balance

import "time"

// ProbeResult takes in the result of an active check of a server. Fall bad ones
// in a row take it out, Rise good ones bring it back, with a slow start. Checks
// and ejections are apart: a server that answers checks and fails its clients
// stays ejected.
func (p *Pool) ProbeResult(server string, ok bool, at time.Time) error {
	p.mu.Lock()
	defer p.unlock()
	s, err := p.named(server)
	if err != nil {
		return err
	}
	p.advance(at)
	if ok {
		s.goodProbes, s.badProbes = min(s.goodProbes+1, 1<<30), 0
	} else {
		s.goodProbes, s.badProbes = 0, min(s.badProbes+1, 1<<30)
	}
	switch {
	case s.down && p.rules.Rise > 0 && s.goodProbes >= p.rules.Rise:
		s.down = false
		p.join(s)
	case !s.down && p.rules.Fall > 0 && s.badProbes >= p.rules.Fall:
		s.down = true
	default:
		return nil
	}
	up := !s.down
	p.tell(func(e *Events) {
		if e.Probed != nil {
			e.Probed(s, up)
		}
	})
	p.checkPanic()
	return nil
}
