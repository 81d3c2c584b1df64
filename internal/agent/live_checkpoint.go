package agent

import (
	"github.com/splitgauge/splitgauge/internal/checkpoint"
)

// checkpointNow keeps places and counts. A failure is told and counted; counting
// goes on, and the next checkpoint has everything.
func (a *live) checkpointNow() error {
	if a.process.ProxiesAlone {
		return nil
	}
	err := a.save()
	if err != nil {
		a.log.Error("cannot keep the state; after a restart, counting would go on from the last one that was kept", "error", err)
	}
	a.measureRates()
	return err
}

// save writes a checkpoint.
func (a *live) save() error {
	result, err := a.store.Save(a.state())
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.saved.Failures[checkpoint.Cause(err)]++
		return err
	}
	a.saved.Written = a.now()
	if result.Written {
		a.saved.Duration, a.saved.Size = result.Duration, result.Size
	}
	return nil
}

// state returns what is to be kept. Each log is a unit of its own; they need not
// be of one moment.
func (a *live) state() *checkpoint.State {
	a.mu.Lock()
	defer a.mu.Unlock()
	state := &checkpoint.State{Created: a.created, Patterns: a.patterns, Left: a.left, Departed: a.departed, Held: a.union.Held()}
	for _, l := range a.sorted() {
		state.Logs = append(state.Logs, l.checkpoint())
	}
	return state
}
