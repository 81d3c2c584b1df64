package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// agentRun is the verb run, in this process.
type agentRun struct {
	stop func() result // ends it by its context

	file, listen, admin, state string
	err                        *lockedBuffer
	done                       chan struct{}
}

// lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// freeAddress returns a loopback address that nobody listens on. It is of this
// process alone: on 127.0.0.1 the port might be taken by some connection before it
// is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	pid := os.Getpid()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+pid>>16&63, pid>>8&255, pid&255))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startRun starts the verb with a configuration, to which it adds where to listen
// and where to keep the state.
func startRun(t *testing.T, configuration string, arguments ...string) *agentRun {
	t.Helper()
	directory := t.TempDir()
	r := &agentRun{
		listen: freeAddress(t),
		admin:  filepath.Join(directory, "admin.sock"),
		state:  filepath.Join(directory, "state"),
		err:    &lockedBuffer{},
		done:   make(chan struct{}),
	}
	file := writeFile(t, directory, "splitgauge.yaml", []byte(configuration))
	r.file = file
	ctx, cancel := context.WithCancel(t.Context())
	command := newRootCommand(terminal{in: strings.NewReader(""), out: io.Discard, err: r.err})
	command.SetArgs(append([]string{"run", "-c", file, "--listen", r.listen, "--admin-listen", "unix:" + r.admin, "--state-directory", r.state}, arguments...))
	code := 0
	go func() {
		defer close(r.done)
		code = exitCode(command.ExecuteContext(ctx), r.err)
	}()
	r.stop = func() result {
		cancel()
		<-r.done
		return result{code: code, err: r.err.String()}
	}
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Logf("the agent said:\n%s", r.err)
		}
	})
	return r
}

func appendFile(t *testing.T, name, text string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// get returns what the agent answers.
func (r *agentRun) get(path string) (status int, body string) {
	response, err := http.Get("http://" + r.listen + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// eventually waits until what holds, and fails the test where it does not in
// time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// counts waits until a series of /metrics has a value.
func (r *agentRun) counts(t *testing.T, series string, value int) {
	t.Helper()
	want := fmt.Sprintf("\n%s %d\n", series, value)
	eventually(t, strings.TrimSpace(want), func() bool {
		_, body := r.get("/metrics")
		return strings.Contains(body, want)
	})
}

const liveLine = `192.0.2.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"` + "\n"

// ready waits until the agent says that it is.
func (r *agentRun) ready(t *testing.T) {
	t.Helper()
	eventually(t, "ready", func() bool { status, _ := r.get("/readyz"); return status == http.StatusOK })
}

// TestRunCounts is the way of a line: written, counted, published, kept, and
// counted on after a restart.
func TestRunCounts(t *testing.T) {
	log := writeFile(t, t.TempDir(), "access.log", []byte(strings.Repeat(liveLine, 3)))
	configuration := fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q, format: combined}]\n", log)
	r := startRun(t, configuration)
	series := `splitgauge_http_requests_total{method="GET",status="200",variant=""}`
	r.ready(t)
	appendFile(t, log, strings.Repeat(liveLine, 2))
	r.counts(t, series, 2) // not what was there before

	second := run(t, nil, "run", "-c", r.file, "--state-directory", r.state)
	if second.code != exitFailed || !strings.Contains(second.err, fmt.Sprintf("process %d is using it", os.Getpid())) {
		t.Errorf("a second agent on the same state: code %d, %s", second.code, second.err)
	}

	if got := r.stop(); got.code != 0 {
		t.Fatalf("code %d", got.code)
	}
	appendFile(t, log, strings.Repeat(liveLine, 4))
	again := startRun(t, configuration, "--state-directory", r.state)
	again.ready(t)
	again.counts(t, series, 6)
}

// TestRunReloads changes the configuration under the agent, for the worse first.
func TestRunReloads(t *testing.T) {
	directory := t.TempDir()
	log := writeFile(t, directory, "access.log", nil)
	r := startRun(t, fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q}]\n", log))
	r.ready(t)
	appendFile(t, log, liveLine)
	series := `splitgauge_http_requests_total{method="GET",status="200",variant=""}`
	r.counts(t, series, 1)

	writeFile(t, filepath.Dir(r.file), filepath.Base(r.file), []byte("logs: [7]\nhosts: 3\n"))
	hangUp(t)
	r.counts(t, "splitgauge_config_reload_success", 0)
	if said := r.err.String(); !strings.Contains(said, "logs[0]") || !strings.Contains(said, "hosts") {
		t.Errorf("not told what is wrong: %s", said)
	}
	appendFile(t, log, liveLine)
	r.counts(t, series, 2)

	other := writeFile(t, directory, "other.log", []byte(liveLine))
	writeFile(t, filepath.Dir(r.file), filepath.Base(r.file), fmt.Appendf(nil, "nginx: {config: none}\nlogs: [{path: %q}, {path: %q}]\n", log, other))
	hangUp(t)
	r.counts(t, "splitgauge_config_reload_success", 1)
	eventually(t, "the other log is read", func() bool { return strings.Contains(r.err.String(), "log="+other) })
	appendFile(t, log, liveLine)
	appendFile(t, other, liveLine)
	r.counts(t, series, 4) // not what the other log had before it was configured
}

