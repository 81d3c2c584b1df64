package proxy

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// HealthConfig is an active check of all servers of a pool. How many results
// take a server out or bring it back is the pool's own (balance.Health).
type HealthConfig struct {
	Pool     string
	Interval time.Duration // between two checks of a server; default 5 s
	Timeout  time.Duration // for one; default 2 s

	// Path, such as "/healthz", is asked for by HTTP. Empty: connecting is enough.
	Path   string
	Host   string // of the request; default the server's address
	Status int    // that a healthy server answers; default any of 200 to 399
}

func (h HealthConfig) withDefaults() HealthConfig {
	h.Interval = orDefault(h.Interval, 5*time.Second)
	h.Timeout = orDefault(h.Timeout, 2*time.Second)
	return h
}

// health runs the active checks: a goroutine for each pool, and one for each
// check under way.
type health struct {
	mu      sync.Mutex
	configs []HealthConfig
	stop    context.CancelFunc // of those that run; nil: none
}

func newHealth() *health { return &health{} }

// configure puts other checks in place. p.mu is held.
func (h *health) configure(p *Proxy, configs []HealthConfig) {
	h.mu.Lock()
	h.configs = configs
	h.mu.Unlock()
	if p.work != nil {
		h.start(p)
	}
}

// start starts the checks, in place of those that run. p.mu is held.
func (h *health) start(p *Proxy) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop != nil {
		h.stop()
	}
	ctx, stop := context.WithCancel(p.work)
	h.stop = stop
	for _, config := range h.configs {
		pool := p.pools[config.Pool]
		p.start(func() { p.checkLoop(ctx, pool, config.withDefaults()) })
	}
}

// checkLoop checks the servers of a pool until ctx ends.
func (p *Proxy) checkLoop(ctx context.Context, pool *pool, config HealthConfig) {
	prober := newProber(config)
	defer prober.client.CloseIdleConnections()
	var checks sync.WaitGroup
	defer checks.Wait()
	for {
		for _, t := range pool.current() {
			checks.Go(func() { p.checkServer(ctx, pool, t, prober) })
		}
		checks.Wait() // a check takes at most Timeout, so that none overtakes another
		if !sleep(ctx, config.Interval) {
			return
		}
	}
}

func (p *Proxy) checkServer(ctx context.Context, pool *pool, t *target, prober *prober) {
	err := prober.probe(ctx, t)
	if ctx.Err() != nil {
		return
	}
	if err != nil && faultOf(err) == balance.Local {
		return // says nothing of the server
	}
	pool.ProbeResult(t.name, err == nil, time.Now())
	if f := p.events.Probed; f != nil {
		f(pool.name, t.name, err)
	}
}

// prober makes the checks of one configuration.
type prober struct {
	config HealthConfig
	client http.Client
}

// targetKey is under which a request's context has the target to connect to.
type targetKey struct{}

func newProber(config HealthConfig) *prober {
	p := &prober{config: config}
	p.client = http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true, // a new connection each time: that too is checked
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialTarget(ctx, ctx.Value(targetKey{}).(*target))
			},
			MaxResponseHeaderBytes: 16 << 10,
		},
	}
	return p
}

// probe checks one server.
func (p *prober) probe(ctx context.Context, t *target) error {
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	if p.config.Path == "" {
		conn, err := dialTarget(ctx, t)
		if err == nil {
			conn.Close()
		}
		return err
	}
	return p.get(context.WithValue(ctx, targetKey{}, t), t)
}

// get asks a server for the path.
func (p *prober) get(ctx context.Context, t *target) error {
	host := p.config.Host
	if host == "" {
		host = "localhost"
		if t.socket == "" {
			host = t.address
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+p.config.Path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "splitgauge")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	switch want := p.config.Status; {
	case want != 0 && response.StatusCode != want:
		return fmt.Errorf("status %d of %q, want %d", response.StatusCode, p.config.Path, want)
	case want == 0 && (response.StatusCode < 200 || response.StatusCode > 399):
		return fmt.Errorf("status %d of %q, want 200 to 399", response.StatusCode, p.config.Path)
	}
	return nil
}

// dialTarget connects to a server for a check.
func dialTarget(ctx context.Context, t *target) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	if t.socket != "" {
		return d.DialContext(ctx, "unix", t.socket)
	}
	address := t.resolved()
	if !address.IsValid() {
		return nil, errNotResolved
	}
	return d.DialContext(ctx, "tcp", address.String())
}
