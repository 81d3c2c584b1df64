package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// DefaultListen is where the server listens unless told.
const DefaultListen = "127.0.0.1:9917"

// Config is the server's.
type Config struct {
	Listen string // host:port; empty is DefaultListen, port 0 a free one

	// WebConfigFile is a file of the Prometheus exporter toolkit, with
	// certificates and passwords. It is read anew for every connection or
	// request. Empty is plain HTTP for everybody who can connect.
	WebConfigFile string

	Version, Revision string // of the program, for build_info

	Logger *slog.Logger // of the HTTP server; nil is silence
}

// limits bound what a client can hold open, and for how long.
type limits struct {
	readHeader, read, write, idle time.Duration
	headerBytes                   int
	shutdown                      time.Duration // what a scrape has left to end
}

var defaultLimits = limits{
	readHeader:  5 * time.Second,
	read:        10 * time.Second,
	write:       scrapeTimeout + 10*time.Second,
	idle:        2 * time.Minute, // longer than most scrape intervals
	headerBytes: 16 << 10,
	shutdown:    5 * time.Second,
}

// Server publishes metrics over HTTP: /metrics, /healthz, /readyz and a landing
// page. Where the web configuration asks for a password, all of them do.
type Server struct {
	listener net.Listener
	server   *http.Server
	config   Config
	limits   limits
}

// New returns a server that listens and does not answer yet: that it cannot
// listen, or that its web configuration is wrong, is known before anything else
// is started. Run or Close must follow.
//
// Source is asked once a scrape, or once for all scrapes at the same time. Ready
// returns why the process is not ready, nothing if it is. Both must be safe for
// concurrent use.
func New(config Config, source Source, ready func() []string) (*Server, error) {
	return newServer(config, source, ready, defaultLimits)
}

func newServer(config Config, source Source, ready func() []string, limits limits) (*Server, error) {
	if config.Listen == "" {
		config.Listen = DefaultListen
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if err := web.Validate(config.WebConfigFile); err != nil {
		return nil, fmt.Errorf("cannot use the web configuration %q: %w", config.WebConfigFile, err)
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for scrapes on %q: %w", config.Listen, err)
	}
	return &Server{
		listener: listener,
		server: &http.Server{
			Handler:           newHandler(&collector{source, config.Version, config.Revision}, ready),
			ReadHeaderTimeout: limits.readHeader,
			ReadTimeout:       limits.read,
			WriteTimeout:      limits.write,
			IdleTimeout:       limits.idle,
			MaxHeaderBytes:    limits.headerBytes,
			ErrorLog:          slog.NewLogLogger(config.Logger.Handler(), slog.LevelDebug),
		},
		config: config,
		limits: limits,
	}, nil
}

// Addr returns where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves until ctx is done, then lets the scrapes that have begun end, for
// some seconds. It returns nil after that, and why it could not serve otherwise.
func (s *Server) Run(ctx context.Context) error {
	defer s.Close()
	served := make(chan error, 1)
	go func() {
		served <- web.Serve(s.listener, s.server, &web.FlagConfig{WebConfigFile: &s.config.WebConfigFile}, s.config.Logger)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("cannot serve metrics on %q: %w", s.config.Listen, err)
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limits.shutdown)
	defer cancel()
	err := s.server.Shutdown(deadline)
	s.server.Close() // what is left
	<-served
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // a scrape was cut off: it will be made again
	}
	return err
}

// Close stops listening. It is for a server that is not run after all.
func (s *Server) Close() error {
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
