package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// site is the built program with a configuration of its own, in a process of its
// own.
type site struct {
	t         *testing.T
	directory string
	file      string // the configuration
	listen    string // where metrics are
	listener  string // of the proxy
	err       *lockedBuffer
	process   *os.Process
	exited    chan struct{} // closed when the process has ended, with code
	code      int
}

// newSite makes a site that does not run yet.
func newSite(t *testing.T) *site {
	t.Helper()
	directory := t.TempDir()
	return &site{t: t, directory: directory, file: filepath.Join(directory, "splitgauge.yaml"),
		listen: freeAddress(t), listener: freeAddress(t), err: &lockedBuffer{}}
}

// configure writes a configuration: proxies, what belongs into "proxies:", and
// more, what else there is.
func (s *site) configure(proxies, more string) {
	s.t.Helper()
	text := fmt.Sprintf("metrics: {listen: %q}\nadmin: {listen: \"unix:%s/admin.sock\"}\nstate: {directory: %q}\n%s\nproxies:\n%s",
		s.listen, s.directory, filepath.Join(s.directory, "state"), more, proxies)
	writeFile(s.t, s.directory, "splitgauge.yaml", []byte(text))
}

// web writes a configuration with one listener that goes to servers.
func (s *site) web(servers []string, more string) {
	s.t.Helper()
	s.configure(fmt.Sprintf("  drain_time: 10s\n  access_log: %q\n  listeners: [{name: web, address: %q, pool: app, client_first: true}]\n"+
		"  pools: [{name: app, servers: [%q]}]\n", s.directory+"/proxy.log", s.listener, strings.Join(servers, `", "`)), more)
}

// start starts a command. What it writes is kept.
func (s *site) start(cmd *exec.Cmd) {
	s.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stderr = write
	must(s.t, cmd.Start())
	write.Close() // a successor has it open as long as it runs
	s.process, s.exited = cmd.Process, make(chan struct{})
	said := make(chan struct{})
	go func() {
		io.Copy(struct{ io.Writer }{s.err}, read) // without ReadFrom of the buffer, which does not lock
		close(said)
	}()
	exited := s.exited
	go func() {
		cmd.Wait()
		s.code = cmd.ProcessState.ExitCode()
		close(exited)
	}()
	s.t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
		for _, pid := range s.successors() {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		<-said
		read.Close()
		if s.t.Failed() {
			s.t.Logf("the program said:\n%s", s.err)
		}
	})
}

// startVerb starts a verb with the configuration.
func (s *site) startVerb(verb string) { s.start(exec.Command(program(s.t), verb, "-c", s.file)) }

// startActivated starts the proxies as systemd does, with sockets and their names.
func (s *site) startActivated(files []*os.File, names string) {
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" proxy -c "$1"`, program(s.t), s.file)
	cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+names)
	cmd.ExtraFiles = files
	s.start(cmd)
}

// successors returns the processes that took over.
func (s *site) successors() (pids []int) {
	for line := range strings.Lines(s.err.String()) {
		var pid int
		if _, after, ok := strings.Cut(line, "what is open here drains\" process="); ok {
			fmt.Sscan(after, &pid)
			pids = append(pids, pid)
		}
	}
	return pids
}

func (s *site) signal(signal os.Signal) {
	s.t.Helper()
	must(s.t, s.process.Signal(signal))
}

// says waits until the program has said something so often.
func (s *site) says(text string, times int) {
	s.t.Helper()
	eventually(s.t, text, func() bool { return strings.Count(s.err.String(), text) >= times })
}

// ended waits for the process's end.
func (s *site) ended(code int) {
	s.t.Helper()
	select {
	case <-s.exited:
		if s.code != code {
			s.t.Errorf("exit code %d, want %d", s.code, code)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatal("never ended")
	}
}

// get asks for a path by a connection of its own.
func (s *site) get(path string) (body string, err error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	response, err := client.Get("http://" + s.listener + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	return string(text), err
}

// serves waits until the proxy answers with a body.
func (s *site) serves(want string) {
	s.t.Helper()
	eventually(s.t, "it answers "+want, func() bool { body, err := s.get("/"); return err == nil && body == want })
}

// metric waits until a series has a value.
func (s *site) metric(series string, value int) {
	s.t.Helper()
	(&agentRun{listen: s.listen}).counts(s.t, series, value)
}

// keptConnection is an HTTP connection that is kept.
type keptConnection struct {
	net.Conn
	reader *bufio.Reader
}

func (s *site) connect() *keptConnection {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.listener)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	must(s.t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return &keptConnection{conn, bufio.NewReader(conn)}
}

// ask sends a request and returns the body of the answer.
func (c *keptConnection) ask(t *testing.T, path string) string {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	return c.answer(t)
}

func (c *keptConnection) answer(t *testing.T) string {
	t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// nodes starts an nginx with servers that answer with their number, from 0.
func nodes(t *testing.T, count int) []string {
	t.Helper()
	server := nginxtest.Start(t, nginxtest.Config{Ports: count, HTTP: func(addresses []string) string {
		var b strings.Builder
		for i, address := range addresses {
			fmt.Fprintf(&b, "server { listen %s; location / { return 200 %d; } location /slow { limit_rate 50; alias slow; } }\n", address, i)
		}
		return b.String()
	}, Files: map[string]string{"slow": strings.Repeat("x", 100)}})
	return server.Addresses
}
