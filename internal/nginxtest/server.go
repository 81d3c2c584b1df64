package nginxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Config is what nginx runs.
type Config struct {
	// Ports is how many free ports of 127.0.0.1 are looked for; less than one
	// means one. nginx has to listen on the first; the others are for more
	// servers, or for nobody: an upstream that is down.
	Ports int

	// HTTP returns what stands in "http { }", given the addresses of the
	// ports. It is called again with others should one of them be taken by the
	// time that nginx asks for it. Files it names are relative to the prefix.
	HTTP func(addresses []string) string

	// Files are written into the prefix before nginx starts, by name.
	Files map[string]string
}

// Server is a running nginx.
type Server struct {
	Version   string   // for example "1.22.1"
	Prefix    string   // directory of everything it reads and writes
	Conf      string   // path of its nginx.conf
	ErrorLog  string   // path of its error.log
	Addresses []string // "127.0.0.1:port"

	process *exec.Cmd
	output  bytes.Buffer // what it printed; to be read once exited is closed
	exited  chan struct{}
}

// How long nginx may take. Much longer than it does, so that only a hang
// exceeds it.
const (
	startTimeout = 20 * time.Second
	stopTimeout  = 10 * time.Second
)

// Start starts nginx and stops it at the end of the test.
func Start(t testing.TB, config Config) *Server {
	t.Helper()
	binary := Binary(t)
	s, err := start(binary, t.TempDir(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	s.Version = Version(t)
	return s
}

// Signal sends a signal to nginx's master process, for example SIGUSR1 to make
// it open its logs anew.
func (s *Server) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatalf("cannot send %v to nginx: %v", signal, err)
	}
}

// errPortTaken says that somebody was faster.
var errPortTaken = errors.New("a port that was free is taken")

// start tries other ports where somebody takes one between our looking and
// nginx's asking for it.
func start(binary, prefix string, config Config) (*Server, error) {
	const attempts = 5
	for name, content := range config.Files {
		path := filepath.Join(prefix, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	var err error
	for range attempts {
		var s *Server
		if s, err = startOnce(binary, prefix, config); !errors.Is(err, errPortTaken) {
			return s, err
		}
	}
	return nil, err
}

func startOnce(binary, prefix string, config Config) (*Server, error) {
	addresses, err := freeAddresses(max(1, config.Ports))
	if err != nil {
		return nil, err
	}
	s := &Server{
		Prefix:    prefix,
		Conf:      filepath.Join(prefix, "nginx.conf"),
		ErrorLog:  filepath.Join(prefix, "error.log"),
		Addresses: addresses,
		exited:    make(chan struct{}),
	}
	if err := os.WriteFile(s.Conf, []byte(wholeConfiguration(config.HTTP(addresses))), 0o644); err != nil {
		return nil, err
	}
	s.process = exec.Command(binary, "-p", prefix, "-c", s.Conf, "-e", s.ErrorLog)
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start nginx: %w", err)
	}
	go func() {
		_ = s.process.Wait() // how it ended is in its log
		close(s.exited)
	}()
	if err := s.waitUntilReady(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// waitUntilReady returns once nginx has written its pid file and accepts
// connections.
func (s *Server) waitUntilReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-s.exited:
			return s.failure("nginx ended before it accepted connections")
		case <-ctx.Done():
			return s.failure(fmt.Sprintf("nginx did not accept connections on %s within %v", s.Addresses[0], startTimeout))
		case <-ticker.C:
		}
		if _, err := os.Stat(filepath.Join(s.Prefix, pidFile)); err != nil {
			continue
		}
		if conn, err := net.Dial("tcp", s.Addresses[0]); err == nil {
			return conn.Close()
		}
	}
}

// failure returns an error with what nginx has to say about it.
func (s *Server) failure(problem string) error {
	log, _ := os.ReadFile(s.ErrorLog) // it may not have come that far
	select {
	case <-s.exited:
		log = append(log, s.output.Bytes()...)
	default:
	}
	err := fmt.Errorf("%s: %s", problem, log)
	if bytes.Contains(log, []byte("Address already in use")) {
		return errors.Join(errPortTaken, err)
	}
	return err
}

// stop ends nginx and waits until it and its workers are gone.
func (s *Server) stop() error {
	_ = s.process.Process.Signal(syscall.SIGTERM) // an error says that it is gone already
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-s.exited:
		return nil
	case <-timer.C:
		_ = s.process.Process.Kill()
		<-s.exited
		return s.failure(fmt.Sprintf("nginx did not end within %v and was killed", stopTimeout))
	}
}
