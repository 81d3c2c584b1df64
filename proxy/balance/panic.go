package balance

// checkPanic begins or ends to ignore health. When only few servers are left,
// what is held against the others is more likely a fault of something else, and
// sending everybody to the few would be their end (Envoy's panic threshold).
func (p *Pool) checkPanic() {
	healthy, all := p.countHealthy()
	panics := all > 0 && p.rules.PanicThreshold > 0 && float64(healthy) < p.rules.PanicThreshold*float64(all)
	if panics == p.panics {
		return
	}
	p.panics = panics
	p.tell(func(e *Events) {
		if e.Panic != nil {
			e.Panic(panics)
		}
	})
}

// countHealthy counts the servers that are meant to get traffic.
func (p *Pool) countHealthy() (healthy, all int) {
	for _, s := range p.servers {
		if !s.eligible() {
			continue
		}
		all++
		if s.healthy() {
			healthy++
		}
	}
	return healthy, all
}
