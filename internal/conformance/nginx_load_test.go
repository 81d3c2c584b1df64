package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// wrkConnections is how many connections wrk keeps open; as many requests may
// be on their way when it stops.
const wrkConnections = 32

// wrkScript makes wrk ask for different things, at a rate that two processors
// sustain beside all else.
const wrkScript = `
local paths = {"/", "/", "/", "/missing", "/broken", "/moved", "/shop/items"}
request = function()
  return wrk.format("GET", paths[math.random(#paths)] .. "?user=" .. math.random(5000))
end
delay = function() return math.random(0, 4) end
`

// nginxUnderLoad rotates the log of a busy nginx with logrotate, as its package
// does: rename, create, USR1, and compress the file before.
func nginxUnderLoad(t *trial) outcome {
	t.needRoot() // logrotate insists on its configuration being root's
	t.need("wrk", "logrotate", "gzip")
	server := t.startNginx("")
	log := t.path("logs", "access.log")
	a := t.newAgent(agentConfig{nginxConf: server.Conf})
	a.startReady()
	before := t.stubRequests(server)

	wrk := t.startWrk("http://"+server.Addresses[0], pick(t, 6*time.Second, time.Minute))
	rotations := 0
	ticker := time.NewTicker(pick(t, time.Second, 5*time.Second))
	defer ticker.Stop()
	for running := true; running; {
		select {
		case <-wrk.done:
			running = false
		case <-ticker.C:
			t.logrotate(log, server.Prefix+"/nginx.pid")
			rotations++
		}
	}
	asked := wrk.requests(t)
	own := t.untilQuiet(server) + 1
	served := t.stubRequests(server) - before - own
	result := a.verifyNginx(log, rotations)
	t.equal("requests that nginx has served, by stub_status", served, result.written)
	if result.counted < asked || result.counted > asked+wrkConnections {
		t.Errorf("%d requests counted, want %d by wrk and at most %d on their way", result.counted, asked, wrkConnections)
	}
	t.Logf("%d requests by wrk, %d by stub_status, %d lines, %d counted, %d rotations", asked, served, result.written, result.counted, rotations)
	return result
}

// logrotate rotates once.
func (t *trial) logrotate(log, pidFile string) {
	t.Helper()
	config := t.path("logrotate.conf")
	t.must(os.WriteFile(config, fmt.Appendf(nil, `%s {
    rotate 1000
    create 0644 root root
    compress
    delaycompress
    sharedscripts
    postrotate
        kill -USR1 $(cat %s)
    endscript
}
`, log, pidFile), 0o644))
	t.run("logrotate", "-f", "-s", t.path("logrotate.state"), config)
}

// load is wrk while it runs.
type load struct {
	output bytes.Buffer // to be read once done is closed
	done   chan struct{}
	err    error
}

func (t *trial) startWrk(url string, duration time.Duration) *load {
	t.Helper()
	script := t.path("wrk.lua")
	t.must(os.WriteFile(script, []byte(wrkScript), 0o644))
	l := &load{done: make(chan struct{})}
	command := exec.Command("wrk", "-t1", fmt.Sprintf("-c%d", wrkConnections), fmt.Sprintf("-d%ds", int(duration.Seconds())), "-s", script, url)
	command.Stdout, command.Stderr = &l.output, &l.output
	t.must(command.Start())
	go func() {
		defer close(l.done)
		l.err = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill() // an error says that it is gone already
		<-l.done
	})
	return l
}

// requests returns how many requests wrk says that it has made.
func (l *load) requests(t *trial) int64 {
	t.Helper()
	t.must(l.err)
	match := regexp.MustCompile(`(\d+) requests in`).FindSubmatch(l.output.Bytes())
	if match == nil {
		t.Fatalf("wrk does not say how many requests it made: %s", l.output.String())
	}
	made, err := strconv.ParseInt(string(match[1]), 10, 64)
	t.must(err)
	return made
}

var stubStatus = regexp.MustCompile(`\n (\d+) (\d+) (\d+)[^\n]*\nReading: (\d+) Writing: (\d+)`)

// stub returns nginx's own count of requests, with the one that asks, and how
// many are being served, that one left out.
func (t *trial) stub(server *nginxtest.Server) (requests, busy int64) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Get("http://" + server.Addresses[1] + "/")
	t.must(err)
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	t.must(err)
	match := stubStatus.FindStringSubmatch(body.String())
	if match == nil {
		t.Fatalf("stub_status is not as expected: %q", body.String())
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		t.must(err)
		return n
	}
	return number(match[3]), number(match[4]) + number(match[5]) - 1
}

func (t *trial) stubRequests(server *nginxtest.Server) int64 {
	t.Helper()
	requests, _ := t.stub(server)
	return requests
}

// untilQuiet waits until nginx serves nobody, and returns how many requests that
// has taken.
func (t *trial) untilQuiet(server *nginxtest.Server) (asked int64) {
	t.Helper()
	t.until(func() string { return "nginx is still busy" }, func() bool {
		_, busy := t.stub(server)
		asked++
		return busy <= 0
	})
	return asked
}
