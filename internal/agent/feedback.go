package agent

import (
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/tailer"
)

// feedback tells the pools of the proxies what the logs say of their servers: of
// every second, what was added to the counters that are kept of the logs anyway.
// Nothing is done for a line. The zero value is ready; it belongs to the goroutine
// of work.
type feedback struct {
	at    time.Time // of the last look
	names []string  // of servers that were looked for, sorted
	logs  map[*liveLog]*fedLog
	gains map[string]*aggregator.Gain // by name of a server; used anew by every look

	status func(*liveLog) tailer.FollowStatus // a seam for tests; nil is the log's own
}

// fedPool is a pool that what logs say counts for.
type fedPool struct {
	name    string
	servers []fedServer
}

// fedServer is what logs may call a server of a pool.
type fedServer struct{ name, address string }

// poolSummaries is what logs say of a pool.
type poolSummaries struct {
	pool      string
	summaries []balance.Summary
}

// longestLook is the longest time between two looks after which what was added
// still counts as of now: a process that was stopped has old lines to read.
const longestLook = 3 * time.Second

// feed looks at the logs of a, and tells the pools of p. It is to be called about
// once a second.
func (f *feedback) feed(a *live, p *proxying) {
	if p == nil {
		return
	}
	now := a.now()
	for _, said := range f.look(now, a.conf, a.sorted(), p.fed()) {
		p.observe(said.pool, said.summaries, now)
	}
}

// look returns what was added since the last look, of the pools of which
// something was said.
func (f *feedback) look(now time.Time, conf *config.Config, logs []*liveLog, pools []fedPool) (said []poolSummaries) {
	prompt := !f.at.IsZero() && now.Sub(f.at) <= longestLook
	f.at = now
	f.lookFor(pools)
	if len(f.names) == 0 {
		f.logs = nil // of no use once they are wanted
		return nil
	}
	before := f.logs
	f.logs = make(map[*liveLog]*fedLog, len(logs))
	for _, l := range logs {
		if isOwnLog(conf, l.name) {
			continue
		}
		log := before[l]
		if log == nil {
			log = newFedLog()
		}
		f.logs[l] = log
		f.lookAt(l, log, conf, prompt)
	}
	for _, pool := range pools {
		if summaries := f.summaries(pool.servers); len(summaries) > 0 {
			said = append(said, poolSummaries{pool.name, summaries})
		}
	}
	return said
}

// lookFor settles which names are looked for, and begins with no gains.
func (f *feedback) lookFor(pools []fedPool) {
	var names []string
	for _, pool := range pools {
		for _, server := range pool.servers {
			names = append(names, server.name, server.address)
		}
	}
	names = unique(names)
	if !slices.Equal(names, f.names) {
		f.names, f.gains = names, make(map[string]*aggregator.Gain, len(names))
		for _, name := range names {
			f.gains[name] = new(aggregator.Gain)
		}
		for _, log := range f.logs {
			log.forget(f.gains)
		}
		return
	}
	for _, gain := range f.gains {
		if gain.Attempts > 0 { // most have none
			*gain = aggregator.Gain{}
		}
	}
}

// lookAt takes what was added to the counters of a log.
func (f *feedback) lookAt(l *liveLog, log *fedLog, conf *config.Config, prompt bool) {
	status := f.statusOf(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	log.begin(l.shard)
	log.configure(conf, l.name)
	gains := f.gains
	if !prompt || !log.recent {
		gains = nil // what was added may be of any time
	}
	log.take(f.names, gains)
	log.place(status, prompt)
}

// statusOf returns how far a log has got; messages of a socket are never late.
func (f *feedback) statusOf(l *liveLog) tailer.FollowStatus {
	switch {
	case f.status != nil:
		return f.status(l)
	case l.follower == nil:
		return tailer.FollowStatus{CaughtUp: true}
	}
	return l.follower.Status()
}

// summaries returns what was said of servers.
func (f *feedback) summaries(servers []fedServer) (summaries []balance.Summary) {
	for _, server := range servers {
		gain := f.gains[server.name]
		if server.address != server.name {
			if other := f.gains[server.address]; other.Attempts > 0 {
				both := *gain
				both.Add(other)
				gain = &both
			}
		}
		if gain.Attempts == 0 {
			continue
		}
		summary := balance.Summary{Server: server.name, Attempts: gain.Attempts, Errors: gain.Errors}
		if summary.Measured = gain.Measured(); summary.Measured > 0 {
			summary.Latency = time.Duration(gain.Median()) * time.Millisecond
		}
		summaries = append(summaries, summary)
	}
	return summaries
}
