package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/internal/admin"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// proxying are the TCP proxies of a configuration at work, the egress listeners,
// and what belongs to them. newProxying opens them, start has them accept, and
// drain or close must follow, whether they were started or not. A nil proxying is
// one of a configuration without proxies, and does nothing.
type proxying struct {
	log     *slog.Logger
	started time.Time
	proxy   *proxy.Proxy
	egress  []*egressing
	access  *accessFile // nil: no access log
	notices *proxyNotices

	mu      sync.Mutex
	conf    config.Proxies  // guarded by mu
	adviser *advise.Adviser // guarded by mu; nil before anything is advised

	running bool               // of the goroutine of work alone
	stop    context.CancelFunc // ends accepting
	work    sync.WaitGroup
	done    chan struct{} // closed when nothing is open any more
	failed  chan error    // of a listener that ended by itself; has room for all
}

// newProxying opens the listeners of a configuration. Sockets that were handed to
// this process are taken for the listeners of their names or addresses. Nothing is
// accepted before start; what connects waits until then.
func newProxying(conf config.Proxies, sockets *sockets, log *slog.Logger) (*proxying, error) {
	if !conf.Any() {
		return nil, nil
	}
	p := &proxying{
		log: log, conf: conf, started: time.Now(), notices: newProxyNotices(log),
		done: make(chan struct{}), failed: make(chan error, 1+len(conf.Egress)),
	}
	if conf.AccessLog != "" {
		var err error
		if p.access, err = openAccessFile(conf.AccessLog); err != nil {
			return nil, err
		}
	}
	settings := p.settingsOf(conf)
	settings.Listeners = sockets.give(settings.Listeners)
	var err error
	if p.proxy, err = proxy.New(settings, p.notices.events()); err != nil {
		return nil, errors.Join(err, p.access.Close())
	}
	for _, e := range conf.Egress {
		one, err := openEgress(e, sockets, p.notices.egress())
		if err != nil {
			p.close()
			return nil, err
		}
		p.egress = append(p.egress, one)
	}
	return p, nil
}

// settingsOf returns what the proxy is given of a configuration.
func (p *proxying) settingsOf(conf config.Proxies) proxy.Config {
	settings := conf.Proxy
	if p.access != nil {
		settings.AccessLog = p.access
	}
	settings.Pools = p.notices.watch(settings.Pools)
	return settings
}

// start begins to accept. It may be called again.
func (p *proxying) start() {
	if p == nil || p.running {
		return
	}
	p.run(context.Background())
	for _, l := range p.proxy.Stats().Listeners {
		p.log.Info("proxy", "listener", l.Name, "address", l.Address)
	}
	for _, e := range p.egress {
		p.log.Info("egress", "address", e.egress.Address().String())
	}
}

// run runs everything until ctx ends or stop is called.
func (p *proxying) run(ctx context.Context) {
	ctx, p.stop = context.WithCancel(ctx)
	p.running = true
	runners := []func(context.Context) error{p.proxy.Run}
	for _, e := range p.egress {
		runners = append(runners, e.egress.Run)
	}
	for _, run := range runners {
		p.work.Go(func() {
			if err := run(ctx); err != nil {
				p.failed <- err
			}
		})
	}
	go func() {
		p.work.Wait()
		if err := p.access.Close(); err != nil {
			p.log.Error("cannot close the proxies' access log", "error", err)
		}
		close(p.done)
	}()
}

// drain stops accepting. The channel is closed when what was open has ended, or
// was cut off after the time to drain.
func (p *proxying) drain() <-chan struct{} {
	if p == nil {
		return closedChannel()
	}
	if !p.running {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		p.run(ended)
	}
	p.stop()
	return p.done
}

// close is drain, and waits.
func (p *proxying) close() { <-p.drain() }

// failure receives why a listener has ended by itself; never for a nil proxying.
func (p *proxying) failure() <-chan error {
	if p == nil {
		return nil
	}
	return p.failed
}

func closedChannel() <-chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}

// reopen opens the access log anew, after it was rotated.
func (p *proxying) reopen() error {
	if p == nil || p.access == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.access.reopen(p.conf.AccessLog)
}

// checkReload says what of a configuration cannot be had without a restart.
func (p *proxying) checkReload(conf *config.Proxies) error {
	const restart = "cannot %s while running; restart for that, or send SIGUSR2, which drops no connection"
	if p == nil {
		if conf.Any() {
			return fmt.Errorf("proxies "+restart, "begin")
		}
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !reflect.DeepEqual(conf.Egress, p.conf.Egress):
		return fmt.Errorf("proxies.egress "+restart, "change")
	case conf.AgentCheck != p.conf.AgentCheck:
		return fmt.Errorf("proxies.agent_check "+restart, "change")
	case (conf.AccessLog == "") != (p.conf.AccessLog == ""):
		return fmt.Errorf("proxies.access_log "+restart, "begin or end")
	}
	return nil
}

// reload goes on by another configuration, which checkReload had nothing against.
// Nothing that is open is dropped. After an error the one before goes on.
func (p *proxying) reload(conf config.Proxies) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.access != nil {
		if err := p.access.reopen(conf.AccessLog); err != nil {
			return err
		}
	}
	if err := p.proxy.Reload(p.settingsOf(conf)); err != nil {
		if p.access != nil {
			err = errors.Join(err, p.access.reopen(p.conf.AccessLog))
		}
		return err
	}
	p.conf = conf
	return nil
}

// settings returns the configuration that counts.
func (p *proxying) settings() config.Proxies {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conf
}

// stats returns the counts of the proxies.
func (p *proxying) stats() proxy.Stats {
	if p == nil {
		return proxy.Stats{}
	}
	return p.proxy.Stats()
}

// observe hands what logs say to a pool.
func (p *proxying) observe(pool string, summaries []balance.Summary, at time.Time) {
	if p == nil {
		return
	}
	if b := p.proxy.Pool(pool); b != nil {
		b.Observe(summaries, at)
	}
}

// poolNamed returns a pool, or an error that says which ones there are.
func (p *proxying) poolNamed(name string) (*balance.Pool, error) {
	if b := p.proxy.Pool(name); b != nil {
		return b, nil
	}
	var names []string
	for _, pool := range p.settings().Proxy.Pools {
		names = append(names, pool.Name)
	}
	return nil, fmt.Errorf("%w: there is no pool %q, want one of %q", admin.ErrUnknown, name, names)
}

// listenersOf returns the names of the listeners that use a pool.
func (p *proxying) listenersOf(pool string) (names []string) {
	for _, l := range p.settings().Proxy.Listeners {
		if l.Pool == pool {
			names = append(names, cmp.Or(l.Name, l.Address))
		}
	}
	return names
}
