package proxy

import (
	"sync"
	"time"
)

// queue lets only so many connections of a listener be served at once; others
// wait, first come first served. Who waits costs a connection and its session,
// no goroutine and no timer: the sweep sends away who has waited for too long.
type queue struct {
	mu      sync.Mutex
	active  int
	waiting []*session // first come first; taken ones in front are nil
	head    int
}

// enter lets s be served, or has it wait, or says that there is no room.
func (q *queue) enter(s *session, config QueueConfig) (served, waits bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if config.Connections <= 0 || q.active < config.Connections && q.depth() == 0 {
		q.active++
		return true, false
	}
	if q.depth() >= config.Length {
		return false, false
	}
	q.waiting = append(q.waiting, s)
	return false, true
}

// leave says that one is no longer served, and returns those who are from now
// on.
func (q *queue) leave(limit int) (next []*session) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.active--
	return q.admit(limit)
}

// admit takes as many from the queue as the limit leaves room for: more than
// one where the limit was raised.
func (q *queue) admit(limit int) (next []*session) {
	for q.depth() > 0 && (limit <= 0 || q.active < limit) {
		next = append(next, q.pop())
		q.active++
	}
	return next
}

// expire takes those from the queue who came before a time.
func (q *queue) expire(before time.Time) (late []*session) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.depth() > 0 && q.waiting[q.head].accepted.Before(before) {
		late = append(late, q.pop())
	}
	return late
}

// counts returns how many are served and how many wait.
func (q *queue) counts() (active, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.active, q.depth()
}

func (q *queue) depth() int { return len(q.waiting) - q.head }

func (q *queue) pop() *session {
	s := q.waiting[q.head]
	q.waiting[q.head] = nil
	q.head++
	if q.head == len(q.waiting) {
		q.waiting, q.head = q.waiting[:0], 0
	} else if q.head >= 1024 && q.head*2 >= len(q.waiting) { // do not grow for ever while there is always somebody
		n := copy(q.waiting, q.waiting[q.head:])
		clear(q.waiting[n:])
		q.waiting, q.head = q.waiting[:n], 0
	}
	return s
}
