package balance

import (
	"math"
	"time"
)

const (
	// errorPenalty is how much dearer a server is that fails always.
	errorPenalty = 10

	// assumedLatency is reckoned with before anything at all is known: any time
	// would do, as it is the same for all.
	assumedLatency = 0.001
)

// cost returns what one more connection to a server is reckoned to cost, in
// seconds. s.share is its effective weight at that moment.
func (p *Pool) cost(s *Server, now instant) float64 {
	t := p.reckon(s, now)
	return t.Cost
}

// reckon returns the terms of a server's cost, given s.share.
func (p *Pool) reckon(s *Server, now instant) Terms {
	t := Terms{
		Weight: s.weight, EffectiveWeight: float64(s.share) / unit, SlowStart: p.slowStart(s, now), InFlight: s.inFlight,
		Silence:   p.silence(s, now),
		Log:       p.logRelative(s, now),
		OwnErrors: s.own.share(now),
		LogErrors: s.logs.errors.share(now),
	}
	t.Errors = max(t.OwnErrors, t.LogErrors)
	median := p.assumedMedian()
	own := s.latency.current(median, now)
	if s.latency.known {
		t.Own = duration(own)
	}
	latency := own
	if p.logMedian > 0 && p.logFresh(s, now) {
		// Both say how slow it is, and so none of them alone: the geometric mean.
		latency = math.Sqrt(own * t.Log * median)
	}
	latency += t.Errors * max(0, median-latency) // failing is not being fast
	latency = max(latency, seconds(t.Silence))
	t.Latency = duration(latency)
	if s.share == 0 || p.meanWeight == 0 {
		t.Cost = math.Inf(1)
		return t
	}
	relative := t.EffectiveWeight / p.meanWeight
	t.Cost = (float64(t.InFlight)/relative + 1) * latency * (1 + errorPenalty*t.Errors)
	t.AdvisedWeight = t.EffectiveWeight * advised(latency, median, t.Errors)
	return t
}

// assumedMedian is the median of the servers' own latencies, or what is taken
// for it while no connection has been answered.
func (p *Pool) assumedMedian() float64 {
	switch {
	case p.median > 0:
		return p.median
	case p.logMedian > 0:
		return p.logMedian
	}
	return assumedLatency
}

// advised is the part of its weight that a balancer should give a server that
// knows only weights. A quarter above the median is nothing yet, and beyond it
// the root counts: such a balancer has no loop of its own that would end what
// too small a weight begins.
func advised(latency, median, errors float64) float64 {
	return max(0.1, min(1, math.Sqrt(1.25*median/latency))*(1-min(0.9, errors)))
}

// silence returns for how long somebody has been waiting for a server while it
// answered nobody. A server that hangs writes no log lines and shows no
// latencies; this alone tells it from an idle one.
func (p *Pool) silence(s *Server, now instant) time.Duration {
	since, waits := p.placements.longestWaiting(s)
	if !waits {
		return 0
	}
	return max(0, now-max(since, s.answered))
}
