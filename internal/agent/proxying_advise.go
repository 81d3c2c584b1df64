package agent

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/splitgauge/splitgauge/internal/admin"
	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// listenAdvice begins to advise weights to balancers that are not ours, and opens
// the listener for agent checks, if there is one. What it returns must be run.
func (p *proxying) listenAdvice() (*advise.Adviser, error) {
	adviser, err := advise.New(advise.Config{Address: p.settings().AgentCheck, Pools: p.advisedPools})
	if err != nil {
		return nil, err
	}
	if at := adviser.Address(); at != nil {
		p.log.Info("agent checks", "address", at.String())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.adviser = adviser
	return adviser, nil
}

// advisedPools returns the pools as they are now.
func (p *proxying) advisedPools(at time.Time) (pools []advise.Pool) {
	for _, pool := range p.settings().Proxy.Pools {
		if b := p.proxy.Pool(pool.Name); b != nil {
			pools = append(pools, advise.Pool{Name: pool.Name, Stats: b.Stats(at), Capacity: capacityOf(&pool)})
		}
	}
	return pools
}

// capacityOf returns what all servers of a pool can serve at once; 0 where it is
// not known of one.
func capacityOf(pool *balance.Config) (sum int) {
	for _, s := range pool.Servers {
		if s.Disabled {
			continue
		}
		if s.Capacity == 0 {
			return 0
		}
		sum += s.Capacity
	}
	return sum
}

// snippet writes a pool as an upstream block of nginx with the advised weights.
func (p *proxying) snippet(w io.Writer, pool string) error {
	if _, err := p.poolNamed(pool); err != nil {
		return err
	}
	p.mu.Lock()
	adviser := p.adviser
	p.mu.Unlock()
	if adviser == nil {
		return errors.New("nothing is advised yet; ask again in a moment")
	}
	if err := adviser.WriteNginx(w, pool); err != nil {
		return fmt.Errorf("%w: %w", admin.ErrUnknown, err) // it may just have come
	}
	return nil
}
