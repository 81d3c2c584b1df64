package advise

import (
	"math"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// The damping of advised weights: what keeps a loop that is closed through
// somebody else's balancer, seconds late, from swinging. In simulations of ten
// servers, one of them five times as slow, weights by latency alone collapsed from
// 75 % utilisation on; with these bounds they held there, and did not at 85 %:
// hence busiest.
const (
	// Period is how often advice may change, at least: three times as long as
	// measuring takes.
	Period = 10 * time.Second

	deadBand    = 0.25             // of the present share: what is nearer changes nothing
	fastestDown = 0.5              // times the present share, in a period
	slowestUp   = 0.03             // of the configured weight, in a period
	leastShare  = 0.1              // of the configured weight
	mostRemoved = 0.2              // of the weight of all servers together
	busiest     = 0.6              // of what all can serve: beyond it, nothing is taken away
	expiry      = 3 * time.Minute  // after so long without a step, the past is not gone on from
	blackout    = 10 * time.Second // so long a server that is new is not judged
)

// Pool is one pool at a moment.
type Pool struct {
	Name  string
	Stats balance.Stats
	// Capacity is how many connections all servers together can serve at once;
	// 0 is unknown.
	Capacity int
}

// busy says whether the pool is known to need all that it has.
func (p *Pool) busy() bool {
	used := 0
	for i := range p.Stats.Servers {
		used += p.Stats.Servers[i].InFlight
	}
	return p.Capacity > 0 && float64(used) > busiest*float64(p.Capacity)
}

// informed says whether anything is known that weights could be made of: logs
// that have not expired, or answers to the proxy's own connections, which balance
// forgets by itself.
func (p *Pool) informed() bool {
	if p.Stats.LogsUsed {
		return true
	}
	for i := range p.Stats.Servers {
		if p.Stats.Servers[i].Own > 0 {
			return true
		}
	}
	return false
}

// Advice is what is advised for the servers of one pool: a share of the
// configured weight for each. The zero value advises the configured weights. It
// goes by no clock, and is not safe for concurrent use.
//
// In one Period a share falls to half of what it was at the least, and rises by
// 0.03 at the most; it does not move for less than a quarter of itself, and not
// below 0.1. Of the weight of all servers a fifth is taken away at the most: where
// it would be more, each gets back the same part of what it would lose. At more
// than 60 % utilisation, in a panic of the pool and where nothing is known, the
// way is back to the configured weights; in the last two cases at once.
type Advice struct {
	at      time.Time
	servers map[string]advised
	given   float64 // part of what is to be removed that may be
}

// advised is what is remembered of a server.
type advised struct {
	since time.Time // it has had traffic for us to judge it by
	share float64   // before the limit on what is removed
}

// Share returns the share of its configured weight that a server should have,
// from 0.1 to 1.
func (a *Advice) Share(server string) float64 {
	if s, ok := a.servers[server]; ok {
		return 1 - float64((1-s.share)*a.given)
	}
	return 1
}

// Step takes in how the pool is doing at a time. Until a Period is over since
// the last step, or three times the age of what the logs say, it changes nothing.
func (a *Advice) Step(pool *Pool, at time.Time) {
	since := at.Sub(a.at)
	informed := pool.informed() && !pool.Stats.Panic
	switch {
	case a.at.IsZero():
	case since < Period, informed && pool.Stats.LogsUsed && since < min(3*pool.Stats.LogAge, expiry):
		return
	case since > expiry:
		a.servers = nil
	}
	a.at = at
	busy := pool.busy()
	next := make(map[string]advised, len(pool.Stats.Servers))
	for i := range pool.Stats.Servers {
		s := &pool.Stats.Servers[i]
		before, known := a.servers[s.Server.Name()]
		if !known {
			before = advised{since: at, share: 1}
		}
		switch {
		case !informed:
			before.share = 1
		case s.State == balance.Ready && s.Weight > 0:
			before.share = step(before.share, target(s, busy || at.Sub(before.since) < blackout))
		default: // out by hand: judged anew once it is back
			before = advised{since: at, share: 1}
		}
		next[s.Server.Name()] = before
	}
	a.servers = next
	a.limit(pool)
}

// target is the share that would be right for a server by itself.
func target(s *balance.ServerStats, spared bool) float64 {
	switch {
	case spared:
		return 1
	case s.EffectiveWeight <= 0: // ejected, or down
		return leastShare
	}
	share := s.AdvisedWeight / s.EffectiveWeight
	if s.Own == 0 {
		// Its connections are another balancer's. balance lets what logs say count
		// for half beside its own, and has none of its own here.
		share = min(share, math.Sqrt(1.25/s.Log)*(1-min(0.9, s.Errors)))
	}
	if math.IsNaN(share) {
		return 1
	}
	return max(leastShare, min(1, share))
}

// step returns the share after a period, on the way to a target.
func step(share, target float64) float64 {
	switch {
	case target < share*(1-deadBand):
		return max(target, share*fastestDown, leastShare)
	case target > share*(1+deadBand) || target == 1:
		return min(target, share+slowestUp)
	}
	return share
}

// limit finds out how much of what is to be removed may be.
func (a *Advice) limit(pool *Pool) {
	whole, removed := 0.0, 0.0
	for i := range pool.Stats.Servers {
		s := &pool.Stats.Servers[i]
		if s.State != balance.Ready {
			continue
		}
		whole += float64(s.Weight)
		removed += float64(float64(s.Weight) * (1 - a.servers[s.Server.Name()].share))
	}
	a.given = 1
	if removed > mostRemoved*whole {
		a.given = mostRemoved * whole / removed
	}
}

// percent returns a share as a whole number of hundredths, rounded up: what is
// removed by rounding would come on top of what may be.
func percent(share float64) int { return min(100, int(math.Ceil(100*share-1e-9))) }
