package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/internal/loggen"
)

// keptConfig is the configuration of an agent whose state is looked at.
const keptConfig = `
nginx: {config: none}
split: '%[2]s'
logs:
  - {path: "%[1]s/one.log", format: '%[3]s'}
  - {path: "%[1]s/two.log", format: '%[3]s'}
state: {directory: "%[1]s/state", interval: 200ms}
metrics: {listen: "%[4]s"}
admin: {listen: none}
reading: {from_beginning: true, poll: 10ms, grace: 100ms}
`

// keptSplit has variants of very different sizes.
const keptSplit = `split_clients "${remote_addr}AAA" $variant { 4% .one; 8% .two; * ""; }`

// TestExperimentStateIsThatOfReplay runs an agent on logs that are rotated, kills it
// and has it go on from the state that it last kept or from an older one. In the
// end its state of the experiment has to be, to the last bit, what replay makes of
// the same files: every cell, latency, minute and client.
func TestExperimentStateIsThatOfReplay(t *testing.T) {
	seeds, steps, lines := 2, 8, 15_000
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		seeds, steps, lines = 40, 20, 60_000 // more clients than a set keeps
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t, uint64(seed), lines)
			k.start()
			k.remember() // places, before anything was counted
			for range steps {
				k.step()
			}
			k.finish()
			k.compare()
		})
	}
}

// keeper is an agent, the logs that it follows, and the state that it keeps.
type keeper struct {
	t         *testing.T
	directory string
	random    *rand.Rand
	logs      []*keptLog
	rest      []byte // of the lines, not written yet
	lines     int64
	size      int // bytes of them

	text  []byte            // of the state that the agent has kept
	state *checkpoint.State // which it says
	older []byte            // another one, kept before
	stop  func()
	did   map[string]int
}

// keptLog is a log as nginx writes it: to an open file, which it opens anew only
// when told to.
type keptLog struct {
	path  string
	file  *os.File
	files []string // all of them, the current one last
}

func newKeeper(t *testing.T, seed uint64, lines int) *keeper {
	t.Helper()
	k := &keeper{t: t, directory: t.TempDir(), random: rand.New(rand.NewPCG(seed, 8)), did: map[string]int{}}
	config := loggen.Config{Seed: seed, Lines: lines, Format: loggen.Extended, Duration: 3 * time.Hour,
		Clients: 1 << 18, Split: keptSplit, Bad: 0.01}
	k.rest, _ = generateLog(t, config)
	k.size = len(k.rest)
	k.lines = int64(bytes.Count(k.rest, []byte("\n")))
	for _, name := range []string{"one.log", "two.log"} {
		l := &keptLog{path: filepath.Join(k.directory, name)}
		k.open(l)
		k.logs = append(k.logs, l)
		t.Cleanup(func() { l.file.Close() })
	}
	return k
}

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) open(l *keptLog) {
	k.t.Helper()
	var err error
	l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	k.must(err)
	l.files = append(l.files, l.path)
}

// start starts the agent on the state that there is.
func (k *keeper) start() {
	k.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a free address
	k.must(err)
	k.must(listener.Close())
	text := fmt.Sprintf(keptConfig, k.directory, keptSplit, loggen.Extended.Text(), listener.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, RunConfig{
			Load: func() (*config.Config, error) { return config.Parse("test", []byte(text)) },
			Log:  slog.New(slog.DiscardHandler),
		})
	}()
	stopped := false
	k.stop = func() {
		k.t.Helper()
		if !stopped {
			stopped = true
			cancel()
			k.must(<-ended)
		}
	}
	k.t.Cleanup(k.stop)
	k.until(func() string { return "the agent keeps no state" }, func() bool {
		_, err := os.Stat(k.stateFile())
		return err == nil
	})
}

// until waits for something to be so.
func (k *keeper) until(problem func() string, done func() bool) {
	k.t.Helper()
	deadline := time.NewTimer(time.Minute) // much longer than anything takes
	defer deadline.Stop()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-deadline.C:
			k.t.Fatal(problem())
		case <-ticker.C:
		}
	}
}

func (k *keeper) stateFile() string { return filepath.Join(k.directory, "state", "state") }

