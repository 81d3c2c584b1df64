package agent

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/internal/config"
)

// RunConfig is what the live agent needs of the process around it.
type RunConfig struct {
	// Load reads the configuration, at the start and for every reload.
	Load func() (*config.Config, error)

	// HostNginxConf is where this host's nginx has its configuration, which counts
	// where the configuration names none.
	HostNginxConf string

	// ProxiesAlone says that no logs are read and no state is kept.
	ProxiesAlone bool

	Log     *slog.Logger
	Version string

	// Reload receives whenever the configuration is to be read again, Reopen
	// whenever the proxies' access log was rotated, and Upgrade whenever a successor
	// is to take this process's place.
	Reload, Reopen, Upgrade <-chan os.Signal

	// Successor is the program, and its arguments, that takes this process's place.
	Successor []string

	// Notify tells the service manager of a change of state, in the words of
	// sd_notify; Watchdog is how often it wants to hear that all is well, 0 for
	// never.
	Notify   func(state string)
	Watchdog time.Duration
}

// ErrNoProxies says that proxies are to be run alone, and none is configured.
var ErrNoProxies = errors.New("no proxies: the configuration has neither proxies.listeners nor proxies.egress")

// Run follows logs, keeps what it counts and publishes it, and runs the proxies,
// until ctx ends. It then stops in this order: the proxies, once what is open has
// drained; reading; the last checkpoint; the listeners, so that what was counted
// last can still be scraped; the lock on the state.
func Run(ctx context.Context, run RunConfig) error {
	conf, err := run.Load()
	if err != nil {
		return err
	}
	if run.ProxiesAlone && !conf.Proxies.Any() {
		return ErrNoProxies
	}
	a, err := newLive(run, conf)
	if err != nil {
		return err
	}
	before, err := a.openProxies()
	if err != nil {
		return err
	}
	defer a.proxying.close()
	if before != nil {
		a.proxying.start()
		if err := before.takeOver(ctx); err != nil {
			return err
		}
	}
	if !run.ProxiesAlone {
		if a.store, err = checkpoint.Open(conf.State.Directory); err != nil {
			return err
		}
		defer a.closeStore()
	}
	return a.run(ctx)
}

// openProxies opens the proxies, on sockets that were handed to this process
// where there are some. It returns the process whose place this one takes, if it
// does.
func (a *live) openProxies() (*predecessor, error) {
	before, handed, err := succeeding()
	if err != nil {
		return nil, err
	}
	if before == nil {
		handed = activated(a.log)
	}
	a.proxying, err = newProxying(a.conf.Proxies, handed, a.log)
	for _, name := range handed.close() {
		a.log.Warn("no listener of the configuration has this name or address; the socket that was handed over is closed", "socket", name)
	}
	return before, err
}

// closeStore lets go of the state. It may be called again.
func (a *live) closeStore() {
	if a.store != nil {
		a.store.Close()
		a.store = nil
	}
}

// run is Run once everything has been set up but for the logs.
func (a *live) run(ctx context.Context) error {
	if err := a.openLogs(); err != nil {
		a.endLogs()
		return err
	}
	servers, err := a.listen()
	if err != nil {
		a.endLogs()
		return err
	}
	reading := context.WithoutCancel(ctx) // goes on while the proxies drain
	a.startLogs(reading)
	serving := serveAll(servers)
	a.proxying.start()
	a.notify("READY=1")
	s := &shift{live: a, serving: serving, reading: reading}
	next, err := s.work(ctx)
	if next == nil {
		s.sayStopping()
	} else {
		a.proxying.drain() // closes the sockets: the successor accepts
	}
	a.timed("stop reading", a.endLogs)
	var unsaved error
	a.timed("write the last checkpoint", func() { unsaved = a.checkpointNow() })
	a.timed("close the listeners", serving.stop)
	if next != nil {
		a.closeStore()
		next.release()
		a.timed("drain the proxies", a.proxying.close)
	}
	return errors.Join(err, unsaved, serving.err())
}

// timed does a step of stopping, and says how long it took.
func (a *live) timed(step string, do func()) {
	start := time.Now()
	do()
	a.log.Info("stopping", "step", step, "took", time.Since(start).Round(time.Millisecond))
}
