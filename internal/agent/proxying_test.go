package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy"
)

// proxiesOf reads the proxies of a configuration.
func proxiesOf(t *testing.T, text string) config.Proxies {
	t.Helper()
	conf, err := config.Parse("f", []byte("proxies:\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return conf.Proxies
}

// greeter accepts connections and says a word on each, until the test ends.
func greeter(t *testing.T, word string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, word)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return listener.Addr().String()
}

// greeting connects to a proxy's listener and returns what comes.
func greeting(t *testing.T, p *proxying, listener string) string {
	t.Helper()
	for _, l := range p.stats().Listeners {
		if l.Name == listener {
			network, address := "tcp", l.Address
			if path, ok := strings.CutPrefix(address, "unix:"); ok {
				network, address = "unix", path
			}
			conn, err := net.DialTimeout(network, address, 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			word, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			return string(word)
		}
	}
	t.Fatalf("there is no listener %q", listener)
	return ""
}

// TestProxyingLife opens, runs, reloads and ends proxies, and leaves nothing
// behind.
func TestProxyingLife(t *testing.T) {
	directory := t.TempDir()
	text := fmt.Sprintf("  access_log: %q\n  drain_time: 1s\n  listeners: [{name: a, address: \"127.0.0.1:0\", pool: one}, {name: b, address: \"unix:%s/b.sock\", pool: one}]\n"+
		"  pools: [{name: one, servers: [%q]}]\n  egress: [{address: \"127.0.0.1:0\"}]\n", directory+"/log", directory, greeter(t, "first"))
	p, err := newProxying(proxiesOf(t, text), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	p.start()
	if got := greeting(t, p, "a") + greeting(t, p, "b"); got != "firstfirst" {
		t.Errorf("got %q", got)
	}

	bad := proxiesOf(t, strings.Replace(text, `"127.0.0.1:0", pool`, `"192.0.2.1:1", pool`, 1))
	if err := errors.Join(p.checkReload(&bad), p.reload(bad)); err == nil {
		t.Error("reloaded to an address that this machine does not have")
	}
	other := proxiesOf(t, strings.Replace(strings.Replace(text, "/log", "/log2", 1), "servers: [", fmt.Sprintf("servers: [%q]}, {name: two, servers: [", greeter(t, "second")), 1))
	if err := errors.Join(p.checkReload(&other), p.reload(other)); err != nil {
		t.Fatal(err)
	}
	if got := greeting(t, p, "a"); got != "second" {
		t.Errorf("got %q after the reload", got)
	}
	if _, err := p.poolNamed("three"); err == nil || !strings.Contains(err.Error(), `there is no pool "three", want one of ["one" "two"]`) {
		t.Errorf("asked for a pool that there is not: %v", err)
	}
	p.close()
	p.close()
	var logs [2]string // a line may be written after the log was exchanged
	for i, name := range []string{"log", "log2"} {
		log, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			t.Fatal(err)
		}
		logs[i] = string(log)
	}
	if all := logs[0] + logs[1]; strings.Count(all, "\n") != 3 || !strings.Contains(logs[1], `"bytes_sent":6`) {
		t.Errorf("logs %q; want 3 lines, that of the last connection in the second", logs)
	}
	if _, err := os.Stat(filepath.Join(directory, "b.sock")); err == nil {
		t.Error("the unix socket is left behind")
	}
}

// TestProxyingNeedsRestart wants what cannot be had by a reload to be said.
func TestProxyingNeedsRestart(t *testing.T) {
	const text = "  listeners: [{name: a, address: \"127.0.0.1:0\", pool: one}]\n  pools: [{name: one, servers: [\"127.0.0.1:1\"]}]\n"
	p, err := newProxying(proxiesOf(t, text), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close() // was never started
	for more, want := range map[string]string{
		"":                                   "",
		"  access_log: /tmp/log\n":           "proxies.access_log cannot begin or end",
		"  agent_check: \"127.0.0.1:1\"\n":   "proxies.agent_check cannot change",
		"  egress: [{address: 127.0.0.1:1}]": "proxies.egress cannot change",
	} {
		conf := proxiesOf(t, text+more)
		if err := p.checkReload(&conf); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", more, err, want)
		}
	}
	var none *proxying
	conf := proxiesOf(t, text)
	if err := none.checkReload(&conf); err == nil || !strings.Contains(err.Error(), "proxies cannot begin") {
		t.Errorf("proxies where there were none: %v", err)
	}
	none.start()
	none.close()
	if err := none.reopen(); err != nil || none.published() != nil || none.operated() != nil || none.stats().Limit != 0 {
		t.Errorf("no proxies do something: %v", err)
	}
}

// TestSocketsAreTaken gives sockets to the listeners that they are for.
func TestSocketsAreTaken(t *testing.T) {
	open := func(address string) net.Listener {
		t.Helper()
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		return listener
	}
	byName, byAddress, everywhere, nobody := open("127.0.0.1:0"), open("127.0.0.1:0"), open(":0"), open("127.0.0.1:0")
	port := everywhere.Addr().(*net.TCPAddr).Port
	handed := &sockets{free: []socket{{"x", nobody}, {"web", byName}, {"y", byAddress}, {"z", everywhere}}}
	got := handed.give([]proxy.ListenerConfig{
		{Name: "other", Address: byAddress.Addr().String()},
		{Name: "web", Address: "127.0.0.1:1"},
		{Address: fmt.Sprintf("0.0.0.0:%d", port)},
		{Name: "web2", Address: byAddress.Addr().String()}, // is taken
	})
	want := []net.Listener{byAddress, byName, everywhere, nil}
	for i, l := range got {
		if l.Listener != want[i] {
			t.Errorf("listener %d has %v, want %v", i, l.Listener, want[i])
		}
	}
	if left := handed.close(); !slices.Equal(left, []string{fmt.Sprintf("x (%s)", nobody.Addr())}) {
		t.Errorf("left over: %q", left)
	}
	if _, err := nobody.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("what is left over is not closed: %v", err)
	}
}

// TestHandedFilesDoNotBlock starts a process with the sockets of proxies: the
// sockets must go on as they are here.
func TestHandedFilesDoNotBlock(t *testing.T) {
	text := fmt.Sprintf("  listeners: [{name: a, address: \"127.0.0.1:0\", pool: one}, {name: b, address: \"unix:%s/b.sock\", pool: one}]\n"+
		"  pools: [{name: one, servers: [%q]}]\n  egress: [{address: \"127.0.0.1:0\"}]\n", t.TempDir(), greeter(t, "here"))
	p, err := newProxying(proxiesOf(t, text), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.start()
	for command, want := range map[string]string{
		"/bin/true":        "it ended; its log says why",
		"/no/such/program": "cannot start",
	} {
		if next, err := p.startSuccessor(t.Context(), []string{command}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", command, next, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if next, err := p.startSuccessor(ctx, []string{"/bin/sleep", "100"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a successor that is called off: %v, %v", next, err)
	}
	files, err := p.files()
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	defer closeFiles(files)
	for _, f := range files {
		flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.file.Fd(), syscall.F_GETFL, 0)
		if errno != 0 || flags&syscall.O_NONBLOCK == 0 {
			t.Errorf("%s blocks: %v", f.name, errno)
		}
	}
	if got := greeting(t, p, "a"); got != "here" {
		t.Errorf("got %q", got)
	}
}

// TestSuccessorEnvironment leaves out what is of this process alone.
func TestSuccessorEnvironment(t *testing.T) {
	got, err := successorEnvironment([]string{"A=b", "LISTEN_PID=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=x", "WATCHDOG_PID=3", "WATCHDOG_USEC=4", "NOTIFY_SOCKET=/n",
		successionVariable + "=[]"}, []string{"web", "a b\"\n"})
	want := []string{"A=b", "WATCHDOG_USEC=4", "NOTIFY_SOCKET=/n", successionVariable + `=["web","a b\"\n"]`}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// TestSuccessionIsNotBelieved starts with a variable that nobody meant.
func TestSuccessionIsNotBelieved(t *testing.T) {
	for _, text := range []string{"", "x", "{}"} {
		t.Setenv(successionVariable, text)
		if before, handed, err := succeeding(); err == nil {
			t.Errorf("%q: %v, %v", text, before, handed)
		}
		if _, ok := os.LookupEnv(successionVariable); ok {
			t.Errorf("%q is left to processes that are started", text)
		}
	}
}
