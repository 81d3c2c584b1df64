package tailer

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// socketPath returns a path that is short enough for a socket, and whose
// directory nginx's workers may enter.
func socketPath(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "syslog")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	if err := os.Chmod(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, "s")
}

// nginxClient sends requests over one connection.
type nginxClient struct {
	t          *testing.T
	connection net.Conn
	reader     *bufio.Reader
}

func dialNginx(t *testing.T, address string) *nginxClient {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return &nginxClient{t, connection, bufio.NewReader(connection)}
}

// get sends a request and waits for the answer, which is "ok\n".
func (c *nginxClient) get(target, agent string) {
	c.t.Helper()
	fmt.Fprintf(c.connection, "GET %s HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\n\r\n", target, agent)
	for size := 0; ; {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			c.t.Fatalf("no answer to %.60q: %v", target, err)
		}
		if _, err := fmt.Sscanf(strings.ToLower(line), "content-length: %d", &size); err == nil {
			continue
		}
		if line == "\r\n" {
			if _, err := c.reader.Discard(size); err != nil {
				c.t.Fatal(err)
			}
			return
		}
	}
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}

// TestSyslogFromNginx compares what arrives, with every kind of header and over
// both kinds of socket, with what the same nginx writes to a file.
func TestSyslogFromNginx(t *testing.T) {
	nginxtest.Binary(t)
	udp, udpBare := syslogAddresses(t)["udp"], syslogAddresses(t)["udp"]
	receivers := map[string]*receiver{}
	var logs strings.Builder
	for _, log := range []struct{ address, options string }{
		{"unix:" + socketPath(t), ""},
		{"unix:" + socketPath(t), ",nohostname"},
		{"unix:" + socketPath(t), ",tag=A_tag_9,facility=local0,severity=debug"},
		{udp, ",tag=_"},
		{udpBare, ",nohostname,facility=kern,severity=emerg"},
	} {
		receivers[log.address] = listen(t, log.address, Config{})
		server := strings.TrimPrefix(log.address, "udp:")
		fmt.Fprintf(&logs, "access_log syslog:server=%s%s all;\n", server, log.options)
	}
	server := nginxtest.Start(t, nginxtest.Config{HTTP: func(addresses []string) string {
		return fmt.Sprintf(`
log_format all '$remote_addr [$time_local] "$request" $status $msec "$http_user_agent" $connection_requests: $uri';
large_client_header_buffers 4 32k;
keepalive_requests 100000;
server {
    listen %s;
    access_log file.log all;
    %s
    return 200 "ok\n";
}`, addresses[0], logs.String())
	}})
	client := dialNginx(t, server.Addresses[0])

	// A unix socket may hold no more than ten datagrams, and nginx does not wait:
	// no more requests than that are let go before their lines have arrived.
	const requests, together = 1000, 4
	for n := range requests {
		target := fmt.Sprintf("/n%d?a=%%20b:c", n)
		agent := []string{"curl/8", `"quoted" \ \x01` + "\xff\t", "nginx: a: b", "<190>Nov 25 10:15:00 web1 nginx: x", ""}[n%5]
		switch n % 100 {
		case 50:
			target += strings.Repeat("x", 8<<10)
		case 51:
			target += strings.Repeat("y", 30_000)
		}
		client.get(target, agent)
		if n%together == together-1 {
			for _, r := range receivers {
				r.untilLines(n + 1)
			}
		}
	}
	want := linesOf(t, filepath.Join(server.Prefix, "file.log"))
	if len(want) != requests {
		t.Fatalf("the file has %d lines, want %d", len(want), requests)
	}
	for address, r := range receivers {
		if !slices.Equal(r.lines, want) {
			for i := range min(len(want), len(r.lines)) {
				if r.lines[i] != want[i] {
					t.Errorf("%s: line %d is %.200q\nwant %.200q", address, i, r.lines[i], want[i])
					break
				}
			}
			t.Errorf("%s: %d lines, want %d", address, len(r.lines), len(want))
		}
		if r.Dropped() != 0 {
			t.Errorf("%s: %d dropped", address, r.Dropped())
		}
	}
}

// TestNginxDropsWhatFindsNoRoom holds what the documentation says of a unix
// socket that nobody reads from: nginx does not wait, and the lines that are
// missing are those that its error log tells of.
func TestNginxDropsWhatFindsNoRoom(t *testing.T) {
	nginxtest.Binary(t)
	path := socketPath(t)
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	server := startForSyslog(t, path)
	client := dialNginx(t, server.Addresses[0])
	const requests = 2000 // more than any queue: by default 10, with systemd 512
	for n := range requests {
		client.get(fmt.Sprintf("/n%d", n), "x")
	}
	untilLogged(t, server, requests)
	received := 0
	buffer := make([]byte, maxDatagram)
	for {
		if err := socket.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := socket.Read(buffer); err != nil {
			break
		}
		received++
	}
	told := toldLost(t, server)
	if received == 0 || told == 0 || received+told != requests {
		t.Errorf("%d lines arrived and %d are told to be lost, want %d together", received, told, requests)
	}
}

// TestSyslogRestart: nginx goes on with a socket that takes the place of the one
// before.
func TestSyslogRestart(t *testing.T) {
	nginxtest.Binary(t)
	path := socketPath(t)
	first := listen(t, "unix:"+path, Config{})
	server := startForSyslog(t, path)
	client := dialNginx(t, server.Addresses[0])
	client.get("/first", "x")
	first.untilLines(1)
	first.Close()
	second := listen(t, "unix:"+path, Config{})
	const requests = 5
	for n := range requests {
		client.get(fmt.Sprintf("/second%d", n), "x")
	}
	second.untilLines(1)
	untilLogged(t, server, 1+requests)
	lost := toldLost(t, server)
	if lost == 0 || lost >= requests {
		t.Errorf("nginx tells that it lost %d of %d lines", lost, requests)
	}
	second.untilLines(requests - lost)
}

// startForSyslog starts an nginx that logs to a unix socket and to file.log.
func startForSyslog(t *testing.T, path string) *nginxtest.Server {
	t.Helper()
	return nginxtest.Start(t, nginxtest.Config{HTTP: func(addresses []string) string {
		return fmt.Sprintf(`
keepalive_requests 100000;
server {
    listen %s;
    access_log syslog:server=unix:%s;
    access_log file.log; # written after the other
    return 200 "ok\n";
}`, addresses[0], path)
	}})
}

// untilLogged waits until nginx has logged so many requests.
func untilLogged(t *testing.T, server *nginxtest.Server, requests int) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for len(linesOf(t, filepath.Join(server.Prefix, "file.log"))) < requests {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("file.log is not complete after %v", patience)
		}
	}
}

// toldLost returns how many lines nginx has told that it could not send.
func toldLost(t *testing.T, server *nginxtest.Server) int {
	t.Helper()
	errorLog, err := os.ReadFile(server.ErrorLog)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(errorLog, []byte("send() to syslog failed"))
}