// kept returns the state that the agent has kept, which goes on.
func (k *keeper) kept() *checkpoint.State {
	k.t.Helper()
	text, err := os.ReadFile(k.stateFile())
	k.must(err)
	if bytes.Equal(text, k.text) {
		return k.state
	}
	copied := k.t.TempDir()
	k.must(os.WriteFile(filepath.Join(copied, "state"), text, 0o600))
	store, err := checkpoint.Open(copied)
	k.must(err)
	defer store.Close()
	k.state, err = store.Load()
	k.must(err)
	k.text = text
	return k.state
}

// total returns the sum of what a state has counted.
func total(state *checkpoint.State) *aggregator.Snapshot {
	sum := aggregator.NewSnapshot()
	if state.Departed != nil {
		sum.Merge(state.Departed)
	}
	for _, log := range state.Logs {
		sum.Merge(log.Counted)
	}
	return sum
}

// remember keeps the state for a crash to come.
func (k *keeper) remember() {
	k.t.Helper()
	var err error
	k.older, err = os.ReadFile(k.stateFile())
	k.must(err)
}

// step writes lines, and does one thing to a log or to the agent.
func (k *keeper) step() {
	k.t.Helper()
	for range 1 + k.random.IntN(3) {
		k.write(k.any(), k.random.IntN(k.size/30))
	}
	steps := []struct {
		name string
		do   func()
	}{
		{"rotate", func() { k.rotate(k.any()) }},
		{"remember", k.remember},
		{"crash", k.crash},
		{"pause", k.pause},
		{"catch up", k.catchUp},
	}
	step := steps[k.random.IntN(len(steps))]
	k.did[step.name]++
	step.do()
}

func (k *keeper) any() *keptLog { return k.logs[k.random.IntN(len(k.logs))] }

// write writes so many bytes to a log, up to the end of a line: a part of a line
// first, and soon after the rest.
func (k *keeper) write(l *keptLog, size int) {
	k.t.Helper()
	size = min(size, len(k.rest))
	size += bytes.IndexByte(k.rest[size:], '\n') + 1
	part := k.random.IntN(size + 1)
	for _, text := range [][]byte{k.rest[:part], k.rest[part:size]} {
		_, err := l.file.Write(text)
		k.must(err)
	}
	k.rest = k.rest[size:]
}

// rotate renames a log and goes on writing to the old file, as nginx does until it
// is told.
func (k *keeper) rotate(l *keptLog) {
	k.t.Helper()
	name := fmt.Sprintf("%s-20261125%02d", l.path, len(l.files)) // as logrotate does with dateext
	k.must(os.Rename(l.path, name))
	l.files[len(l.files)-1] = name
	old := l.file
	k.open(l)
	fresh := l.file
	l.file = old
	k.write(l, k.random.IntN(10_000))
	k.must(old.Close())
	l.file = fresh
	k.write(l, k.random.IntN(10_000))
}

// crash has the agent go on from an older state than the last one, as after a kill
// that came before the state was kept, or a machine that lost power.
func (k *keeper) crash() {
	k.t.Helper()
	k.stop()
	k.must(os.WriteFile(k.stateFile(), k.older, 0o600))
	k.start()
}

// pause stops the agent, lets logs be written and rotated, and starts it again.
func (k *keeper) pause() {
	k.t.Helper()
	k.stop()
	k.write(k.any(), k.random.IntN(50_000))
	k.rotate(k.any())
	k.start()
}

// catchUp waits until the agent has kept that it has counted all that was written.
func (k *keeper) catchUp() {
	k.t.Helper()
	written := k.lines - int64(bytes.Count(k.rest, []byte("\n")))
	var last int64
	k.until(func() string { return fmt.Sprintf("the agent has counted %d lines of %d", last, written) }, func() bool {
		last = total(k.kept()).Lines.Total()
		if last > written {
			k.t.Fatalf("the agent has counted %d lines of %d", last, written)
		}
		return last == written
	})
}

// finish writes what is left, and stops the agent when it has counted it.
func (k *keeper) finish() {
	k.t.Helper()
	k.write(k.any(), len(k.rest)/2)
	k.rotate(k.any())
	k.crash()
	for _, l := range k.logs {
		k.write(l, len(k.rest))
	}
	k.catchUp()
	k.stop()
	k.t.Logf("%d lines, %v, files %d and %d", k.lines, k.did, len(k.logs[0].files), len(k.logs[1].files))
}

