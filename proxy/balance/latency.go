package balance

import (
	"math"
	"slices"
	"time"
)

// latency is what a server's own connections have shown: an exponentially
// weighted moving average that jumps to a peak and forgets it with a time
// constant of 10 s (Finagle's and Linkerd's peak EWMA).
type latency struct {
	known bool
	value float64 // seconds
	at    instant
}

const (
	latencyMemory = 10 * time.Second // time constant of the average
	latencyReturn = 30 * time.Second // half-life of the distance to the median while unobserved
	leastLatency  = 1e-6             // seconds: what a coarse clock shows as nothing
	largestJump   = 2                // one sample raises the average to so many times itself or the median
)

// observe takes in a sample in seconds, given the median of the pool, 0 if
// there is none.
func (l *latency) observe(sample, median float64, now instant) {
	sample = max(sample, leastLatency)
	if !l.known && median == 0 {
		*l = latency{true, sample, now}
		return
	}
	value := l.current(median, now)
	switch {
	case sample > value:
		value = min(sample, largestJump*max(value, median))
	case l.known:
		value = sample + (value-sample)*math.Exp(-seconds(now-l.at)/seconds(latencyMemory))
	default:
		value = sample
	}
	*l = latency{true, value, now}
}

// current returns the average at a moment: a server that is not observed comes
// back to the median, so that it is tried again however slow it was.
func (l *latency) current(median float64, now instant) float64 {
	if !l.known {
		return median
	}
	if median == 0 {
		return l.value
	}
	return median + (l.value-median)*fading(now-l.at)
}

// fading is what is left after a time of something with latencyReturn's half-life.
func fading(since instant) float64 {
	if since <= 0 {
		return 1
	}
	return math.Exp2(-seconds(since) / seconds(latencyReturn))
}

func seconds(d time.Duration) float64 { return float64(d) / float64(time.Second) }

// duration returns seconds as a Duration; no latency is longer than a year.
func duration(seconds float64) time.Duration {
	return time.Duration(min(seconds, 365*24*3600) * float64(time.Second))
}

// medianAge is how old the median may get that choices reckon with.
const medianAge = 100 * time.Millisecond

// refresh computes the median of the servers' own latencies again if it is old,
// or if there is none yet: the first sample must not make its server look
// different from what is assumed of the others.
func (p *Pool) refresh(now instant) {
	if p.median > 0 && now < p.medianDue {
		return
	}
	p.medianDue = now + medianAge
	p.median = p.medianOf(func(s *Server) (float64, bool) { return s.latency.value, s.latency.known })
}

// medianOf returns the lower median of what is known of the servers that get
// traffic, else of any; 0 if nothing is.
func (p *Pool) medianOf(of func(*Server) (value float64, known bool)) float64 {
	for _, all := range []bool{false, true} {
		p.scratch = p.scratch[:0]
		for _, s := range p.servers {
			if value, known := of(s); known && (all || s.eligible() && s.healthy()) {
				p.scratch = append(p.scratch, value)
			}
		}
		if len(p.scratch) > 0 {
			slices.Sort(p.scratch)
			return p.scratch[(len(p.scratch)-1)/2]
		}
	}
	return 0
}
