package advise_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// pools is what an Adviser is told of; a test changes it.
type pools struct {
	mu   sync.Mutex
	pool *advise.Pool // guarded by mu
}

func (p *pools) change(change func(*advise.Pool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p.pool)
}

func (p *pools) at(time.Time) []advise.Pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	copied := *p.pool
	copied.Stats.Servers = append([]balance.ServerStats(nil), p.pool.Stats.Servers...)
	return []advise.Pool{copied}
}

// advising is an Adviser that runs, and looks at the pools when it is told to.
type advising struct {
	*advise.Adviser
	ticks chan time.Time
	end   func()
}

// start runs an Adviser until the test ends.
func start(t *testing.T, config advise.Config) *advising {
	t.Helper()
	before := goleak.IgnoreCurrent()
	a := &advising{ticks: make(chan time.Time)}
	config.Ticks = a.ticks
	var err error
	if a.Adviser, err = advise.New(config); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	a.end = sync.OnceFunc(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("Run has not ended")
		}
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(a.end)
	return a
}

// haproxy runs HAProxy, whose backend "app" has a server for each of names, until
// the test ends. It returns a function for commands to it, and
// where it listens.
func haproxy(t *testing.T, agent net.Addr, server string, names ...string) (command func(string) string, front string) {
	t.Helper()
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		binary, err = exec.LookPath("/usr/sbin/haproxy")
	}
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(agent.String())
	text := "global\n  stats socket " + dir + "/admin level admin\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nlisten app\n  bind " + dir + "/app\n"
	for _, name := range names {
		text += fmt.Sprintf("  server %s unix@%s weight 100 check inter 100ms agent-check agent-addr 127.0.0.1 agent-port %s agent-inter 50ms agent-send \"app/%s\\n\"\n", name, server, port, name)
	}
	path := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(binary, "-db", "-f", path)
	process.Stderr = os.Stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})
	command = func(text string) string {
		conn, err := net.Dial("unix", dir+"/admin")
		if err != nil {
			return ""
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintln(conn, text)
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	eventually(t, "HAProxy is there", func() bool { return strings.Contains(command("show stat"), "app,BACKEND") })
	return command, dir + "/app"
}

// checked is a server for HAProxy's own checks. It is at a path, which nobody else
// can come to have once it is closed.
func checked(t *testing.T) net.Listener {
	t.Helper()
	listening, err := net.Listen("unix", filepath.Join(t.TempDir(), "server"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listening.Close() })
	return listening
}

// shown is what HAProxy's "show stat" says of a server.
type shown struct{ status, weight, agent, sessions string }

func show(t *testing.T, command func(string) string, server string) shown {
	t.Helper()
	var columns []string
	for line := range strings.Lines(strings.TrimPrefix(command("show stat"), "# ")) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if columns == nil {
			columns = fields
			continue
		}
		if len(fields) < len(columns)-1 || fields[0] != "app" || fields[1] != server {
			continue
		}
		values := map[string]string{}
		for i, column := range columns {
			if i < len(fields) {
				values[column] = fields[i]
			}
		}
		return shown{values["status"], values["weight"], values["agent_status"], values["stot"]}
	}
	t.Fatalf("HAProxy shows no server %q", server)
	return shown{}
}

// becomes waits until HAProxy shows a server as this.
func becomes(t *testing.T, command func(string) string, server, status, weight string) {
	t.Helper()
	var got shown
	defer func() {
		if t.Failed() {
			t.Logf("%s is %+v", server, got)
		}
	}()
	eventually(t, fmt.Sprintf("%s is %s with weight %s", server, status, weight), func() bool {
		got = show(t, command, server)
		return strings.HasPrefix(got.status, status) && got.weight == weight
	})
}

// askedMore waits until HAProxy has asked some times more, so that what it was
// answered has had its effect.
func askedMore(t *testing.T, a *advising) {
	t.Helper()
	sum := func() int64 { s := a.Stats(); return s.Asked + s.Unknown }
	before := sum()
	eventually(t, "HAProxy asks", func() bool { return sum() >= before+10 })
}

