package agent

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/splitgauge/splitgauge/proxy/egress"
)

// egressing is an egress listener, with its socket to be handed to a successor.
type egressing struct {
	address string // as configured
	egress  *egress.Egress
	socket  *net.TCPListener // owned by egress
}

// openEgress opens an egress listener, on a socket that was handed over if there
// is one for it.
func openEgress(conf egress.Config, handed *sockets, events egress.Events) (*egressing, error) {
	listener := handed.take("egress "+conf.Address, conf.Address)
	if listener == nil {
		opening := net.ListenConfig{}
		opening.SetMultipathTCP(false)
		var err error
		if listener, err = opening.Listen(context.Background(), "tcp", conf.Address); err != nil {
			return nil, fmt.Errorf("cannot listen for egress on %q: %w", conf.Address, err)
		}
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		listener.Close()
		return nil, fmt.Errorf("cannot listen for egress on the socket %q that was handed over: it is no TCP socket", listener.Addr())
	}
	conf.Listener = tcp
	one, err := egress.New(conf, events)
	if err != nil {
		tcp.Close()
		return nil, err
	}
	return &egressing{address: conf.Address, egress: one, socket: tcp}, nil
}

// file returns another descriptor of the socket; the caller owns it.
func (e *egressing) file() (*os.File, error) {
	file, err := e.socket.File()
	if err != nil {
		return nil, fmt.Errorf("cannot hand over the egress listener %q: %w", e.address, err)
	}
	return file, nil
}

// egressName is what the socket of an egress listener is called when it is handed
// over.
func egressName(address string) string { return "egress " + address }
