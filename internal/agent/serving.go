package agent

import (
	"context"
	"errors"
	"sync"
)

// server is a listener and what answers there.
type server interface {
	Run(ctx context.Context) error
}

// serving are the listeners at work. They end when they are told to, not with
// the agent's context: what was counted last can still be scraped while the agent
// stops.
type serving struct {
	failed <-chan struct{} // closed when a listener has failed
	cancel context.CancelFunc
	group  sync.WaitGroup

	mu     sync.Mutex
	errors []error // protected by mu
}

// serveAll starts servers.
func serveAll(servers []server) *serving {
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan struct{})
	fail := sync.OnceFunc(func() { close(failed) })
	s := &serving{failed: failed, cancel: cancel}
	for _, one := range servers {
		s.group.Go(func() {
			if err := one.Run(ctx); err != nil {
				s.mu.Lock()
				s.errors = append(s.errors, err)
				s.mu.Unlock()
				fail()
			}
		})
	}
	return s
}

// stop ends the listeners, and waits for the answers that are being given.
func (s *serving) stop() {
	s.cancel()
	s.group.Wait()
}

// err returns why listeners have failed.
func (s *serving) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.errors...)
}