// compare holds what was kept against what replay makes of all files, in several
// ways.
func (k *keeper) compare() {
	k.t.Helper()
	live := total(k.kept())
	config := ReplayConfig{Inputs: slices.Concat(k.logs[0].files, k.logs[1].files), Workers: 3, Reading: Reading{
		Format: loggen.Extended.Text(), Split: parseSplit(k.t, keptSplit),
		Compare: Comparison{Metrics: []string{experiment.Errors5xx}}, // what is counted is the same for any
	}}
	config.Reader.BlockSize = 16 << 10 // many batches, for the workers to mix up
	whole := mustReplay(k.t, config).Snapshot
	k.sameExperiments("replay", live, whole)
	parts := aggregator.NewSnapshot()
	for _, log := range k.logs {
		config.Inputs, config.Workers = log.files, 1
		parts.Merge(mustReplay(k.t, config).Snapshot)
	}
	k.sameExperiments("replay of each log, merged,", live, parts)

	x := live.Experiments["variant"]
	if x == nil || len(x.Arms) != 3 {
		k.t.Fatalf("experiments %v; want one of three arms", slices.Collect(maps.Keys(live.Experiments)))
	}
	for _, arm := range x.Arms { // or equal would mean little
		if arm.Requests == 0 || arm.Cells == nil || arm.Latencies == nil || arm.Minutes == nil || arm.Clients.Count() < 50 ||
			arm.Affected.Count() == 0 || len(arm.Servers) == 0 {
			k.t.Errorf("arm %q is nearly empty: %d requests, %d clients", arm.Name, arm.Requests, arm.Clients.Count())
		}
	}
	if rest := x.Arms[2]; rest.Name != "" || (rest.Clients.Level() > 0) != (k.lines > 50_000) {
		k.t.Errorf("arm %q has %d clients; want more than a set keeps of many", rest.Name, rest.Clients.Count())
	}
}

// sameExperiments wants two snapshots to have the same experiments, bit by bit.
func (k *keeper) sameExperiments(what string, live, replayed *aggregator.Snapshot) {
	k.t.Helper()
	if got, want := k.binary(live), k.binary(replayed); !bytes.Equal(got, want) {
		k.t.Errorf("the state of the experiment is another one than that of %s: %d bytes, want %d", what, len(got), len(want))
		for name, x := range replayed.Experiments {
			k.describe(live.Experiments[name], x)
		}
	}
	if !maps.EqualFunc(live.Assignments, replayed.Assignments, func(a, b *aggregator.Assignment) bool {
		return a.Checked == b.Checked && maps.Equal(a.Mismatches, b.Mismatches)
	}) {
		k.t.Errorf("assignments are not those of %s", what)
	}
}

// binary returns the experiments of a snapshot as they are kept.
func (k *keeper) binary(snapshot *aggregator.Snapshot) []byte {
	k.t.Helper()
	only := aggregator.NewSnapshot()
	only.Experiments = snapshot.Experiments
	text, err := only.MarshalBinary()
	k.must(err)
	return text
}

// describe says in what experiments differ.
func (k *keeper) describe(live, replayed *aggregator.Experiment) {
	k.t.Helper()
	if live == nil || len(live.Arms) != len(replayed.Arms) {
		k.t.Errorf("experiment %+v; want %+v", live, replayed)
		return
	}
	k.t.Logf("definition %q, want %q; changed %d, want %d; from %d to %d, want %d to %d; unknown %d, want %d", live.Definition,
		replayed.Definition, live.Changed, replayed.Changed, live.First, live.Last, replayed.First, replayed.Last, live.Unknown, replayed.Unknown)
	for i, got := range live.Arms {
		want := replayed.Arms[i]
		k.t.Logf("arm %q: requests %d, want %d; cells are equal: %v, minutes: %v, clients %d, want %d, affected %d, want %d", got.Name,
			got.Requests, want.Requests, slices.Equal(got.Cells, want.Cells), slices.Equal(got.Minutes, want.Minutes),
			got.Clients.Count(), want.Clients.Count(), got.Affected.Count(), want.Affected.Count())
	}
}
