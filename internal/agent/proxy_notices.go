package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// proxyNotices logs what happens to proxies. What may happen with every
// connection is counted by metrics; here it is said once in a while.
type proxyNotices struct {
	log   *slog.Logger
	ended egressCounts

	mu   sync.Mutex
	said map[string]time.Time // when something was said last, by what it is about
	held map[string]int       // how often it was not, since
}

// proxyQuiet is how long nothing is said again of the same.
const proxyQuiet = 10 * time.Second

// mostSubjects bounds what is kept track of; what comes past it is not said.
const mostSubjects = 4096

func newProxyNotices(log *slog.Logger) *proxyNotices {
	return &proxyNotices{log: log, said: make(map[string]time.Time), held: make(map[string]int)}
}

// say logs at most once in proxyQuiet for a subject.
func (n *proxyNotices) say(level slog.Level, subject, text string, arguments ...any) {
	n.mu.Lock()
	now := time.Now()
	last, known := n.said[subject]
	if known && now.Sub(last) < proxyQuiet || !known && len(n.said) >= mostSubjects {
		n.held[subject]++
		if !known {
			delete(n.held, subject)
		}
		n.mu.Unlock()
		return
	}
	held := n.held[subject]
	n.said[subject] = now
	delete(n.held, subject)
	n.mu.Unlock()
	if held > 0 {
		arguments = append(arguments, "not_told", held)
	}
	n.log.Log(context.Background(), level, text, arguments...)
}

// events are those of the proxy.
func (n *proxyNotices) events() proxy.Events {
	return proxy.Events{
		AcceptFailed: func(listener string, err error, wait time.Duration) {
			n.say(slog.LevelError, "accept "+listener, "cannot accept connections; it is tried again", "listener", listener, "error", err, "wait", wait)
		},
		DialFailed: func(pool, server string, err error, local bool) {
			n.say(slog.LevelWarn, "dial "+pool+" "+server, "cannot connect to the server", "pool", pool, "server", server, "error", err, "our_fault", local)
		},
		Unresolved: func(err error) {
			n.say(slog.LevelWarn, "resolve "+err.Error(), "a server's name is not resolved", "error", err)
		},
		LogFailed: func(err error) {
			n.say(slog.LevelError, "access log", "cannot write the proxies' access log", "error", err)
		},
	}
}

// egress are the events of egress listeners.
func (n *proxyNotices) egress() egress.Events {
	return egress.Events{Ended: func(r egress.Request) {
		n.ended.count(&r)
		if r.Refusal != "" {
			n.say(slog.LevelWarn, "egress "+r.Source.String(), "egress refused or failed", "source", r.Source, "method", r.Method, "scheme", r.Scheme,
				"host", r.Host, "status", r.Status, "reason", r.Refusal)
		}
	}}
}

// watch returns pools whose changes are logged.
func (n *proxyNotices) watch(pools []balance.Config) []balance.Config {
	watched := make([]balance.Config, len(pools))
	for i, pool := range pools {
		log := n.log.With("pool", pool.Name)
		pool.Events = balance.Events{
			Ejected: func(s *balance.Server, cause balance.Cause, until time.Time) {
				log.Warn("server is ejected", "server", s.Name(), "cause", cause.String(), "until", until.UTC().Format(time.RFC3339))
			},
			Withheld: func(s *balance.Server, cause balance.Cause, brake balance.Brake) {
				n.say(slog.LevelWarn, "withheld "+pool.Name+" "+s.Name(), "server would be ejected, but for a brake", "pool", pool.Name,
					"server", s.Name(), "cause", cause.String(), "brake", brakeText(brake))
			},
			Restored: func(s *balance.Server) { log.Info("server is back", "server", s.Name()) },
			Probed:   func(s *balance.Server, up bool) { log.Warn("active checks", "server", s.Name(), "up", up) },
			Panic:    func(on bool) { log.Error("too few servers are healthy: health is ignored", "panic", on) },
		}
		watched[i] = pool
	}
	return watched
}

func brakeText(b balance.Brake) string {
	switch b {
	case balance.EnoughEjected:
		return "enough_ejected"
	case balance.OthersTooBusy:
		return "others_too_busy"
	}
	return "only_server"
}
