package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/internal/report"
)

// DefaultListen is where the server listens unless told.
const DefaultListen = "127.0.0.1:9918"

// Config is the server's.
type Config struct {
	Listen string       // host:port, port 0 a free one, or unix:/path; empty is DefaultListen
	Logger *slog.Logger // of the HTTP server; nil is silence

	Proxies *Proxies // nil: there are none
}

// The limits on what a client can hold open, and for how long. A profile is given
// the time that it was asked to take on top.
const (
	readTimeout     = 10 * time.Second
	writeTimeout    = 30 * time.Second
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 16 << 10
	shutdownTimeout = 5 * time.Second
)

// socketMode lets the socket's owner and group in.
const socketMode = 0o660

// Server answers the operator: /report, /proxies and /debug/pprof/.
type Server struct {
	listener net.Listener
	server   *http.Server
}

// New returns a server that listens and does not answer yet. Run or Close must
// follow. Report returns the report of now, nil while there is none; it is called
// by one request at a time.
func New(config Config, report func() *report.Report) (*Server, error) {
	if config.Listen == "" {
		config.Listen = DefaultListen
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	listener, err := listen(config.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for reports on %q: %w", config.Listen, err)
	}
	handler := http.Handler(newHandler(report, config.Proxies))
	if listener.Addr().Network() == "tcp" {
		handler = sameHost(handler, hostOf(config.Listen))
	}
	return &Server{
		listener: listener,
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(config.Logger.Handler(), slog.LevelDebug),
		},
	}, nil
}

// listen opens the listener.
func listen(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(path)
	}
	return net.Listen("tcp", address)
}

// listenUnix opens a unix socket. One that a process left behind which is gone is
// replaced; one that somebody listens on is not, nor is anything else.
func listenUnix(path string) (net.Listener, error) {
	if path == "" {
		return nil, errors.New("want unix:/path")
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		conn, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			conn.Close()
			return nil, errors.New("somebody listens there already; stop that one, or name another path")
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("cannot tell whether somebody listens there already: %w", err)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	config := net.ListenConfig{Control: restrict}
	listener, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil { // whatever the umask took away
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// restrict gives a socket its mode before it has a name, so that nobody else can
// connect in between: on Linux the name takes on the mode of the socket. Where
// that cannot be done, the umask alone decides until the name's mode is set.
func restrict(_, _ string, conn syscall.RawConn) error {
	return conn.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), socketMode) })
}

// Addr returns where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close stops listening, and cuts off what is being answered.
func (s *Server) Close() error {
	return errors.Join(s.server.Close(), ignoreClosed(s.listener.Close()))
}

// Run serves until ctx is done, then lets what is being answered end, for some
// seconds. It returns nil after that, and why it could not serve otherwise.
func (s *Server) Run(ctx context.Context) error {
	defer s.Close()
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("cannot serve reports on %q: %w", s.listener.Addr(), err)
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := s.server.Shutdown(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // what was being answered is cut off
	}
	s.server.Close()
	<-served
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
