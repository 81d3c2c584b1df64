package conformance

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// agent is splitgauge run, which a trial starts and stops any number of times.
type agent struct {
	trial   *trial
	config  agentConfig
	metrics string // address
	admin   string // path of a socket
	file    string // of the configuration

	unwatch func() // ends the scraping that goes on all the time

	process *exec.Cmd
	exited  chan struct{}
	stderr  *tail // of all processes
}

// agentConfig is what differs between the agents of scenarios.
type agentConfig struct {
	logs      []string          // paths or globs, in logFormat
	nginxConf string            // instead of logs
	format    string            // default logFormat
	interval  time.Duration     // of the state; default 200 ms, 5 s at full length
	reading   map[string]string // more of that section, by key
	asNobody  bool              // without any privilege
	fromEnd   bool              // at the first start, as it is by default
}

// newAgent writes the configuration of an agent, which is not started yet. Its
// logs are read from the beginning, so that everything written counts.
func (t *trial) newAgent(config agentConfig) *agent {
	t.Helper()
	t.makeDir("state")
	a := &agent{trial: t, config: config, admin: t.path("admin.sock"), file: t.path("splitgauge.yaml"), metrics: freeAddress(t), stderr: &tail{}}
	if config.asNobody {
		t.must(os.Chown(t.path("state"), nobody, nobody))
		t.must(os.Chmod(t.dir, 0o777))
	}
	a.writeConfig()
	t.Cleanup(a.kill)
	a.unwatch = a.watch(pick(t, 50*time.Millisecond, 200*time.Millisecond))
	return a
}

// nobody is a user and a group who own nothing.
const nobody = 65534

func freeAddress(t *trial) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	t.must(err)
	defer listener.Close()
	return listener.Addr().String()
}

func (a *agent) writeConfig() {
	a.trial.Helper()
	a.trial.must(os.WriteFile(a.file, []byte(a.configText()), 0o644))
}

func (a *agent) configText() string {
	var b strings.Builder
	c := &a.config
	if a.splits() {
		fmt.Fprintf(&b, "split: '%s'\n", logSplit)
	}
	if c.nginxConf != "" {
		fmt.Fprintf(&b, "nginx:\n  config: %q\n", c.nginxConf)
	} else {
		b.WriteString("nginx:\n  config: none\nlogs:\n")
	}
	for _, log := range c.logs {
		fmt.Fprintf(&b, "  - path: %q\n    format: '%s'\n", log, a.format())
	}
	fmt.Fprintf(&b, "state:\n  directory: %q\n  interval: %v\n", a.trial.path("state"), a.interval())
	fmt.Fprintf(&b, "metrics:\n  listen: %q\n", a.metrics)
	fmt.Fprintf(&b, "admin:\n  listen: %q\n", "unix:"+a.admin)
	fmt.Fprintf(&b, "reading:\n  from_beginning: %v\n", !c.fromEnd)
	if _, set := c.reading["grace"]; !set && !a.trial.full {
		b.WriteString("  grace: 300ms\n")
	}
	for key, value := range c.reading {
		fmt.Fprintf(&b, "  %s: %s\n", key, value)
	}
	return b.String()
}

// splits reports whether the agent is given the split of the lines: where nginx's
// configuration does not have one.
func (a *agent) splits() bool { return a.config.nginxConf == "" }

func (a *agent) format() string {
	if a.config.format == "" {
		return logFormat
	}
	return a.config.format
}

func (a *agent) interval() time.Duration {
	if a.config.interval > 0 {
		return a.config.interval
	}
	return pick(a.trial, 200*time.Millisecond, 5*time.Second)
}

