package proxy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// Reload puts another configuration in place of the present one, and drops
// nothing: a listener whose address stays keeps its socket, and what waits in
// its backlog; connections that are open go on as they began; listeners that
// are gone take what waits for them and then close their sockets, and their
// connections have DrainTime to end. Servers that stay keep what is known of
// them.
//
// AccessLog and AccessLogBuffer cannot be changed. After an error nothing has
// changed, and listeners that were given are their owner's again. Names of new
// servers are looked up first, for 5 s at most.
func (p *Proxy) Reload(config Config) error {
	if err := config.check(); err != nil {
		return err
	}
	p.reloading.Lock()
	defer p.reloading.Unlock()
	pools, err := p.planPools(config.Pools)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isEnding() {
		return errors.New("cannot reload the proxy: it is closing")
	}
	listeners, err := p.planListeners(config.Listeners)
	if err != nil {
		return err
	}
	if err := p.changePools(config.Pools, pools); err != nil {
		listeners.undo()
		return err
	}
	p.config = config
	p.limit.Store(int64(orDefault(config.Connections, defaultConnections())))
	p.changeListeners(config.Listeners, listeners)
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

// resolveAtStart is how long names of servers may take to be looked up before
// going on without them.
const resolveAtStart = 5 * time.Second

// planPools makes a pool for each configuration, those that there are already
// too: that all can be made means that none can fail to be changed, once the
// first one has been. Names are looked up here, while nothing has changed and
// nobody waits.
func (p *Proxy) planPools(configs []balance.Config) ([]*pool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), resolveAtStart)
	defer cancel()
	made := make([]*pool, len(configs))
	for i, config := range configs {
		var err error
		if made[i], err = newPool(config, p.pools[config.Name]); err != nil {
			return nil, fmt.Errorf("cannot use the pool %q: %w", config.Name, err)
		}
	}
	for _, candidate := range made {
		candidate.resolveNew(ctx, p.events.Unresolved)
	}
	return made, nil
}

// changePools puts planned pools in place: what is known of those that stay is
// kept. p.mu is held.
func (p *Proxy) changePools(configs []balance.Config, planned []*pool) error {
	now := time.Now()
	pools := make(map[string]*pool, len(configs))
	for i, config := range configs {
		pools[config.Name] = planned[i]
		if known := p.pools[config.Name]; known != nil {
			if err := known.change(config, planned[i], now); err != nil {
				return fmt.Errorf("cannot use the pool %q: %w", config.Name, err)
			}
			pools[config.Name] = known
		}
	}
	p.pools = pools
	return nil
}

// planned are the listeners that there are to be, in the order of their
// configurations.
type planned struct {
	all    []*listener
	opened []*listener
}

// planListeners finds the listener for each configuration, and opens those that
// there are not yet, all or none. p.mu is held.
func (p *Proxy) planListeners(configs []ListenerConfig) (plan planned, err error) {
	plan.all = make([]*listener, len(configs))
	taken := map[*listener]bool{}
	for _, byName := range []bool{true, false} { // one of the same name first: two may listen on any free port
		for i, config := range configs {
			if plan.all[i] == nil {
				plan.all[i] = p.findListener(config.withDefaults(), byName, taken)
			}
		}
	}
	for i, config := range configs {
		if plan.all[i] != nil {
			continue
		}
		l, err := p.openListener(config.withDefaults())
		if err != nil {
			plan.undo()
			return plan, err
		}
		plan.all[i], plan.opened = l, append(plan.opened, l)
	}
	return plan, nil
}

// undo closes what was opened.
func (plan *planned) undo() {
	for _, l := range plan.opened {
		if !l.given {
			l.socket.Close()
		}
	}
}

// findListener returns the listener that there is for a configuration, or nil.
func (p *Proxy) findListener(config ListenerConfig, byName bool, taken map[*listener]bool) *listener {
	for _, l := range p.listeners {
		same := l.address == config.Address && (config.Listener == nil || config.Listener == l.socket)
		if same && !taken[l] && (!byName || l.name() == config.Name) {
			taken[l] = true
			return l
		}
	}
	return nil
}

// changeListeners gives every listener its route, starts new ones, and removes
// those that are not planned. p.mu is held.
func (p *Proxy) changeListeners(configs []ListenerConfig, plan planned) {
	kept := p.pairKeys()
	for i, config := range configs {
		config = config.withDefaults()
		l := plan.all[i]
		l.gate.reconfigure(config.Gate)
		l.route.Store(newRoute(l, config, p.pools[config.Pool]))
		l.forgetPairs(kept)
		if p.work != nil && l.done == nil {
			p.startListener(l)
		}
		l.admitWaiting()
	}
	for _, l := range p.listeners {
		if !slices.Contains(plan.all, l) {
			p.remove(l)
		}
	}
	p.listeners = plan.all
}

// pairKeys returns the servers that there are. p.mu is held.
func (p *Proxy) pairKeys() map[pairKey]bool {
	keys := map[pairKey]bool{}
	for _, pool := range p.pools {
		for _, server := range pool.Servers() {
			keys[pairKey{pool.name, server.Name()}] = true
		}
	}
	return keys
}

// remove closes a listener. Its connections may go on for the time to drain.
// p.mu is held.
func (p *Proxy) remove(l *listener) {
	l.cutOff = time.Now().Add(p.config.drainTime())
	l.close()
	p.leaving = append(p.leaving, l)
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
