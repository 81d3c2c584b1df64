package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
)

// history is an agent that logs come to and go from, whose split changes while it
// runs and while it does not, and what it should know by now.
type history struct {
	*liveTest
	settings []string // of the experiment; "" has none
	current  int
	logs     []string // that are there
	named    int      // so many names have been given

	changed time.Time // when the experiment became what it is; zero if that was not seen
	early   int64     // requests since then, while it may still have been another one
	counted int64     // all others
}

// step does something at random, and says what.
func (h *history) step() (did string) {
	switch h.random.IntN(7) {
	case 0, 1:
		h.log(fmt.Sprintf("%d.log", h.named))
		h.named++
		return "a new log"
	case 2:
		if len(h.logs) < 2 {
			return "nothing"
		}
		return h.remove(h.random.IntN(len(h.logs)))
	case 3:
		h.wait(11 * time.Minute)
		return "eleven minutes"
	case 4:
		h.wait(time.Second) // what was written has been counted
		h.hangUp(h.settings[h.change()])
		return fmt.Sprintf("reload with %q", h.settings[h.current])
	case 5:
		h.stop()
		h.configure(h.settings[h.change()])
		h.start()
		return fmt.Sprintf("restart with %q", h.settings[h.current])
	}
	h.log(h.logs[h.random.IntN(len(h.logs))])
	return "more lines"
}

// log writes to a log.
func (h *history) log(name string) {
	h.t.Helper()
	n := 1 + h.random.IntN(50)
	h.write(name, split55, n, nil)
	if !slices.Contains(h.logs, name) {
		h.logs = append(h.logs, name)
	}
	switch {
	case h.settings[h.current] == "":
	case time.Since(h.changed) < 10*time.Minute:
		h.early += 2 * int64(n)
	default:
		h.counted += 2 * int64(n)
	}
}

// remove removes a log, which departs.
func (h *history) remove(i int) string {
	h.t.Helper()
	name := h.logs[i]
	if err := os.Remove(filepath.Join(h.directory, name)); err != nil {
		h.t.Fatal(err)
	}
	h.logs = slices.Delete(h.logs, i, i+1)
	h.wait(10 * time.Second)
	return name + " is removed"
}

// change settles on another setting, or on the same.
func (h *history) change() int {
	next := h.random.IntN(len(h.settings))
	if next != h.current {
		h.changed = time.Time{}
		if h.settings[next] != "" && h.settings[h.current] != "" {
			h.changed = time.Now()
		}
		h.current, h.early, h.counted = next, 0, 0
	}
	return next
}

// check wants exactly what was counted since the last change, and NEW EPOCH if that
// was seen.
func (h *history) check(did string) {
	h.t.Helper()
	h.wait(13 * time.Second)
	r := h.result()
	if h.settings[h.current] == "" {
		if r != nil {
			h.t.Fatalf("%s: %q is said of no experiment", did, r.Reason)
		}
		return
	}
	if r == nil {
		h.t.Fatalf("%s: nothing is said", did)
	}
	requests := r.Control.Requests
	for _, v := range r.Variants {
		requests += v.Requests
	}
	if requests != h.counted || r.Epoch.Settling != h.early {
		h.t.Fatalf("%s: %d requests in this epoch, want %d, and %d early ones, want %d", did, requests, h.counted, r.Epoch.Settling, h.early)
	}
	if want := !h.changed.IsZero() && h.counted == 0; r.Epoch.New != want || (r.Verdict == experiment.NewEpoch) != want {
		h.t.Fatalf("%s: %q, new %v, want %v: %+v", did, r.Verdict, r.Epoch.New, want, r.Epoch)
	}
}

// TestEpochsOfAnyHistory has the experiment of an agent be that of its last epoch
// and nothing else, whatever became of its logs, its split and itself.
func TestEpochsOfAnyHistory(t *testing.T) {
	seeds := 4
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		seeds = 200
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			settings := []string{split55, split67, split55 + "experiments: {slow: 20ms}\n", ""}
			h := &history{liveTest: newLiveTest(t, settings[0]), settings: settings}
			for range seed {
				h.random.Uint64()
			}
			h.log("first.log")
			h.start()
			defer func() { h.stop() }()
			h.check("at the start")
			for i := range 12 {
				did := h.step()
				h.check(fmt.Sprintf("seed %d, step %d, %s", seed, i, did))
			}
		})
	}
}
