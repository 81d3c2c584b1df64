package agent

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/internal/config"
)

// fedFiles is feedback over a log file that is really followed.
type fedFiles struct {
	*fedTest
	t    *testing.T
	live *live
	path string
	file *os.File
}

const fedConfig = `
logs:
  - path: %q
    format: '$remote_addr [$time_local] "$request" $status "$upstream_addr" "$upstream_status" "$upstream_header_time" "$upstream_http_x_backend"'
    upstream_name: upstream_http_x_backend
reading: {from_beginning: true, poll: 10ms, grace: 50ms}
`

// newFedFiles follows a log that has lines already.
func newFedFiles(t *testing.T) *fedFiles {
	f := &fedFiles{fedTest: newFedTest(), t: t, path: filepath.Join(t.TempDir(), "access.log")}
	f.status = nil
	conf, err := config.Parse("test", fmt.Appendf(nil, fedConfig, f.path))
	if err != nil {
		t.Fatal(err)
	}
	f.conf = conf
	f.create()
	f.write("127.0.0.1:8080", "app1", 500, "0.900", 1000)
	t.Cleanup(func() {
		f.live.endLogs()
		f.file.Close()
	})
	return f
}

func (f *fedFiles) create() {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	f.file = file
}

// write writes so many equal lines.
func (f *fedFiles) write(addr, name string, status int, header string, count int) {
	line := fmt.Sprintf("192.0.2.1 [25/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" %d \"%s\" \"%d\" \"%s\" \"%s\"\n", status, addr, status, header, name)
	if _, err := f.file.WriteString(strings.Repeat(line, count)); err != nil {
		f.t.Fatal(err)
	}
}

// follow begins to follow the log, where it was left.
func (f *fedFiles) follow(kept *checkpoint.Log) {
	inputs, err := inputsOf(f.conf, "")
	if err != nil {
		f.t.Fatal(err)
	}
	f.live = &live{departed: aggregator.NewSnapshot(), log: slog.New(slog.DiscardHandler), now: time.Now, failing: map[string]bool{}, logs: map[string]*liveLog{},
		rates: map[string]parseRate{}, conf: f.conf}
	if err := f.live.open(namedLog{f.path, inputs[0]}, kept, true); err != nil {
		f.t.Fatal(err)
	}
	f.fedTest.logs = f.live.sorted()
	f.live.startLogs(f.t.Context())
}

// counted waits until so many lines have been counted in all, and the file been
// looked at after that.
func (f *fedFiles) counted(lines int64) {
	f.t.Helper()
	l := f.live.sorted()[0]
	eventually(f.t, fmt.Sprintf("%d lines are counted", lines), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		status := l.follower.Status()
		return l.shard.Summary().Lines.Total() == lines && status.CaughtUp && status.Behind == 0
	})
}

// TestFeedbackOfFiles reads a real log: what it had before the start, what is
// written to it, over a rotation and over a restart.
func TestFeedbackOfFiles(t *testing.T) {
	f := newFedFiles(t)
	f.follow(nil)
	f.want(t, "first look", f.second(), "")
	f.counted(1000)
	f.want(t, "what was there", f.second(), "")
	f.write("127.0.0.1:8080", "app1", 200, "0.012", 3)
	f.write("127.0.0.1:8080, 10.0.0.2:80", "-", 502, "-, -", 1) // another status list: that of one attempt
	f.write("10.0.0.2:80", "-", 502, "-", 2)
	f.write("10.0.0.2:80", "", 200, "0.002", 1)
	f.write("127.0.0.1:8080", `\x22hostile\x00, a : b`, 500, "0.001", 400)
	f.counted(1407)
	const said = "app/app1 3-0 12ms of 3, app/10.0.0.2:80 4-2 2ms of 1"
	f.want(t, "a second", f.second(), said)

	if err := os.Rename(f.path, f.path+".1"); err != nil {
		t.Fatal(err)
	}
	f.write("127.0.0.1:8080", "app1", 200, "0.008", 2) // nginx has not reopened it yet
	f.file.Close()
	f.create()
	f.write("127.0.0.1:8080", "app1", 200, "0.010", 3)
	f.counted(1412)
	f.want(t, "rotated", f.second(), "app/app1 5-0 10ms of 5")
	f.want(t, "after it", f.second(), "")

	f.live.endLogs()
	kept := f.fedTest.logs[0].checkpoint()
	f.write("127.0.0.1:8080", "app1", 500, "0.900", 500)
	f.follow(&kept)
	f.want(t, "restarted", f.second(), "")
	f.counted(1912)
	f.want(t, "caught up", f.second(), "")
	f.write("127.0.0.1:8080", "app1", 200, "0.011", 1)
	f.counted(1913)
	f.want(t, "after the restart", f.second(), "app/app1 1-0 11ms of 1")

	l := f.fedTest.logs[0]
	if upstreams := l.shard.Summary().Upstreams; upstreams["app1"] == nil || upstreams["\"hostile\x00, a : b"] == nil || upstreams["127.0.0.1:8080"].Attempts != 1 {
		t.Errorf("metrics have %v", upstreams)
	}
}
