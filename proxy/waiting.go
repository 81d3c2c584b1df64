package proxy

import "time"

// serveNext gives the place of a session that has ended to those who wait.
func (l *listener) serveNext() {
	for _, s := range l.queue.leave(l.route.Load().config.Queue.Connections) {
		s.leaveQueue()
		go s.serveQueued()
	}
}

// leaveQueue notes that s has a place.
func (s *session) leaveQueue() {
	s.seated, s.queued = true, time.Since(s.accepted)
}

// serveQueued serves a session that has waited, unless its client has left.
func (s *session) serveQueued() {
	if gone(&s.client) {
		s.outcome = QueueAbandon
		s.refuse()
		return
	}
	s.serve()
}

// expire sends those away who have waited for too long.
func (l *listener) expire(now time.Time) {
	config := l.route.Load().config.Queue
	if config.Timeout <= 0 {
		return
	}
	for _, s := range l.queue.expire(now.Add(-config.Timeout)) {
		s.queued, s.outcome = now.Sub(s.accepted), QueueTimeout
		if gone(&s.client) {
			s.outcome = QueueAbandon
		}
		go s.refuse()
	}
}

// mayRetry says whether one more connection may try a second server, and counts
// it if so: when all servers are failing, trying each connection on three of
// them triples the load.
func (l *listener) mayRetry(share float64) bool {
	if l.retrying.Add(1) <= 3 || share == 0 {
		return true
	}
	active, _ := l.queue.counts()
	if float64(l.retrying.Load()) <= share*float64(active) {
		return true
	}
	l.retrying.Add(-1)
	return false
}