// TestHAProxyTakesWeights has a running HAProxy ask, and looks at what it makes
// of the answers.
func TestHAProxyTakesWeights(t *testing.T) {
	known := &pools{pool: many(t)}
	a := start(t, advise.Config{Address: "127.0.0.1:0", Pools: known.at})
	listening := checked(t)
	command, front := haproxy(t, a.Address(), listening.Addr().String(), "s0", "s1", "nobody")
	now := time.Now()
	tick := func() { now = now.Add(10 * time.Second); a.ticks <- now; a.ticks <- now }
	becomes(t, command, "s0", "UP", "100")
	tick()
	known.change(func(p *advise.Pool) { advised(p, 0, 0.74) })
	tick()
	becomes(t, command, "s0", "UP", "74")
	known.change(func(p *advise.Pool) { advised(p, 0, 0.1) })
	tick()
	tick()
	becomes(t, command, "s0", "UP", "19") // 18.5 %, of which HAProxy is told 19
	becomes(t, command, "s1", "UP", "100")

	// Draining here takes it out there, and no administrative state of theirs is
	// touched: neither ours, nor one that their operator has set.
	known.change(func(p *advise.Pool) { p.Stats.Servers[0].State = balance.Drain })
	tick()
	becomes(t, command, "s0", "UP", "0")
	drained, other := show(t, command, "s0").sessions, show(t, command, "s1").sessions
	for range 20 {
		conn, err := net.Dial("unix", front)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	eventually(t, "connections go to others", func() bool { return show(t, command, "s1").sessions != other })
	if now := show(t, command, "s0").sessions; now != drained {
		t.Errorf("who is drained has had %s sessions, before that %s", now, drained)
	}
	known.change(func(p *advise.Pool) { p.Stats.Servers[0].State = balance.Ready; advised(p, 0, 1) })
	tick()
	becomes(t, command, "s0", "UP", "100")
	command("set server app/s1 state maint")
	askedMore(t, a)
	becomes(t, command, "s1", "MAINT", "100")
	command("set server app/s1 state ready")
	becomes(t, command, "s1", "UP", "100")

	// An answer about what there is not changes nothing.
	command("set server app/nobody weight 37")
	askedMore(t, a)
	if got := show(t, command, "nobody"); !strings.HasPrefix(got.status, "UP") || got.weight != "37" {
		t.Errorf("a server that is not known here is %+v", got)
	}
	if a.Stats().Unknown == 0 {
		t.Error("questions about nobody were not counted")
	}

	// When nobody answers any more, the last weight stays.
	known.change(func(p *advise.Pool) { advised(p, 0, 0.5) })
	tick()
	tick()
	becomes(t, command, "s0", "UP", "50")
	a.end()
	eventually(t, "HAProxy finds nobody", func() bool { return show(t, command, "s0").agent == "L4CON" })
	becomes(t, command, "s0", "UP", "50")
}

// TestHAProxyIsToldOfDownIfAsked: down and back, and HAProxy's own checks have
// the last word.
func TestHAProxyIsToldOfDownIfAsked(t *testing.T) {
	known := &pools{pool: many(t)}
	a := start(t, advise.Config{Address: "127.0.0.1:0", Pools: known.at, Down: true})
	listening := checked(t)
	command, _ := haproxy(t, a.Address(), listening.Addr().String(), "s0", "s1")
	now := time.Now()
	health := func(server int, condition balance.Condition, panics bool) {
		known.change(func(p *advise.Pool) { p.Stats.Servers[server].Health, p.Stats.Panic = condition, panics })
		now = now.Add(time.Second)
		a.ticks <- now
	}
	becomes(t, command, "s0", "UP", "100")
	health(0, balance.Ejected, false)
	becomes(t, command, "s0", "DOWN (agent)", "100")
	health(0, balance.HalfOpen, false)
	becomes(t, command, "s0", "UP", "100")
	health(0, balance.Down, false)
	becomes(t, command, "s0", "DOWN (agent)", "100")
	health(0, balance.Down, true) // in a panic health is ignored
	becomes(t, command, "s0", "UP", "100")
	health(0, balance.Up, false)
	listening.Close()
	eventually(t, "HAProxy's own checks fail", func() bool {
		return strings.HasPrefix(show(t, command, "s0").status, "DOWN")
	})
	askedMore(t, a)
	if got := show(t, command, "s0"); !strings.HasPrefix(got.status, "DOWN") {
		t.Errorf("our \"up\" overrules HAProxy's own checks: %+v", got)
	}
}

// TestQuestionsOfStrangers asks in every way but the right one, and too often.
func TestQuestionsOfStrangers(t *testing.T) {
	known := &pools{pool: poolOf(t, 1)}
	a := start(t, advise.Config{Address: "127.0.0.1:0", Pools: known.at})
	ask := func(question string) string {
		conn, err := net.Dial("tcp", a.Address().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, question)
		if !strings.HasSuffix(question, "\n") {
			conn.(*net.TCPConn).CloseWrite()
		}
		answer, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err.Error()
		}
		return answer
	}
	for question, want := range map[string]string{
		"app/s0\n": "100% up\n", "app/s0\r\n": "100% up\n",
		"app/s1\n": "# unknown\n", "app\n": "# unknown\n", "/\n": "# unknown\n", "\n": "# unknown\n", "": "# unknown\n",
		"app/s0": "# unknown\n", "APP/S0\n": "# unknown\n", " app/s0\n": "# unknown\n", "GET / HTTP/1.1\r\n": "# unknown\n",
	} {
		if got := ask(question); got != want {
			t.Errorf("%q was answered %q, want %q", question, got, want)
		}
	}
	if got := ask(strings.Repeat("a", 5000) + "\n"); strings.Contains(got, "%") {
		t.Errorf("a question without end was answered %q", got)
	}
	// So many that are silent that nobody else is heard, for no longer than two
	// seconds, and none of them keeps Run from ending.
	var silent []net.Conn
	defer func() {
		for _, conn := range silent {
			conn.Close()
		}
	}()
	for range 300 {
		conn, err := net.Dial("tcp", a.Address().String())
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	eventually(t, "some are refused", func() bool { return a.Stats().Refused >= 300-256 })
	eventually(t, "it is answered again", func() bool { return ask("app/s0\n") == "100% up\n" })
	conn, err := net.Dial("tcp", a.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	silent = append(silent, conn)
	a.end()
}
