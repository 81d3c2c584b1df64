package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestProxyServes is the way of a request: through the proxy to nginx and back, in
// the metrics, the log and an explanation.
func TestProxyServes(t *testing.T) {
	s, addresses := newSite(t), nodes(t, 1)
	s.web(addresses, "nginx: {config: none}")
	for _, verb := range []string{"proxy", "run"} {
		t.Run(verb, func(t *testing.T) {
			s.t = t
			s.startVerb(verb)
			s.serves("0")
			connection := s.connect()
			if got := connection.ask(t, "/") + connection.ask(t, "/"); got != "00" {
				t.Errorf("got %q", got)
			}
			connection.Close()
			(&agentRun{listen: s.listen}).ready(t)
			eventually(t, "counted", func() bool {
				_, metrics := (&agentRun{listen: s.listen}).get("/metrics")
				return strings.Contains(metrics, `splitgauge_proxy_connections_total{listener="web",reason="client_fin",upstream="`)
			})
			explained := run(t, nil, "proxy", "explain", "-c", s.file, "-o", "json", "192.0.2.7")
			explained.check(t, 0)
			explained.shows(t, `"pool": "app"`, `"source": "192.0.2.7"`, `"compared": true`)
			if strings.Contains(explained.out, "offline") {
				t.Errorf("not asked the instance: %s", explained.out)
			}
			snippet := run(t, nil, "proxy", "snippet", "-c", s.file, "--pool", "app")
			snippet.check(t, 0)
			snippet.shows(t, "upstream app {", "random two least_conn;", "server "+addresses[0])
			wrong := run(t, nil, "proxy", "snippet", "-c", s.file, "--pool", "ap")
			wrong.check(t, exitUsage, `there is no pool "ap", want one of ["app"]`)
			s.signal(syscall.SIGTERM)
			s.ended(0)
			log, err := os.ReadFile(s.directory + "/proxy.log")
			if err != nil || !strings.Contains(string(log), `"reason":"client_fin"`) {
				t.Errorf("the access log has %q, %v", log, err)
			}
		})
	}
}

// TestProxyReloads changes pools and listeners under an open connection.
func TestProxyReloads(t *testing.T) {
	addresses := nodes(t, 2)
	s := newSite(t)
	s.web(addresses[:1], "")
	s.startVerb("proxy")
	s.serves("0")
	open := s.connect()
	if got := open.ask(t, "/"); got != "0" {
		t.Fatalf("got %q", got)
	}

	writeFile(t, s.directory, "splitgauge.yaml", []byte("proxies: {listeners: [{address: \":80\"}], drain_time: never}\n"))
	s.signal(syscall.SIGHUP)
	s.says("cannot reload", 1)
	for _, want := range []string{"splitgauge.yaml:1:33", "names no host", "splitgauge.yaml:1:54", "drain_time"} {
		if said := s.err.String(); !strings.Contains(said, want) {
			t.Errorf("not told %q: %s", want, said)
		}
	}
	s.serves("0")

	s.web(addresses[1:], "")
	s.signal(syscall.SIGHUP)
	s.says("msg=reloaded", 1)
	s.serves("1")
	if got := open.ask(t, "/"); got != "0" {
		t.Errorf("the open connection goes to %q now", got)
	}

	gone := s.listener
	s.listener = freeAddress(t)
	s.web(addresses[1:], "")
	s.signal(syscall.SIGHUP)
	s.says("msg=reloaded", 2)
	s.serves("1")
	if conn, err := net.Dial("tcp", gone); err == nil {
		conn.Close()
		t.Error("the listener that was removed still accepts")
	}
	if got := open.ask(t, "/"); got != "0" {
		t.Errorf("the open connection goes to %q now", got)
	}

	must(t, os.Rename(s.directory+"/proxy.log", s.directory+"/proxy.log.1"))
	s.signal(syscall.SIGUSR1)
	eventually(t, "the access log is opened anew", func() bool {
		s.get("/")
		log, err := os.ReadFile(s.directory + "/proxy.log")
		return err == nil && len(log) > 0
	})
}

