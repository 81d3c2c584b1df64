package conformance

import (
	"os"
	"strings"
	"syscall"
	"time"
)

// reload has the agent read its configuration again: with one more log, and
// then broken.
func reload(t *trial) outcome {
	w, a := t.single()
	more := t.newWriter(t.path("logs", "more.log"), pick(t, maxBlocks, 60_000))
	more.write(100)
	a.startReady()
	w.pour(t.rate(), t.span())
	a.config.logs = append(a.config.logs, more.path)
	a.writeConfig()
	a.signal(syscall.SIGHUP)
	w.pour(t.rate(), t.span())
	t.rotate(w, t.rate(), 200*time.Millisecond)
	a.settle(w.written() + more.written()) // the new log is read

	t.must(os.WriteFile(a.file, []byte("logs:\n  - pth: wrong\n"), 0o644))
	a.signal(syscall.SIGHUP)
	t.until(func() string { return "the agent does not complain of pth" + a.said() }, func() bool {
		a.alive()
		return strings.Contains(a.stderr.String(), "pth")
	})
	more.pour(t.rate(), t.span())
	w.pour(t.rate(), t.span())
	t.rotate(w, t.rate(), 200*time.Millisecond)
	a.settle(w.written() + more.written())
	a.writeConfig()
	a.signal(syscall.SIGHUP)
	w.pour(t.rate(), t.span())
	return a.verify(expected{rotations: 2}, w, more)
}
