package egress

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// connectionsFor is how many connections of clients there may be for each request
// at once: more than are used hold nothing but themselves.
const connectionsFor = 4

// acceptPause is how long is waited when nothing can be accepted.
const acceptPause = 50 * time.Millisecond

// gatedListener accepts connections of some sources, and a number of them.
type gatedListener struct {
	net.Listener
	from   *prefix.Set
	places chan struct{}
}

// Accept goes on after all errors but the listener's end: what passes, as having
// no descriptor left, is not to be the end, and nobody is to log it for us.
func (l *gatedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil:
			time.Sleep(acceptPause)
			continue
		case !l.from.Contains(addressOf(conn.RemoteAddr())):
			conn.Close()
			continue
		}
		select {
		case l.places <- struct{}{}:
			return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			conn.Close()
		}
	}
}

// placed is a connection that has a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
