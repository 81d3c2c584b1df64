package agent

import (
	"context"
	"fmt"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// reload reads the configuration again, nginx's with it, and goes on by it. No
// counter is touched. One that cannot be used changes nothing, and is told. It
// reports whether the new one counts.
func (a *live) reload(ctx context.Context) bool {
	a.notify(reloading())
	defer a.notify(daemon.SdNotifyReady)
	conf, err := a.process.Load()
	if err == nil && conf.State.Directory != a.conf.State.Directory {
		err = fmt.Errorf("state.directory cannot change from %q to %q while running; restart for that", a.conf.State.Directory, conf.State.Directory)
	}
	if err == nil && (conf.Metrics != a.conf.Metrics || conf.Admin != a.conf.Admin) {
		err = fmt.Errorf("listeners (metrics, admin) cannot change while running; restart for that")
	}
	if err == nil && conf.Reading != a.conf.Reading {
		err = fmt.Errorf("how logs are followed (reading) cannot change while running; restart for that")
	}
	if err == nil {
		err = a.proxying.checkReload(&conf.Proxies)
	}
	var inputs []liveInput
	if err == nil {
		inputs, err = a.process.inputs(conf)
	}
	if err == nil {
		err = a.proxying.reload(conf.Proxies)
	}
	if err != nil {
		a.log.Error("cannot reload; the configuration before goes on", "error", err)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.reloaded.OK = false
		return false
	}
	before := a.experiments
	a.configure(conf, inputs)
	a.adopt()
	a.beginEpochs(before)
	a.spreadChanges()
	a.lookForLogs(ctx)
	a.checkpointNow()
	a.log.Info("reloaded")
	return true
}

// adopt makes every log be read as its input says now, and lets go of those that
// no input names.
func (a *live) adopt() {
	kept := make(map[string]bool)
	for _, l := range a.sorted() {
		for _, input := range a.inputs {
			if input.syslog == l.name || input.matches(l.name) {
				l.reread(input.formats)
				kept[l.name] = true
				break
			}
		}
		if !kept[l.name] {
			a.log.Info("log is no longer configured; what was counted of it stays in the totals", "log", l.name)
			a.depart(l)
		}
	}
}

// reloading is what the service manager is told of a reload that begins: it
// wants the monotonic clock with it.
func reloading() string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return daemon.SdNotifyReloading
	}
	return fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000)
}
