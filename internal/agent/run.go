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

	Log     *slog.Logger
	Version string

	// Reload receives whenever the configuration is to be read again.
	Reload <-chan os.Signal

	// Notify tells the service manager of a change of state, in the words of
	// sd_notify; Watchdog is how often it wants to hear that all is well, 0 for
	// never.
	Notify   func(state string)
	Watchdog time.Duration
}

// Run follows logs, keeps what it counts and publishes it, until ctx ends. It
// then stops in this order: reading; the last checkpoint; the listeners, so that
// what was counted last can still be scraped; the lock on the state.
func Run(ctx context.Context, run RunConfig) error {
	conf, err := run.Load()
	if err != nil {
		return err
	}
	store, err := checkpoint.Open(conf.State.Directory)
	if err != nil {
		return err
	}
	defer store.Close()
	a, err := newLive(run, conf, store)
	if err != nil {
		return err
	}
	return a.run(ctx)
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
	a.startLogs(ctx)
	serving := serveAll(servers)
	a.notify("READY=1")
	err = a.work(ctx, serving)
	a.notify("STOPPING=1")
	a.timed("stop reading", a.endLogs)
	var unsaved error
	a.timed("write the last checkpoint", func() { unsaved = a.checkpointNow() })
	a.timed("close the listeners", serving.stop)
	return errors.Join(err, unsaved, serving.err())
}

// work does what is to be done from time to time, until ctx ends or a listener
// fails.
func (a *live) work(ctx context.Context, serving *serving) error {
	checkpoints := time.NewTicker(a.conf.State.Interval)
	defer checkpoints.Stop()
	looks := time.NewTicker(lookInterval)
	defer looks.Stop()
	watchdog := make(<-chan time.Time)
	if a.process.Watchdog > 0 {
		ticker := time.NewTicker(a.process.Watchdog / 2)
		defer ticker.Stop()
		watchdog = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-serving.failed:
			return nil // run returns why
		case <-checkpoints.C:
			a.checkpointNow()
		case <-looks.C:
			a.lookForLogs(ctx)
			a.catchingUp() // to say when it is over
		case <-watchdog:
			a.sayAlive()
		case <-a.process.Reload:
			if a.reload(ctx) {
				checkpoints.Reset(a.conf.State.Interval)
			}
		}
	}
}

// timed does a step of stopping, and says how long it took.
func (a *live) timed(step string, do func()) {
	start := time.Now()
	do()
	a.log.Info("stopping", "step", step, "took", time.Since(start).Round(time.Millisecond))
}
