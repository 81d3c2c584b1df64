package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func nameScenarios() []scenario {
	return []scenario{
		{name: "eacces", shape: "the new file cannot be read for 300 ms, between create and chown", run: unreadableAtFirst},
		{name: "directory", shape: "the directory is replaced; nginx stays on the old file for 200 ms", run: directoryReplaced},
		{name: "symlink", shape: "the log is a symlink, which is pointed to a new file", run: symlinkSwapped},
		{name: "bind-mount", shape: "one file is mounted (as into a container) and rotated by copytruncate", run: bindMount},
		{name: "glob", shape: "files that appear behind a glob while the agent runs, each rotated", run: globGrows},
		{name: "glob-rotated", shape: "a glob that also matches the rotated and compressed names", run: globMatchesRotated},
		{name: "removed", shape: "one of two logs is removed for good: its series go, the totals stay", run: removedForGood},
	}
}

func unreadableAtFirst(t *trial) outcome {
	t.needRoot()
	w := t.newWriter(t.makeDir("logs")+"/access.log", pick(t, maxBlocks, 300_000))
	a := t.newAgent(agentConfig{logs: []string{w.path}, asNobody: true})
	a.startReady()
	rotations := pick(t, 2, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		t.shift(w.path)
		file, err := os.OpenFile(w.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		t.must(err)
		t.must(file.Close())
		w.pour(t.rate(), 100*time.Millisecond)
		w.reopen()
		w.pour(t.rate(), 200*time.Millisecond)
		t.must(os.Chown(w.path, nobody, nobody))
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func directoryReplaced(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	rotations := pick(t, 1, 5)
	for round := range rotations {
		w.pour(t.rate(), t.span())
		t.must(os.Rename(t.path("logs"), t.path(fmt.Sprintf("logs.%d", round))))
		w.pour(t.rate(), 100*time.Millisecond)
		t.makeDir("logs")
		w.pour(t.rate(), 100*time.Millisecond)
		w.reopen()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func symlinkSwapped(t *trial) outcome {
	w, link := t.newWriter(t.makeDir("logs")+"/access-0.log", pick(t, maxBlocks, 600_000)), t.path("logs", "access.log")
	t.must(os.Symlink("access-0.log", link))
	a := t.newAgent(agentConfig{logs: []string{link}})
	a.startReady()
	rotations := pick(t, 2, 10)
	for round := range rotations {
		w.pour(t.rate(), t.span())
		next := fmt.Sprintf("access-%d.log", round+1)
		t.create(t.path("logs", next))
		t.must(os.Symlink(next, link+".new"))
		t.must(os.Rename(link+".new", link))
		w.pour(t.rate(), 200*time.Millisecond)
		w.path = t.path("logs", next)
		w.reopen()
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func bindMount(t *trial) outcome {
	t.needRoot()
	w := t.newWriter(t.makeDir("host")+"/access.log", pick(t, maxBlocks, 300_000))
	inside := t.makeDir("container") + "/access.log"
	t.create(inside)
	if output, err := exec.Command("mount", "--bind", w.path, inside).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("cannot mount: %v: %s", err, output)
		}
		t.Skipf("cannot mount: %v: %s", err, output)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(inside, 0); err != nil {
			t.Error(err)
		}
	})
	a := t.newAgent(agentConfig{logs: []string{inside}})
	t.Cleanup(a.kill) // before the file is unmounted
	a.startReady()
	truncations := pick(t, 1, 4)
	for round := range truncations {
		w.pour(t.rate(), t.span())
		a.settle(w.written())
		t.copyTruncate(w.path, fmt.Sprintf("%s.%d", w.path, round+1))
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{truncations: int64(truncations)}, w)
}

func globGrows(t *trial) outcome {
	directory := t.makeDir("logs")
	a := t.newAgent(agentConfig{logs: []string{directory + "/*.log"}})
	a.startReady()
	files := pick(t, 3, 20)
	var writers []*logWriter
	for number := range files {
		w := t.newWriter(fmt.Sprintf("%s/site%d.log", directory, number), maxBlocks)
		w.write(pick(t, 200, 2000)) // before the agent can have seen it
		writers = append(writers, w)
	}
	for _, w := range writers {
		w.pour(t.rate()/4, 50*time.Millisecond)
	}
	a.settle(total(writers)) // all are known by now
	for _, w := range writers {
		t.rotate(w, t.rate()/4, 50*time.Millisecond)
		w.pour(t.rate()/4, 50*time.Millisecond)
	}
	return a.verify(expected{rotations: int64(files)}, writers...)
}

func total(writers []*logWriter) (lines int64) {
	for _, w := range writers {
		lines += w.written()
	}
	return lines
}

func globMatchesRotated(t *trial) outcome {
	w := t.newWriter(t.makeDir("logs")+"/access.log", pick(t, maxBlocks, 600_000))
	a := t.newAgent(agentConfig{logs: []string{t.path("logs", "access.log*")}})
	a.startReady()
	rotations := pick(t, 3, 10)
	for range rotations {
		w.pour(t.rate(), t.span())
		if exists(w.path + ".1") {
			t.compress("gzip", w.path+".1")
		}
		t.rotate(w, t.rate(), 200*time.Millisecond)
		t.wait(pick(t, 500*time.Millisecond, 2*time.Second)) // the glob is looked at once a second
	}
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rotations)}, w)
}

func removedForGood(t *trial) outcome {
	stays := t.newWriter(t.makeDir("logs")+"/stays.log", pick(t, maxBlocks, 60_000))
	goes := t.newWriter(t.path("logs", "goes.log"), pick(t, maxBlocks, 60_000))
	a := t.newAgent(agentConfig{logs: []string{t.path("logs", "*.log")}, reading: map[string]string{"linger": "1s"}})
	a.startReady()
	goes.pour(t.rate(), t.span())
	stays.pour(t.rate(), t.span())
	a.settle(stays.written() + goes.written())
	t.must(os.Remove(goes.path))
	t.must(goes.file.Close())
	t.until(func() string { return "the removed log still has series" + a.said() }, func() bool {
		a.alive()
		e := a.scrape()
		if e == nil {
			return false
		}
		for _, s := range e.samples {
			if s.labels["file"] == goes.path {
				return false
			}
		}
		return true
	})
	stays.pour(t.rate(), t.span())
	return a.verify(expected{removed: true}, stays, goes)
}
