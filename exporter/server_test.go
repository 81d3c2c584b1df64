package exporter

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// serving runs a server until the test ends.
func serving(t *testing.T, config Config, source Source, ready func() []string, limits limits) *Server {
	t.Helper()
	config.Listen = "127.0.0.1:0"
	s, err := newServer(config, source, ready, limits)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func alwaysReady() []string { return nil }

// fetch gets a page without keeping the connection.
func fetch(t *testing.T, client *http.Client, method, url string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestPages(t *testing.T) {
	s := serving(t, Config{Version: "1.2.3"}, of(fixture()), alwaysReady, defaultLimits)
	url := "http://" + s.Addr().String()
	for _, test := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/metrics", 200, `splitgauge_http_requests_total{method="GET",status="200",variant=".one"} 7`},
		{"GET", "/healthz", 200, "ok"},
		{"GET", "/readyz", 200, "ready"},
		{"GET", "/", 200, "for Prometheus"},
		{"GET", "/nothing", 404, ""},
		{"POST", "/metrics", 405, ""},
		{"DELETE", "/", 405, ""},
		{"HEAD", "/metrics", 200, ""},
	} {
		if status, body := fetch(t, http.DefaultClient, test.method, url+test.path); status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %s: %d %q, want %d with %q", test.method, test.path, status, body, test.status, test.want)
		}
	}
	if _, body := fetch(t, http.DefaultClient, "GET", url+"/metrics", "Accept", "application/openmetrics-text; version=1.0.0"); !strings.HasSuffix(body, "# EOF\n") ||
		!strings.Contains(body, "splitgauge_http_requests_created{") {
		t.Error("OpenMetrics without its end or without created timestamps")
	}
}

func TestNotReady(t *testing.T) {
	reasons := func() []string { return []string{"the last checkpoint is old", "a\nb"} }
	s := serving(t, Config{}, func() (*State, error) { return nil, errBehind }, reasons, defaultLimits)
	url := "http://" + s.Addr().String()
	if status, body := fetch(t, http.DefaultClient, "GET", url+"/metrics"); status != http.StatusServiceUnavailable || !strings.Contains(body, "4096 bytes to go") {
		t.Errorf("/metrics: %d %q", status, body)
	}
	if status, body := fetch(t, http.DefaultClient, "GET", url+"/readyz"); status != http.StatusServiceUnavailable || strings.Count(body, "\n") != 2 {
		t.Errorf("/readyz: %d %q, want two lines", status, body)
	}
	if status, _ := fetch(t, http.DefaultClient, "GET", url+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
}

// TestWebConfig serves by certificates and a password.
func TestWebConfig(t *testing.T) {
	directory := t.TempDir()
	pool := certificate(t, directory)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(directory, "web.yml")
	text := "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {someone: '" + string(hash) + "'}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serving(t, Config{WebConfigFile: file}, of(fixture()), alwaysReady, defaultLimits)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, path := range []string{"/metrics", "/readyz", "/"} {
		if status, _ := fetch(t, client, "GET", "https://"+s.Addr().String()+path); status != http.StatusUnauthorized {
			t.Errorf("%s without a password: %d", path, status)
		}
	}
	request, err := http.NewRequest("GET", "https://"+s.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("someone", "secret")
	request.Close = true
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("with the password: %d", response.StatusCode)
	}
	if err := os.WriteFile(file, []byte("nonsense: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Listen: "127.0.0.1:0", WebConfigFile: file}, of(fixture()), alwaysReady); err == nil || !strings.Contains(err.Error(), "web.yml") {
		t.Errorf("a wrong web configuration: %v", err)
	}
}

// certificate writes cert.pem and key.pem for 127.0.0.1.
func certificate(t *testing.T, directory string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(directory, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool
}

// dial connects to the server; nothing may take longer than 10 s.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestSlowHeader begins a header and never ends it.
func TestSlowHeader(t *testing.T) {
	short := defaultLimits
	short.readHeader = 50 * time.Millisecond
	conn := dial(t, serving(t, Config{}, of(fixture()), alwaysReady, short))
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a client that never ends its header is not cut off")
	}
}

func TestIdleConnection(t *testing.T) {
	short := defaultLimits
	short.idle = 50 * time.Millisecond
	conn := dial(t, serving(t, Config{}, of(fixture()), alwaysReady, short))
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(body), "ok\n") {
		t.Errorf("%q, %v: want an answer and then the end", body, err)
	}
}

func TestLongHeader(t *testing.T) {
	conn := dial(t, serving(t, Config{}, of(fixture()), alwaysReady, defaultLimits))
	go io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Long: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB: %d", response.StatusCode)
	}
}

// TestShutdown ends while a scrape is being made: the scrape is answered. One that
// takes too long is cut off.
func TestShutdown(t *testing.T) {
	for name, test := range map[string]struct {
		limit    time.Duration
		answered bool
	}{"answered": {time.Minute, true}, "cut off": {50 * time.Millisecond, false}} {
		t.Run(name, func(t *testing.T) {
			asked, goOn := make(chan struct{}), make(chan struct{})
			limits := defaultLimits
			limits.shutdown = test.limit
			s, err := newServer(Config{Listen: "127.0.0.1:0"}, func() (*State, error) {
				close(asked)
				<-goOn
				return fixture(), nil
			}, alwaysReady, limits)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			conn := dial(t, s)
			if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			<-asked
			cancel()
			if test.answered {
				close(goOn)
			} else {
				defer close(goOn)
			}
			body, _ := io.ReadAll(conn)
			if got := strings.HasPrefix(string(body), "HTTP/1.1 200 OK\r\n"); got != test.answered {
				t.Errorf("answered is %t, want %t: %.200q", got, test.answered, body)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNotRun holds that a server which is closed instead of run leaves nothing.
func TestNotRun(t *testing.T) {
	s, err := New(Config{Listen: "127.0.0.1:0"}, of(fixture()), alwaysReady)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	again, err := New(Config{Listen: s.Addr().String()}, of(fixture()), alwaysReady)
	if err != nil {
		t.Fatalf("the address is still taken: %v", err)
	}
	again.Close()
}

func TestAddressInUse(t *testing.T) {
	s := serving(t, Config{}, of(fixture()), alwaysReady, defaultLimits)
	if _, err := New(Config{Listen: s.Addr().String()}, of(fixture()), alwaysReady); err == nil || !strings.Contains(err.Error(), "cannot listen for scrapes") {
		t.Errorf("got %v", err)
	}
}
