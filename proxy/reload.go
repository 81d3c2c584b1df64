package proxy

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// Reload puts another configuration in place of the present one, and drops
// nothing: a listener whose name and address stay keeps its socket, and what
// waits in its backlog; connections that are open go on as they began;
// listeners that are gone close their sockets, and their connections have
// DrainTime to end. Pools that stay keep what is known of their servers.
//
// AccessLog and AccessLogBuffer cannot be changed. After an error nothing has
// changed.
func (p *Proxy) Reload(config Config) error {
	if err := config.check(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isEnding() {
		return fmt.Errorf("cannot reload the proxy: it is closing")
	}
	opened, err := p.openNew(config.Listeners)
	if err != nil {
		return err
	}
	if err := p.reloadPools(config.Pools); err != nil {
		for _, l := range opened {
			l.socket.Close()
		}
		return err
	}
	p.config = config
	p.limit.Store(int64(orDefault(config.Connections, defaultConnections())))
	p.reloadListeners(config.Listeners, opened)
	p.dropPools(config.Pools)
	p.health.configure(p, config.Health)
	select {
	case p.retick <- struct{}{}:
	default:
	}
	return nil
}

func (p *Proxy) isEnding() bool {
	select {
	case <-p.ending:
		return true
	default:
		return false
	}
}

// openNew opens the listeners that there are not yet, all or none.
func (p *Proxy) openNew(configs []ListenerConfig) (map[string]*listener, error) {
	opened := map[string]*listener{}
	for _, config := range configs {
		config = config.withDefaults()
		if p.listener(config) != nil {
			continue
		}
		l, err := p.openListener(config)
		if err != nil {
			for _, l := range opened {
				l.socket.Close()
			}
			return nil, err
		}
		opened[config.Name] = l
	}
	return opened, nil
}

// listener returns the listener that there is for a configuration, or nil.
func (p *Proxy) listener(config ListenerConfig) *listener {
	for _, l := range p.listeners {
		if l.name == config.Name && l.address == config.Address && (config.Listener == nil || config.Listener == l.socket) {
			return l
		}
	}
	return nil
}

// reloadPools changes pools and makes new ones. Everything was checked before,
// so that an error means that nothing has been changed.
func (p *Proxy) reloadPools(configs []balance.Config) error {
	made := map[string]*pool{}
	for _, config := range configs {
		// Also for pools that stay: that all can be made means that none can fail to
		// be changed, once the first one has been.
		candidate, err := newPool(config)
		if err != nil {
			return fmt.Errorf("cannot use the pool %q: %w", config.Name, err)
		}
		if p.pools[config.Name] == nil {
			made[config.Name] = candidate
		}
	}
	now := time.Now()
	for _, config := range configs {
		if known := p.pools[config.Name]; known != nil {
			if err := known.Reconfigure(config, now); err != nil {
				return fmt.Errorf("cannot use the pool %q: %w", config.Name, err)
			}
			if err := known.update(); err != nil {
				return err
			}
		}
	}
	for name, candidate := range made {
		p.pools[name] = candidate
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveAtStart)
	defer cancel()
	for _, config := range configs {
		p.pools[config.Name].resolveNew(ctx, p.events.Unresolved)
	}
	return nil
}

// resolveAtStart is how long names of servers may take to be looked up before
// going on without them.
const resolveAtStart = 5 * time.Second

func (p *Proxy) dropPools(configs []balance.Config) {
	kept := map[string]bool{}
	for _, config := range configs {
		kept[config.Name] = true
	}
	for name := range p.pools {
		if !kept[name] {
			delete(p.pools, name)
		}
	}
}

// reloadListeners gives every listener its route, starts new ones, and removes
// those that are not among configs.
func (p *Proxy) reloadListeners(configs []ListenerConfig, opened map[string]*listener) {
	var kept []*listener
	for _, config := range configs {
		config = config.withDefaults()
		l := opened[config.Name]
		if l == nil {
			l = p.listener(config)
			l.gate.reconfigure(config.Gate)
		}
		l.route.Store(newRoute(l, config, p.pools[config.Pool]))
		kept = append(kept, l)
		if p.work != nil && l.done == nil {
			p.startListener(l)
		}
		l.admitWaiting()
	}
	for _, l := range p.listeners {
		if !containsListener(kept, l) {
			p.remove(l)
		}
	}
	p.listeners = kept
}

func containsListener(all []*listener, l *listener) bool {
	for _, other := range all {
		if other == l {
			return true
		}
	}
	return false
}

// remove closes a listener. Its connections may go on for the time to drain.
func (p *Proxy) remove(l *listener) {
	l.closed.Store(true)
	l.socket.Close()
	p.leaving = append(p.leaving, l)
	if p.work == nil {
		return
	}
	allowed, work := p.config.drainTime(), p.work
	p.start(func() {
		timer := time.NewTimer(allowed)
		defer timer.Stop()
		select {
		case <-work.Done():
		case <-timer.C:
			p.cutSessions(l)
		}
	})
}

// admitWaiting serves those who wait and now have room: the limit may have been
// raised.
func (l *listener) admitWaiting() {
	l.queue.mu.Lock()
	next := l.queue.admit(l.route.Load().config.Queue.Connections)
	l.queue.mu.Unlock()
	for _, s := range next {
		s.leaveQueue()
		go s.serveQueued()
	}
}

// A File is the socket of a listener, to be handed to another process.
type File struct {
	Name    string // of the listener
	Address string // as configured
	File    *os.File
}

// Files returns the sockets of all listeners, duplicated, for another process to
// go on accepting from: what waits in the backlog is not lost. The caller owns
// the files. Files of unix sockets are then not removed when the listener is
// closed.
func (p *Proxy) Files() ([]File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var files []File
	for _, l := range p.listeners {
		file, err := duplicate(l.socket)
		if err != nil {
			for _, f := range files {
				f.File.Close()
			}
			return nil, fmt.Errorf("cannot hand over the listener %q: %w", l.name, err)
		}
		files = append(files, File{Name: l.name, Address: l.address, File: file})
	}
	return files, nil
}

// resolveLoop looks the names of servers up, again and again.
func (p *Proxy) resolveLoop(ctx context.Context) {
	for {
		p.mu.Lock()
		every := orDefault(p.config.ResolveEvery, defaultResolveEvery)
		p.mu.Unlock()
		if !sleep(ctx, every) {
			return
		}
		p.mu.Lock()
		var pools []*pool
		for _, pool := range p.pools {
			pools = append(pools, pool)
		}
		p.mu.Unlock()
		for _, pool := range pools {
			pool.resolve(ctx, p.events.Unresolved)
		}
	}
}

// sleep waits, and says whether to go on.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
