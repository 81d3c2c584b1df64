package proxy

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// reserve are descriptors kept to give away: with none left, a client can only
// be told so by accepting it. It is more than one since others, who dial or open
// a file at that moment, may be quicker to take what is given away.
type reserve struct {
	mu    sync.Mutex
	files []*os.File
	short atomic.Bool // fewer than there should be
}

const (
	reserved   = 4
	shedAtOnce = 64 // how many connections are closed before trying as usual again
)

func newReserve() *reserve {
	r := &reserve{}
	r.refill()
	return r
}

// refill opens what is missing, as far as it can. Without any nothing is shed,
// and clients wait.
func (r *reserve) refill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.files) < reserved && r.add() {
	}
	r.short.Store(len(r.files) < reserved)
}

func (r *reserve) add() bool {
	file, err := os.Open(os.DevNull)
	if err != nil {
		return false
	}
	r.files = append(r.files, file)
	return true
}

// roomAgain fills the reserve, and says whether there is one more to be had, so
// that nobody need be turned away. r.mu is held.
func (r *reserve) roomAgain() bool {
	for r.add() {
		if last := len(r.files) - 1; last >= reserved {
			r.files[last].Close()
			r.files = r.files[:last]
			return true
		}
	}
	return false
}

// shed closes connections that wait to be accepted, and returns how many.
func (r *reserve) shed(socket net.Listener) (n int64) {
	defer r.refill()
	r.mu.Lock()
	defer r.mu.Unlock()
	limited := socket.(deadliner)
	limited.SetDeadline(time.Now().Add(firstPause))
	defer limited.SetDeadline(time.Time{})
	for n < shedAtOnce && len(r.files) > 0 {
		last := len(r.files) - 1
		r.files[last].Close()
		r.files = r.files[:last]
		conn, err := socket.Accept()
		switch {
		case err == nil:
			conn.Close()
			n++
			if r.roomAgain() {
				return n
			}
		case !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE):
			return n // nobody waits any more
		}
	}
	return n
}

func (r *reserve) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, file := range r.files {
		file.Close()
	}
	r.files = nil
}
