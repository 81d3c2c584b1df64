package agent

import (
	"math"
	"path/filepath"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/tailer"
)

// fedLog is how far a log has been looked at for feedback.
type fedLog struct {
	shard *aggregator.Shard // what is remembered is of this one
	conf  *config.Config    // that node is of

	// node is the server of a pool that served all requests of the log; "" where
	// each line tells its own.
	node               string
	requests, attempts aggregator.Seen // of node

	// servers are those that were looked for; nil is one that the log has not named.
	servers map[string]*aggregator.Seen

	// recent says that what was not counted yet at the last look, had been written
	// since the one before. read and behind are the bytes that had been counted
	// then, and that had not.
	recent       bool
	read, behind int64
}

// unknownBehind stands for any number of bytes.
const unknownBehind = math.MaxInt64

func newFedLog() *fedLog {
	return &fedLog{servers: make(map[string]*aggregator.Seen), behind: unknownBehind}
}

// begin makes sure that what is remembered is of the counters that there are: a
// reload may count on in others.
func (l *fedLog) begin(shard *aggregator.Shard) {
	if l.shard != shard {
		*l = *newFedLog()
		l.shard = shard
	}
}

// configure settles whose log it is.
func (l *fedLog) configure(conf *config.Config, name string) {
	if l.conf == conf {
		return
	}
	l.conf = conf
	if node := nodeOf(conf, name); node != l.node {
		l.node, l.recent = node, false // its counters have not been looked at
	}
}

// take adds what was counted since the last look to gains, by name; without gains
// it is only looked at. A server that was not looked for before adds nothing: what is
// there may have been for long.
func (l *fedLog) take(names []string, gains map[string]*aggregator.Gain) {
	if l.node != "" {
		l.takeNode(gains)
		return
	}
	for _, name := range names {
		seen, lookedFor := l.servers[name]
		if seen == nil && l.shard.HasServer(name) {
			seen = new(aggregator.Seen)
		}
		l.servers[name] = seen
		switch {
		case seen == nil:
		case lookedFor:
			l.shard.TakeServer(name, seen, gains[name])
		default:
			l.shard.TakeServer(name, seen, nil)
		}
	}
}

// takeNode adds all requests to what is of the node. Its latencies are those of
// the servers behind it, where it is a proxy itself: how long a client takes to
// read says nothing of a server.
func (l *fedLog) takeNode(gains map[string]*aggregator.Gain) {
	gain := gains[l.node]
	if gain == nil { // also of a node that no pool has
		l.shard.TakeRequests(&l.requests, nil)
		l.shard.TakeAttempts(&l.attempts, nil)
		return
	}
	var requests, attempts aggregator.Gain
	l.shard.TakeRequests(&l.requests, &requests)
	l.shard.TakeAttempts(&l.attempts, &attempts)
	requests.TakeLatencies(&attempts)
	gain.Add(&requests)
}

// place notes how far the log has got. What is counted next is recent if what is
// there now was not there at the last look: what was, has been counted.
func (l *fedLog) place(status tailer.FollowStatus, prompt bool) {
	read := l.shard.BytesRead()
	switch {
	case !prompt:
		// Nothing is known of what was written meanwhile; not even status may be.
		l.recent, l.behind = false, unknownBehind
	case !status.CaughtUp:
		l.recent, l.behind = false, status.Behind
	default:
		l.recent, l.behind = status.Behind == 0 || read-l.read >= l.behind, status.Behind
	}
	l.read = read
}

// forget drops what is of none of the names in wanted.
func (l *fedLog) forget(wanted map[string]*aggregator.Gain) {
	for name := range l.servers {
		if wanted[name] == nil {
			delete(l.servers, name)
		}
	}
}

// nodeOf returns the server that has served all requests of a log, as the first
// of the configured logs that it belongs to says.
func nodeOf(conf *config.Config, name string) string {
	for _, log := range conf.Logs {
		if log.Syslog == name || (liveInput{pattern: log.Path}).matches(name) {
			return log.Node
		}
	}
	return ""
}

// isOwnLog reports whether a log is the proxies' own, whose lines tell of what
// the pools know long before.
func isOwnLog(conf *config.Config, name string) bool {
	own := conf.Proxies.AccessLog
	return own != "" && filepath.Clean(own) == filepath.Clean(name)
}
