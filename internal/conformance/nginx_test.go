package conformance

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// nginxFormat is what the nginx of this package logs.
const nginxFormat = `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
    ' rt="$request_time" user="$arg_user" variant="$variant" msec=$msec'`

// startNginx starts an nginx that logs what its first address serves, with
// parameters of the access_log directive, and tells at its second how many
// requests it has had.
func (t *trial) startNginx(parameters string) *nginxtest.Server {
	t.Helper()
	log := t.makeDir("logs") + "/access.log"
	return nginxtest.Start(t, nginxtest.Config{Ports: 2, HTTP: func(addresses []string) string {
		return `
split_clients "$arg_user" $variant { 10% .one; 30% .two; * ""; }
log_format full ` + nginxFormat + `;
keepalive_requests 1000000;
server {
    listen ` + addresses[0] + `;
    access_log ` + log + ` full ` + parameters + `;
    location / { return 200 "hello $uri\n"; }
    location /missing { return 404; }
    location /broken { return 500; }
    location /moved { return 302 /; }
}
server {
    listen ` + addresses[1] + `;
    location / { stub_status; }
}`
	}})
}

// counts are the lines of a log, read by a reader of our own.
type counts struct {
	lines    int64
	bytes    int64
	statuses map[string]int64
	variants map[string]int64
}

var nginxLine = regexp.MustCompile(`" (\d{3}) (\d+) ".* variant="([^"]*)" msec=\d+\.\d{3}$`)

// countLog counts all generations of a log.
func (t *trial) countLog(path string) (c counts, files []string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	t.must(err)
	c.statuses, c.variants = map[string]int64{}, map[string]int64{}
	for _, file := range files {
		for _, line := range t.linesOf(file) {
			match := nginxLine.FindStringSubmatch(line)
			if match == nil {
				t.Fatalf("a line of nginx is not as expected: %q", line)
			}
			bytes, err := strconv.ParseInt(match[2], 10, 64)
			t.must(err)
			c.lines++
			c.bytes += bytes
			c.statuses[match[1]]++
			c.variants[match[3]]++
		}
	}
	return c, files
}

// verifyNginx compares the agent with what nginx wrote.
func (a *agent) verifyNginx(log string, rotations int) outcome {
	t := a.trial
	t.Helper()
	want, files := t.countLog(log)
	a.settle(want.lines)
	check := func(when string) outcome {
		e := a.scrape()
		if e == nil {
			t.Fatalf("%s: no metrics%s", when, a.said())
		}
		failed := t.Failed()
		statuses, variants := map[string]int64{}, map[string]int64{}
		counted := int64(0)
		for key, n := range e.requests() {
			counted += n
			statuses[key.status] += n
			variants[key.variant] += n
		}
		differences(t, when+": requests by status", statuses, want.statuses)
		differences(t, when+": requests by variant", variants, want.variants)
		t.equal(when+": splitgauge_http_response_bytes_total", e.sum("splitgauge_http_response_bytes_total", nil), want.bytes)
		t.equal(when+": splitgauge_log_lines_total", e.lines(), want.lines)
		t.equal(when+": splitgauge_log_rotations_total", e.sum("splitgauge_log_rotations_total", nil), int64(rotations))
		t.equal(when+": splitgauge_log_lost_bytes_total", e.sum("splitgauge_log_lost_bytes_total", nil), 0)
		if t.Failed() && !failed {
			t.Log(a.said())
		}
		return outcome{
			written: want.lines, counted: counted, rotations: int64(rotations),
			lost: max(0, want.lines-counted), twice: max(0, counted-want.lines),
		}
	}
	result := check("at the end")
	e := a.experiment()
	t.equal("variants that the split was asked for", e.Assignment.Checked, want.lines)
	t.equal("variants of nginx that are not the split's", e.Assignment.Mismatches, 0)
	a.compareReplay(append([]string{"--nginx-conf", a.config.nginxConf, "--log", log}, files...)...)
	a.stop()
	a.startReady()
	check("after a restart")
	a.unwatch()
	a.stop()
	return result
}

// nginxBuffer has a real nginx write through a buffer, and rotates its log.
func nginxBuffer(t *trial) outcome {
	server := t.startNginx("buffer=32k flush=1s")
	log := t.path("logs", "access.log")
	a := t.newAgent(agentConfig{nginxConf: server.Conf})
	a.startReady()
	stop := t.requests("http://" + server.Addresses[0])
	rotations := pick(t, 2, 10)
	for range rotations {
		t.wait(pick(t, 500*time.Millisecond, 2*time.Second))
		t.shift(log)
		t.create(log)
		t.wait(pick(t, 400*time.Millisecond, 1500*time.Millisecond)) // the agent has seen the new file
		t.reopenNginx(server, log)
	}
	made := stop()
	t.shift(log)
	t.reopenNginx(server, log) // flushes
	result := a.verifyNginx(log, rotations+1)
	t.equal("lines that nginx wrote", result.written, made)
	return result
}

// reopenNginx has nginx open its log again, and waits until its worker has.
func (t *trial) reopenNginx(server *nginxtest.Server, log string) {
	t.Helper()
	server.Signal(t, syscall.SIGUSR1)
	t.until(func() string { return "nginx has not opened its log again" }, func() bool {
		var processes int
		for _, pid := range nginxProcesses(server) {
			if hasOpen(pid, log) {
				processes++
			}
		}
		return processes == 2 // master and worker
	})
}

// nginxProcesses returns the pids of the master and its worker.
func nginxProcesses(server *nginxtest.Server) (pids []int) {
	text, err := os.ReadFile(filepath.Join(server.Prefix, "nginx.pid"))
	if err != nil {
		return nil
	}
	master, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	pids = append(pids, master)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return pids
	}
	for child := range strings.FieldsSeq(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// hasOpen says whether a process has a file open that is behind path now.
func hasOpen(pid int, path string) bool {
	directory := fmt.Sprintf("/proc/%d/fd", pid)
	links, _ := os.ReadDir(directory) // the process may have ended
	for _, link := range links {
		if target, err := os.Readlink(directory + "/" + link.Name()); err == nil && target == path {
			return true
		}
	}
	return false
}

// requests makes requests until it is stopped, and returns how many were made.
func (t *trial) requests(url string) (stop func() int64) {
	random := t.newRandom()
	stopped, done := make(chan struct{}), make(chan int64)
	go func() {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for made := int64(0); ; made++ {
			select {
			case <-stopped:
				done <- made
				return
			default:
				if err := fetch(client, url+randomTarget(random)); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	return func() int64 {
		close(stopped)
		return <-done
	}
}

func fetch(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func randomTarget(random *rand.Rand) string {
	path := draw(random, []string{"/", "/missing", "/broken", "/moved", "/shop/items"})
	return fmt.Sprintf("%s?user=%d", path, random.IntN(5000))
}
