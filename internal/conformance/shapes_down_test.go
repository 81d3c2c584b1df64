package conformance

import (
	"fmt"
	"os"
	"time"
)

func downScenarios() []scenario {
	return []scenario{
		{name: "down", shape: "stopped; rotated once", run: down{rotations: 1}.run},
		{name: "down-gzip", shape: "stopped; rotated once and compressed by gzip", run: down{rotations: 1, compressor: "gzip"}.run},
		{name: "down-twice-zstd", shape: "stopped; rotated twice, both compressed by zstd", run: down{rotations: 2, compressor: "zstd"}.run},
		{name: "down-dateext", shape: "stopped; rotated twice to dated names, both compressed by gzip", run: down{rotations: 2, compressor: "gzip", dated: true}.run},
		{name: "killed", shape: "kill -9; rotated twice", run: down{kill: true, rotations: 2}.run},
		{name: "killed-gzip", shape: "kill -9; rotated twice, both compressed by gzip", run: down{kill: true, rotations: 2, compressor: "gzip"}.run},
		{name: "killed-zstd", shape: "kill -9; rotated once and compressed by zstd", run: down{kill: true, rotations: 1, compressor: "zstd"}.run},
		{name: "killed-five", shape: "kill -9; rotated five times, all but the newest compressed", run: down{kill: true, rotations: 5, compressor: "gzip", delayed: true}.run},
		{name: "inode", shape: "stopped; the file is deleted, and another one gets its inode number", run: inodeReused},
		{name: "mid-line", shape: "kill -9 while half a line is there", run: killedMidLine},
		{name: "from-end", shape: "first start at the end of a log; kill -9 before anything was counted", run: killedAfterFirstStart},
	}
}

// down is the agent being away while its log is rotated.
type down struct {
	kill       bool // -9, else it is stopped
	rotations  int
	compressor string
	delayed    bool // the newest rotated file is not compressed
	dated      bool
}

func (d down) run(t *trial) outcome {
	if d.compressor != "" {
		t.need(d.compressor)
	}
	w, a := t.single()
	rounds := pick(t, 1, 5)
	for range rounds {
		a.startReady()
		w.pour(t.rate(), t.span())
		if d.kill {
			a.kill()
		} else {
			a.stop()
		}
		w.write(pick(t, 100, 5000)) // still to the file that it knows
		for number := range d.rotations {
			d.rotate(t, w, number)
			w.write(pick(t, 300, 5000))
		}
	}
	a.startReady()
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: int64(rounds * d.rotations)}, w)
}

func (d down) rotate(t *trial, w *logWriter, number int) {
	t.Helper()
	name := w.path + ".1"
	if d.dated {
		for day := 10; ; day++ { // the first that is free
			name = fmt.Sprintf("%s-202611%02d", w.path, day)
			if !exists(name) && !exists(name+".gz") {
				break
			}
		}
		t.must(os.Rename(w.path, name))
	} else {
		t.shift(w.path)
	}
	w.reopen()
	if d.delayed {
		name = rotated(w.path, 2)
	}
	if d.compressor != "" && exists(name) && compression(name) == "" {
		t.compress(d.compressor, name)
	}
}

func inodeReused(t *trial) outcome {
	w, a := t.single()
	a.startReady()
	w.pour(t.rate(), t.span())
	a.settle(w.written())
	a.stop()
	old := t.inode(w.path)
	size, err := os.Stat(w.path)
	t.must(err)
	t.must(os.Remove(w.path))
	t.must(w.file.Close()) // the last descriptor, or the number stays taken
	t.createWithInode(w.path, old)
	w.file = t.openLog(w.path)
	for file, err := os.Stat(w.path); ; file, err = os.Stat(w.path) { // past the old position
		t.must(err)
		if file.Size() > size.Size()+1000 {
			break
		}
		w.write(100)
	}
	a.startReady()
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: -1}, w)
}

// createWithInode creates a file that has a certain inode number, which was
// free a moment ago: by creating files until one has it.
func (t *trial) createWithInode(path string, inode uint64) {
	t.Helper()
	const most = 10_000
	for number := range most {
		name := fmt.Sprintf("%s.filler%d", path, number)
		t.create(name)
		if t.inode(name) == inode {
			t.must(os.Rename(name, path))
			for ; number > 0; number-- {
				t.must(os.Remove(fmt.Sprintf("%s.filler%d", path, number-1)))
			}
			return
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("none of %d new files has the inode number of the deleted one: set TMPDIR to a directory of ext4", most)
	}
	t.Skipf("none of %d new files has the inode number of the deleted one", most)
}

func killedMidLine(t *trial) outcome {
	w, a := t.single()
	for range pick(t, 2, 20) {
		a.startReady()
		w.pour(t.rate(), t.span()/2)
		finish := w.half()
		t.wait(time.Duration(t.random.IntN(300)) * time.Millisecond)
		a.kill()
		finish()
		w.write(10)

		finish = w.half()
		a.startReady()
		t.wait(time.Duration(t.random.IntN(300)) * time.Millisecond)
		finish()
		w.write(10)
		a.kill()
	}
	a.startReady()
	return a.verify(expected{}, w)
}

func killedAfterFirstStart(t *trial) outcome {
	before := t.newWriter(t.makeDir("logs")+"/access.log", maxBlocks)
	before.write(1000)
	a := t.newAgent(agentConfig{logs: []string{before.path}, fromEnd: true})
	a.startReady()
	a.kill()
	w := t.newWriter(before.path, pick(t, maxBlocks, 100_000)) // of the same file, from here on
	w.write(500)
	a.startReady()
	w.pour(t.rate(), t.span())
	return a.verify(expected{}, w)
}
