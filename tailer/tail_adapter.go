package tailer

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/nxadm/tail"
	"github.com/nxadm/tail/watch"
)

// tailBuffer is how much nxadm/tail reads at once, in bytes, and what it splits
// longer lines at. A part of a line shows as a gap, and is read by the block.
const tailBuffer = 64 << 10

// lineTail is nxadm/tail on one open file, with everything off that loses lines:
//
//   - it opens /proc/self/fd/N, which no rename and no deletion can reach, so that
//     it never reopens;
//   - it polls: its inotify is one for all files, and deaf after a file was
//     stopped and tailed again;
//   - it hands out complete lines only, so that it does not seek to the end after
//     half of one;
//   - it is stopped where it stands, never at the end of the file, which loses
//     lines; what it has read and not handed out is read again.
//
// It buffers a line without bound: who uses it stops it when the file grows and
// no line comes.
type lineTail struct {
	tail  *tail.Tail
	lines <-chan *tailLine // closed when it has given up
}

// tailLine is a line as nxadm/tail hands it out. Its text has no line end.
type tailLine = tail.Line

// setPoll is how often all tails of the process look: the library has one
// variable for it, which nothing protects.
var setPoll sync.Once

// startTail follows file from offset on. The file must stay open until stop.
func startTail(file *os.File, offset int64, poll time.Duration) (*lineTail, error) {
	setPoll.Do(func() { watch.POLL_DURATION = poll })
	t, err := tail.TailFile(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), tail.Config{
		Location:      &tail.SeekInfo{Offset: offset, Whence: io.SeekStart},
		Follow:        true,
		MustExist:     true,
		Poll:          true,
		CompleteLines: true,
		MaxLineSize:   tailBuffer,
		Logger:        tail.DiscardingLogger,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot tail an open file: %w; is /proc mounted?", err)
	}
	return &lineTail{tail: t, lines: t.Lines}, nil
}

// stop ends tailing. What polls for the library notices within a poll.
func (t *lineTail) stop() {
	t.tail.Kill(nil)
	t.tail.Wait() // its error is why it ended, which reading on will show
}

// appendLine appends a line that begins at offset to data, and returns the
// offset behind it; ok is false where the line does not begin there, is part of
// one, or is none.
func appendLine(data []byte, line *tailLine, offset int64) (_ []byte, end int64, ok bool) {
	if line == nil || line.Err != nil {
		return data, offset, false
	}
	end = offset + int64(len(line.Text)) + 1
	if end != line.SeekInfo.Offset {
		return data, offset, false
	}
	data = append(data, line.Text...)
	return append(data, '\n'), end, true
}
