package conformance

import (
	"fmt"
	"os"
	"time"
)

func renameScenarios() []scenario {
	return []scenario{
		{name: "rename", shape: "rename and create; nginx stays on the old file for 200 ms", run: renameLate},
		{name: "rename-nocreate", shape: "rename; no file for 1.2 s, until nginx creates it", run: renameWithoutCreate},
		{name: "rename-silent", shape: "rename; nginx is silent for 70 s, then goes on in the old file, and creates a new one", run: renameThenSilence},
		{name: "buffer", shape: "rename and create; a buffer is flushed to the old file after that", run: bufferFlush},
		{name: "delete", shape: "delete; nginx stays on the deleted file for 50 ms, then creates it", run: deleteAndRecreate},
		{name: "stalled", shape: "two rotations while the agent is stalled", run: stalled("")},
		{name: "stalled-gzip", shape: "two rotations while the agent is stalled, both files compressed", run: stalled("gzip")},
		{name: "catch-up", shape: "rotation while a backlog is being read", run: rotationDuringCatchUp},
		{name: "rename-gzip", shape: "rename, and gzip within a second", run: renameThenCompress},
		{name: "dateext", shape: "rename to dated names", run: datedNames},
		{name: "half-lines", shape: "lines written in pieces, also across a rotation", run: halfLines},
		{name: "reload", shape: "SIGHUP with a changed and with a broken configuration between rotations", run: reload},
		{name: "nginx-buffer", shape: "a real nginx with buffer=32k flush=1s, rotated by rename and USR1", run: nginxBuffer},
	}
}

// rate is how many lines a second most scenarios write.
func (t *trial) rate() int { return pick(t, 4000, 20_000) }

// span is how long most of them write between two things that happen.
func (t *trial) span() time.Duration { return pick(t, 250*time.Millisecond, time.Second) }

// single returns a log and an agent that follows it, which is not started yet.
func (t *trial) single() (*logWriter, *agent) {
	t.Helper()
	w := t.newWriter(t.makeDir("logs")+"/access.log", pick(t, maxBlocks, 600_000))
	return w, t.newAgent(agentConfig{logs: []string{w.path}})
}

func renameLate(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 3, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.rotate(w, t.rate(), 200*time.Millisecond)
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func renameWithoutCreate(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 1, 5)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.shift(w.path)
		w.pour(t.rate(), pick(t, 600*time.Millisecond, 1200*time.Millisecond))
		w.reopen()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

// renameThenSilence has no file behind the name for longer than a log may be
// missing before it counts as gone.
func renameThenSilence(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	w.pour(t.rate(), t.span())
	t.shift(w.path)
	t.wait(pick(t, 2*time.Second, 70*time.Second))
	w.pour(t.rate(), t.span())
	w.reopen()
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: 1}, w)
}

func bufferFlush(t *trial) outcome {
	w, a := t.single()
	w.size = 32 << 10
	a.startReady()
	rotations := pick(t, 2, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.shift(w.path)
		t.create(w.path)
		t.wait(pick(t, 500*time.Millisecond, 3*time.Second)) // longer than the grace time
		w.reopen()
	}
	w.pour(t.rate(), t.span())
	w.reopen() // flushes
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func deleteAndRecreate(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 2, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.must(os.Remove(w.path))
		w.pour(t.rate(), 50*time.Millisecond)
		w.reopen()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

// stalled returns a scenario in which the files of two rotations were never seen
// by a name that the agent looks at.
func stalled(compressor string) func(*trial) outcome {
	return func(t *trial) outcome {
		w, a := t.single()
		a.startReady()
		rounds := pick(t, 1, 4)
		for range rounds {
			w.pour(t.rate(), t.span())
			resume := a.stall()
			for range 2 {
				w.pour(t.rate(), t.span()/2)
				t.rotate(w, t.rate(), 20*time.Millisecond)
			}
			if compressor != "" {
				t.compress(compressor, rotated(w.path, 1))
				t.compress(compressor, rotated(w.path, 2))
			}
			w.pour(t.rate(), t.span()/2)
			resume()
		}
		w.pour(t.rate(), t.span())
		return a.verify(expected{rotations: int64(2 * rounds)}, w)
	}
}

func rotationDuringCatchUp(t *trial) outcome {
	backlog := pick(t, 300_000, 3_000_000)
	path := t.makeDir("logs") + "/access.log"
	w := t.newWriter(path, backlog+pick(t, 4000, 100_000))
	a := t.newAgent(agentConfig{logs: []string{path}})
	w.write(backlog)
	a.start()
	a.untilOpen(path)
	t.shift(path)
	w.pour(t.rate(), pick(t, 200*time.Millisecond, 1200*time.Millisecond)) // while there is no file
	w.reopen()
	w.pour(t.rate(), t.span())
	t.rotate(w, t.rate(), 100*time.Millisecond)
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: 2}, w)
}

// untilOpen waits until the agent has opened a file.
func (a *agent) untilOpen(path string) {
	a.trial.Helper()
	directory := fmt.Sprintf("/proc/%d/fd", a.process.Process.Pid)
	a.trial.until(func() string { return "the agent has not opened the log" + a.said() }, func() bool {
		a.alive()
		links, _ := os.ReadDir(directory) // the process may have ended
		for _, link := range links {
			if target, err := os.Readlink(directory + "/" + link.Name()); err == nil && target == path {
				return true
			}
		}
		return false
	})
}

func renameThenCompress(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 2, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.rotate(w, t.rate(), 100*time.Millisecond)
		w.pour(t.rate(), pick(t, 100*time.Millisecond, 800*time.Millisecond))
		t.compress("gzip", w.path+".1")
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func datedNames(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 2, 10)
	for day := range rotations {
		w.pour(t.rate(), t.span())
		t.must(os.Rename(w.path, fmt.Sprintf("%s-202611%02d", w.path, 10+day)))
		t.create(w.path)
		w.pour(t.rate(), 200*time.Millisecond)
		w.reopen()
		if day > 0 { // as with delaycompress
			t.compress("gzip", fmt.Sprintf("%s-202611%02d", w.path, 10+day-1))
		}
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func halfLines(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	pause := pick(t, 150*time.Millisecond, 400*time.Millisecond) // longer than the agent looks away
	rotations := pick(t, 2, 10)
	for range rotations {
		for range 3 {
			finish := w.half()
			t.wait(pause)
			finish()
		}
		w.write(10)
		finish := w.half()
		t.shift(w.path)
		t.create(w.path)
		t.wait(pause)
		finish() // in the old file
		w.reopen()
	}
	return a.verify(expected{rotations: int64(rotations)}, w)
}
