package conformance

import (
	"time"
)

func loadScenarios() []scenario {
	return []scenario{
		{name: "kills", shape: "kill -9 again and again at 20 000 lines a second, rotations in between", run: kills, alone: true},
		{name: "nginx", shape: "a real nginx under wrk, rotated by a real logrotate", run: nginxUnderLoad, alone: true},
		{name: "hostile", shape: "10 000 hostile lines a second", run: hostile, alone: true},
	}
}

// kills kills the agent while a log is written that is also rotated, now and
// then while nobody follows it. All the time a scraper looks for counters that
// step back.
func kills(t *trial) outcome {
	const rate = 20_000
	count := pick(t, 5, 100)
	longest := 1500 * time.Millisecond
	w := t.newWriter(t.makeDir("logs")+"/access.log", count*rate*2)
	a := t.newAgent(agentConfig{logs: []string{w.path}, interval: 200 * time.Millisecond})
	stop := w.flow(rate, count*rate*2)
	rotations := int64(0)
	for range count {
		a.start()
		t.wait(time.Duration(t.random.Int64N(int64(longest))))
		if t.random.IntN(3) == 0 {
			t.rotateInFlow(w)
			rotations++
			t.wait(time.Duration(t.random.IntN(200)) * time.Millisecond)
		}
		a.kill()
		for t.random.IntN(4) == 0 {
			t.rotateInFlow(w)
			rotations++
		}
		t.wait(time.Duration(t.random.IntN(100)) * time.Millisecond)
	}
	a.startReady()
	t.rotateInFlow(w)
	stop()
	return a.verify(expected{rotations: rotations + 1}, w)
}

// rotateInFlow rotates a log that is being written in another goroutine, and
// now and then compresses the file before the newest rotated one.
func (t *trial) rotateInFlow(w *logWriter) {
	t.Helper()
	t.shift(w.path)
	t.create(w.path)
	t.wait(time.Duration(t.random.IntN(200)) * time.Millisecond)
	w.reopen()
	if name := rotated(w.path, 2); exists(name) && compression(name) == "" && t.random.IntN(2) == 0 {
		t.compress([]string{"gzip", "zstd"}[t.random.IntN(2)], name)
	}
}
