package agent

import (
	"fmt"
	"time"
)

// parseRate is how well a log parsed lately.
type parseRate struct {
	at            time.Time
	total, failed int64 // lines, at that time
	bad           bool  // most lines since the time before could not be parsed
}

// rateInterval and rateLines are for how long, and for how many lines at least, a
// rate is measured.
const (
	rateInterval = time.Minute
	rateLines    = 100
)

// measureRates notes how many of the lines of the last minute could be parsed.
func (a *live) measureRates() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for name, l := range a.logs {
		rate := a.rates[name]
		if now.Sub(rate.at) < rateInterval {
			continue
		}
		l.mu.Lock()
		lines := l.shard.Summary().Lines
		l.mu.Unlock()
		total := lines.Total() - rate.total
		rate.bad = total >= rateLines && 2*(lines.Unparsed-rate.failed) > total
		rate.at, rate.total, rate.failed = now, lines.Total(), lines.Unparsed
		a.rates[name] = rate
	}
}

// unready returns why the agent is not ready; nothing where it is.
func (a *live) unready() (reasons []string) {
	if behind, catching := a.catchingUp(); catching {
		reasons = append(reasons, errCatchingUp(behind).Error())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.process.ProxiesAlone {
		return nil
	}
	if age, limit := a.now().Sub(a.saved.Written), max(time.Minute, 12*a.interval); age > limit {
		reasons = append(reasons, fmt.Sprintf("the last checkpoint is %s old, want at most %s", age.Round(time.Second), limit))
	}
	for _, l := range a.sorted() {
		if a.rates[l.name].bad {
			reasons = append(reasons, fmt.Sprintf("most lines of %q cannot be parsed; splitgauge check %[1]q says why", l.name))
		}
	}
	return reasons
}