// start starts the process, and waits for nothing.
func (a *agent) start() {
	t := a.trial
	t.Helper()
	a.process = exec.Command(t.program, "run", "-c", a.file)
	a.process.Dir = t.dir
	a.process.Env = []string{"PATH=" + os.Getenv("PATH")}
	if a.config.asNobody {
		a.process.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	fmt.Fprintln(a.stderr, "--- start")
	a.process.Stderr, a.process.Stdout = a.stderr, a.stderr
	t.must(a.process.Start())
	process, exited := a.process, make(chan struct{})
	a.exited = exited
	go func() {
		_ = process.Wait() // how it ended is in its state
		close(exited)
	}()
}

// startReady starts the process and waits until it has caught up.
func (a *agent) startReady() {
	a.trial.Helper()
	a.start()
	a.ready()
}

func (a *agent) ready() {
	a.trial.Helper()
	a.trial.until(func() string { return "the agent is not ready" + a.said() }, func() bool {
		a.alive()
		status, _, err := a.get("http://"+a.metrics+"/metrics", "")
		return err == nil && status == http.StatusOK
	})
}

// alive fails the test if the process has ended by itself.
func (a *agent) alive() {
	a.trial.Helper()
	select {
	case <-a.exited:
		a.trial.Fatalf("the agent ended by itself: %v%s", a.process.ProcessState, a.said())
	default:
	}
}

// stop ends the process as a service manager does; it has to say that it is
// done with an exit code of 0.
func (a *agent) stop() {
	a.trial.Helper()
	a.alive()
	a.signal(syscall.SIGTERM)
	a.waitForExit()
	if code := a.process.ProcessState.ExitCode(); code != 0 {
		a.trial.Fatalf("the agent stopped with %v%s", a.process.ProcessState, a.said())
	}
}

// kill ends the process as a crash of the machine would. It may be dead.
func (a *agent) kill() {
	if a.process == nil || a.process.Process == nil {
		return
	}
	_ = a.process.Process.Kill() // an error says that it is gone already
	<-a.exited
}

func (a *agent) waitForExit() {
	a.trial.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case <-a.exited:
	case <-timer.C:
		a.trial.Fatalf("the agent does not stop%s", a.said())
	}
}

func (a *agent) signal(signal os.Signal) {
	a.trial.Helper()
	if err := a.process.Process.Signal(signal); err != nil {
		a.trial.Fatalf("cannot send %v to the agent: %v%s", signal, err, a.said())
	}
}

// stall stops the process's clock until the function that it returns is called.
func (a *agent) stall() (resume func()) {
	a.trial.Helper()
	a.signal(syscall.SIGSTOP)
	return func() {
		a.trial.Helper()
		a.signal(syscall.SIGCONT)
	}
}

// scrape returns the metrics, or nil where the agent has none to give now.
func (a *agent) scrape() *exposition {
	a.trial.Helper()
	status, body, err := a.get("http://"+a.metrics+"/metrics", "")
	if err != nil || status != http.StatusOK {
		return nil
	}
	e, err := parseExposition(body)
	a.trial.must(err)
	return e
}

// report returns the agent's report.
func (a *agent) report() string {
	a.trial.Helper()
	status, body, err := a.get("http://admin/report", a.admin)
	if err != nil || status != http.StatusOK {
		a.trial.Fatalf("/report: status %d, %v: %s%s", status, err, body, a.said())
	}
	return body
}

// get fetches a page, by way of a socket where one is given.
func (a *agent) get(url, socket string) (status int, body string, err error) {
	transport := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 10 * time.Second}
	if socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// said returns the end of what the process printed, for a failure.
func (a *agent) said() string {
	return "\nthe agent said:\n" + a.stderr.String()
}

// tail keeps the end of what is written to it. Goroutines may share it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

// maxTail is how much a tail keeps.
const maxTail = 8 << 10

func (t *tail) Write(text []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, text...)
	if extra := len(t.text) - maxTail; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(text), nil
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.text)
}

func TestTail(t *testing.T) {
	var kept tail
	for range 10 {
		fmt.Fprint(&kept, strings.Repeat("a", maxTail/4), "b")
	}
	if got := kept.String(); len(got) != maxTail || !strings.HasSuffix(got, "ab") {
		t.Errorf("%d bytes that end in %q", len(got), got[len(got)-2:])
	}
}
