package conformance

import (
	"bufio"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// logWriter writes a log as nginx does: to an open file that it opens anew only
// when told to, at once or through a buffer. All it writes is also kept in one
// file that nobody rotates. Goroutines may share it.
type logWriter struct {
	trial *trial
	path  string

	mutex  sync.Mutex
	lines  *generator
	file   *os.File
	whole  *os.File
	tee    *bufio.Writer
	buffer []byte // of lines that are not written yet
	size   int    // of the buffer; 0 writes at once
}

// newWriter opens path for a log of at most so many lines.
func (t *trial) newWriter(path string, most int) *logWriter {
	t.Helper()
	lines, err := newGenerator(t.newRandom(), most)
	t.must(err)
	w := &logWriter{trial: t, path: path, lines: lines}
	if w.whole, err = os.Create(filepath.Join(t.dir, filepath.Base(path)+".whole")); err != nil {
		t.Fatal(err)
	}
	w.tee = bufio.NewWriterSize(w.whole, 1<<18)
	w.file = t.openLog(path)
	t.Cleanup(func() {
		w.file.Close()
		w.whole.Close()
	})
	return w
}

// openLog opens a log as nginx does.
func (t *trial) openLog(path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// write writes count lines, a few at a time.
func (w *logWriter) write(count int) {
	w.trial.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var text []byte
	for count > 0 {
		some := min(count, 1+w.lines.random.IntN(32))
		count -= some
		text = text[:0]
		for range some {
			text = w.lines.appendLine(text)
		}
		w.put(text)
	}
}

// half writes a part of a line, which the function that it returns completes.
func (w *logWriter) half() (finish func()) {
	w.trial.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	line := w.lines.appendLine(nil)
	cut := 1 + w.lines.random.IntN(len(line)-1)
	w.put(line[:cut])
	return func() {
		w.trial.Helper()
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.put(line[cut:])
	}
}

// put writes text to the log, or into the buffer, which is written before it
// would overflow, as nginx's is.
func (w *logWriter) put(text []byte) {
	w.trial.Helper()
	if w.size > 0 && len(w.buffer)+len(text) > w.size {
		w.flush()
	}
	if w.size > 0 {
		w.buffer = append(w.buffer, text...)
	} else if _, err := w.file.Write(text); err != nil {
		w.trial.Fatal(err)
	}
	if _, err := w.tee.Write(text); err != nil {
		w.trial.Fatal(err)
	}
}

func (w *logWriter) flush() {
	w.trial.Helper()
	if _, err := w.file.Write(w.buffer); err != nil {
		w.trial.Fatal(err)
	}
	w.buffer = w.buffer[:0]
}

// reopen does what nginx does at SIGUSR1: the buffer goes to the old file, then
// the path is opened.
func (w *logWriter) reopen() {
	w.trial.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.flush()
	file := w.trial.openLog(w.path)
	w.file.Close()
	w.file = file
}

// pour writes lines at a rate, per second, for a duration. How many is settled
// beforehand, whatever the machine does meanwhile.
func (w *logWriter) pour(rate int, duration time.Duration) {
	w.trial.Helper()
	w.pace(rate, int(int64(rate)*int64(duration)/int64(time.Second)), nil)
}

// flow writes at a rate in a goroutine until it is stopped, or count lines are
// written.
func (w *logWriter) flow(rate, count int) (stop func()) {
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		w.pace(rate, count, stopped)
	}()
	stop = sync.OnceFunc(func() {
		close(stopped)
		<-done
	})
	w.trial.Cleanup(stop)
	return stop
}

func (w *logWriter) pace(rate, count int, stopped <-chan struct{}) {
	w.trial.Helper()
	start := time.Now()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for written := 0; written < count; {
		due := min(count, 1+int(int64(rate)*int64(time.Since(start))/int64(time.Second)))
		w.write(due - written)
		written = due
		select {
		case <-stopped:
			return
		case <-ticker.C:
		}
	}
}

// wholePath returns a file of all lines that were written.
func (w *logWriter) wholePath() string {
	w.trial.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if err := w.tee.Flush(); err != nil {
		w.trial.Fatal(err)
	}
	return w.whole.Name()
}

// written is how many lines were written so far.
func (w *logWriter) written() int64 {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.lines.lines
}