// TestProxyDrains stops the program while an answer is on its way.
func TestProxyDrains(t *testing.T) {
	s := newSite(t)
	s.web(nodes(t, 1), "")
	s.startVerb("proxy")
	s.serves("0")
	open := s.connect()
	fmt.Fprintf(open, "GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if _, err := open.reader.Peek(1); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGTERM)
	eventually(t, "nobody is let in", func() bool {
		conn, err := net.Dial("tcp", s.listener)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if status, _ := (&agentRun{listen: s.listen}).get("/metrics"); status != 200 {
		t.Errorf("metrics while draining: status %d", status)
	}
	if got := open.answer(t); got != strings.Repeat("x", 100) {
		t.Errorf("the answer was cut: %q", got)
	}
	open.Close()
	s.ended(0)
}

// TestProxyUpgrades has clients come all the time while the program is handed over
// three times, once to a configuration that is wrong. None of them sees that.
func TestProxyUpgrades(t *testing.T) {
	directory := t.TempDir()
	log := writeFile(t, directory, "access.log", nil)
	more := fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q, format: combined}]", log)
	addresses := nodes(t, 2)
	s := newSite(t)
	s.web(addresses[:1], more)
	s.startVerb("run")
	s.serves("0")
	open := s.connect()
	open.ask(t, "/")

	var clients sync.WaitGroup
	defer clients.Wait()
	stop := make(chan struct{})
	stopClients := sync.OnceFunc(func() { close(stop) })
	defer stopClients()
	answered := make([]int, 4)
	for i := range answered {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if body, err := s.get("/"); err != nil || body != "0" && body != "1" {
					t.Errorf("a client got %q, %v", body, err)
					return
				}
				answered[i]++
			}
		})
	}
	series := `splitgauge_http_requests_total{method="GET",status="200",variant=""}`
	appendFile(t, log, strings.Repeat(liveLine, 3))
	s.metric(series, 3)

	writeFile(t, s.directory, "splitgauge.yaml", []byte("proxies: 7\n"))
	s.signal(syscall.SIGUSR2)
	s.says("this process goes on", 1)

	s.web(addresses[1:], more)
	first := s.process
	s.signal(syscall.SIGUSR2)
	s.says("what is open here drains", 1)
	appendFile(t, log, strings.Repeat(liveLine, 4))
	s.serves("1")
	s.metric(series, 7)
	if got := open.ask(t, "/"); got != "0" {
		t.Errorf("the connection that was open goes to %q now", got)
	}
	open.Close()
	s.ended(0)
	if first.Pid == s.successors()[0] {
		t.Error("nobody took over")
	}

	must(t, syscall.Kill(s.successors()[0], syscall.SIGUSR2))
	s.says("what is open here drains", 2)
	appendFile(t, log, liveLine)
	s.metric(series, 8)
	stopClients()
	clients.Wait()
	for i, n := range answered {
		if n == 0 {
			t.Errorf("client %d was never answered", i)
		}
	}
	last := s.successors()[1]
	must(t, syscall.Kill(last, syscall.SIGTERM))
	eventually(t, "the last one ends", func() bool {
		conn, err := net.Dial("tcp", s.listener)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// TestProxyIsActivated hands sockets to the program as systemd does: one by the
// name of its listener, one by its address, and one that nobody wants.
func TestProxyIsActivated(t *testing.T) {
	s, other := newSite(t), freeAddress(t)
	s.configure(fmt.Sprintf("  listeners: [{name: web, address: \"127.0.0.1:1\", pool: app}, {name: second, address: %q, pool: app}]\n"+
		"  pools: [{name: app, servers: [%q]}]\n", other, nodes(t, 1)[0]), "")
	var files []*os.File
	unwanted := freeAddress(t)
	for _, address := range []string{s.listener, other, unwanted} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files = append(files, file)
	}
	s.startActivated(files, "web:unknown:nobody")
	for _, file := range files {
		file.Close()
	}
	s.serves("0")
	s.listener = other
	s.serves("0")
	if said := s.err.String(); !strings.Contains(said, "nobody ("+unwanted) {
		t.Errorf("not told of the socket that is left over: %s", said)
	}
	s.signal(syscall.SIGTERM)
	s.ended(0)
}
