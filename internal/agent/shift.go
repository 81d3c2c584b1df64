package agent

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// shift is the work of an agent from when everything runs until it stops. It
// belongs to one goroutine.
type shift struct {
	*live
	serving *serving
	reading context.Context // of logs

	stopping bool
	since    time.Time       // the proxies drain
	drained  <-chan struct{} // not nil while they do
	starting chan handedOver // not nil while a successor starts
}

// handedOver is how starting a successor went.
type handedOver struct {
	next *successor
	err  error
}

// work does what is to be done from time to time, until ctx has ended and the
// proxies have drained, a listener fails, or a successor has taken over, which is
// then returned.
func (s *shift) work(ctx context.Context) (next *successor, err error) {
	defer s.startComparing()()
	checkpoints := time.NewTicker(s.conf.State.Interval)
	defer checkpoints.Stop()
	looks := time.NewTicker(lookInterval)
	defer looks.Stop()
	watchdog := make(<-chan time.Time)
	if s.process.Watchdog > 0 {
		ticker := time.NewTicker(s.process.Watchdog / 2)
		defer ticker.Stop()
		watchdog = ticker.C
	}
	defer s.forgetSuccessor()
	ending := ctx.Done()
	for {
		select {
		case <-ending:
			ending = nil
			s.drain()
		case <-s.drained:
			if s.proxying != nil {
				s.log.Info("stopping", "step", "drain the proxies", "took", time.Since(s.since).Round(time.Millisecond))
			}
			return nil, nil
		case <-s.serving.failed:
			return nil, nil // run returns why
		case err := <-s.proxying.failure():
			return nil, err
		case started := <-s.starting:
			if s.tookOver(started) {
				return started.next, nil
			}
		case <-checkpoints.C:
			s.checkpointNow()
		case <-looks.C:
			s.look()
		case <-watchdog:
			s.sayAlive()
		case <-s.process.Reload:
			if !s.stopping && s.reload(s.reading) {
				checkpoints.Reset(s.conf.State.Interval)
			}
		case <-s.process.Reopen:
			s.reopen()
		case <-s.process.Upgrade:
			s.upgrade(ctx)
		}
	}
}

// drain begins to stop: no connection is accepted any more, and all else goes on
// until those that are open have ended.
func (s *shift) drain() {
	s.sayStopping()
	s.since = time.Now()
	s.drained = s.proxying.drain()
}

// look does what is to be done every second.
func (s *shift) look() {
	if s.process.ProxiesAlone {
		return
	}
	s.lookForLogs(s.reading)
	s.catchingUp() // to say when it is over
	s.feedback.feed(s.live, s.proxying)
}

// sayStopping tells the service manager, once.
func (s *shift) sayStopping() {
	if !s.stopping {
		s.stopping = true
		s.notify("STOPPING=1")
	}
}

// reopen opens the proxies' access log anew.
func (s *shift) reopen() {
	if err := s.proxying.reopen(); err != nil {
		s.log.Error("cannot open the proxies' access log anew; the old one goes on", "error", err)
	}
}

// upgrade starts a successor, unless one starts already.
func (s *shift) upgrade(ctx context.Context) {
	switch {
	case s.stopping || s.starting != nil:
		return
	case len(s.process.Successor) == 0:
		s.log.Error("cannot hand over: it is not known what to start")
		return
	}
	s.log.Info("starting a successor", "program", s.process.Successor[0])
	started := make(chan handedOver, 1)
	s.starting = started
	go func() {
		next, err := s.proxying.startSuccessor(ctx, s.process.Successor)
		started <- handedOver{next, err}
	}()
}

// tookOver reports whether a successor has taken over.
func (s *shift) tookOver(started handedOver) bool {
	s.starting = nil
	if started.err != nil {
		s.log.Error("cannot hand over; this process goes on", "error", started.err)
		return false
	}
	s.log.Info("the successor accepts; what is open here drains", "process", started.next.process.Pid)
	s.notify(fmt.Sprintf("MAINPID=%d", started.next.process.Pid))
	return true
}

// forgetSuccessor waits for a successor that is starting when the work ends. If it
// is ready by then, it takes over, or ends as this process was told to.
func (s *shift) forgetSuccessor() {
	if s.starting == nil {
		return
	}
	started := <-s.starting
	if started.next == nil {
		return
	}
	if s.stopping {
		started.next.process.Signal(syscall.SIGTERM)
	}
	started.next.release()
}
