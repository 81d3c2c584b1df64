package proxy

import (
	"net"
	"os"
	"sync"
	"time"
)

// reserve is a descriptor kept to give away: with none left, a client can only
// be told so by accepting it.
type reserve struct {
	mu   sync.Mutex
	file *os.File
}

// shedAtOnce is how many connections are closed before trying as usual again.
const shedAtOnce = 64

func newReserve() *reserve {
	r := &reserve{}
	r.file, _ = os.Open(os.DevNull) // without it nothing is shed, and clients wait
	return r
}

// shed closes connections that wait to be accepted, and returns how many.
func (r *reserve) shed(socket net.Listener) (n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		r.file, _ = os.Open(os.DevNull)
		return 0
	}
	r.file.Close()
	limited := socket.(deadliner)
	limited.SetDeadline(time.Now().Add(firstPause))
	for n < shedAtOnce {
		conn, err := socket.Accept()
		if err != nil {
			break
		}
		conn.Close()
		n++
	}
	limited.SetDeadline(time.Time{})
	r.file, _ = os.Open(os.DevNull)
	return n
}

func (r *reserve) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}