func hangUp(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// TestRunKeepsCorruptState starts on a state that cannot be read.
func TestRunKeepsCorruptState(t *testing.T) {
	log := writeFile(t, t.TempDir(), "access.log", []byte(liveLine))
	state := t.TempDir()
	writeFile(t, state, "state", []byte("not a state"))
	r := startRun(t, fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q}]\n", log), "--state-directory", state)
	r.ready(t)
	r.counts(t, `splitgauge_checkpoint_failures_total{cause="corrupt"}`, 1)
	kept, err := filepath.Glob(filepath.Join(state, "state.corrupt-*"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept aside: %v, %v", kept, err)
	}
	if said := r.err.String(); len(kept) == 1 && !strings.Contains(said, kept[0]) {
		t.Errorf("not told where it is kept: %s", said)
	}
}

// TestRunWrong uses the verb wrongly.
func TestRunWrong(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	log := writeFile(t, t.TempDir(), "access.log", []byte(liveLine))
	file := writeFile(t, t.TempDir(), "splitgauge.yaml", fmt.Appendf(nil, "nginx: {config: none}\nlogs: [{path: %q}]\n", log))
	broken := writeFile(t, t.TempDir(), "broken.yaml", []byte("logs: 3\nadmin: {listen: 9}\n"))
	for _, test := range []struct {
		arguments []string
		code      int
		want      string
	}{
		{[]string{"run", "file"}, exitUsage, "file"},
		{[]string{"run", "-c", missing}, exitFailed, "no such file"},
		{[]string{"run", "--log-format", "xml"}, exitUsage, "want text or json"},
		{[]string{"run", "--nginx-conf", missing, "--state-directory", t.TempDir()}, exitFailed, "no such file"},
		{[]string{"run", "--nginx-conf", "none", "--state-directory", t.TempDir()}, exitFailed, "nothing to follow"},
		{[]string{"run", "-c", file, "--listen", taken.Addr().String(), "--state-directory", t.TempDir()}, exitFailed, "address already in use"},
		{[]string{"run", "-c", file, "--listen", "127.0.0.1:0", "--admin-listen", taken.Addr().String(), "--state-directory", t.TempDir()}, exitFailed, "address already in use"},
		{[]string{"run", "-c", broken}, exitUsage, "broken.yaml:2:"},
		{[]string{"run", "--state-directory", "/dev/null/x"}, exitFailed, "cannot make the directory of the state"},
	} {
		got := run(t, nil, test.arguments...)
		if got.code != test.code || !strings.Contains(got.err, test.want) {
			t.Errorf("%q: code %d, %q, want %d and %q", test.arguments, got.code, got.err, test.code, test.want)
		}
	}
}

// TestRunNotifies plays the service manager.
func TestRunNotifies(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "200000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	log := writeFile(t, t.TempDir(), "access.log", nil)
	r := startRun(t, fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q}]\n", log))
	hear := func(want string) {
		t.Helper()
		buffer := make([]byte, 4096)
		if err := manager.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := manager.Read(buffer)
			if err != nil {
				t.Fatalf("never heard %s: %v", want, err)
			}
			if strings.HasPrefix(string(buffer[:n]), want) {
				return
			}
		}
	}
	hear("READY=1")
	hear("WATCHDOG=1")
	hangUp(t)
	hear("RELOADING=1\nMONOTONIC_USEC=")
	hear("READY=1")
	if got := r.stop(); got.code != 0 {
		t.Errorf("code %d", got.code)
	}
	hear("STOPPING=1")
}
