package agent

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"

	"github.com/coreos/go-systemd/v22/activation"

	"github.com/splitgauge/splitgauge/proxy"
)

// A socket is a listening socket that was handed to this process, and what it
// was called.
type socket struct {
	name     string
	listener net.Listener
}

// sockets are the listening sockets that were handed to this process, by the
// service manager or by the process whose place it takes.
type sockets struct {
	free []socket // that nobody has taken yet
}

// activated returns the sockets that systemd has opened for this process
// (LISTEN_FDS): they are called what FileDescriptorName says, else by their unit.
// What is no stream socket is left out, and told.
func activated(log *slog.Logger) *sockets {
	all := &sockets{}
	for _, file := range activation.Files(true) {
		if err := all.add(file.Name(), file); err != nil {
			log.Warn("cannot use a socket of the service manager", "socket", file.Name(), "error", err)
		}
	}
	return all
}

// add takes a file over as a listener.
func (s *sockets) add(name string, file *os.File) error {
	defer file.Close() // the listener has a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return fmt.Errorf("cannot listen on the socket %q that was handed over: %w", name, err)
	}
	s.free = append(s.free, socket{name, listener})
	return nil
}

// take returns the socket for a listener: the one of its name, else one of its
// address; nil where there is none.
func (s *sockets) take(name, address string) net.Listener {
	if s == nil {
		return nil
	}
	at := -1
	for i, one := range s.free {
		if one.name == name {
			at = i
			break
		}
		if at < 0 && sameAddress(one.listener.Addr(), address) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	listener := s.free[at].listener
	s.free = append(s.free[:at:at], s.free[at+1:]...)
	return listener
}

// give returns listeners with the sockets that there are for them.
func (s *sockets) give(listeners []proxy.ListenerConfig) []proxy.ListenerConfig {
	given := make([]proxy.ListenerConfig, len(listeners))
	for i, l := range listeners {
		if taken := s.take(cmp.Or(l.Name, l.Address), l.Address); taken != nil {
			l.Listener = taken
		}
		given[i] = l
	}
	return given
}

// close closes the sockets that nobody has taken, and returns their names.
func (s *sockets) close() (names []string) {
	if s == nil {
		return nil
	}
	for _, one := range s.free {
		names = append(names, fmt.Sprintf("%s (%s)", one.name, one.listener.Addr()))
		one.listener.Close()
	}
	s.free = nil
	return names
}

// sameAddress reports whether a socket is bound to an address as a configuration
// writes it. All addresses of the machine are the same in IPv4 and IPv6: a socket
// that Go opens for one takes both.
func sameAddress(bound net.Addr, address string) bool {
	if bound.Network() == "unix" {
		return "unix:"+bound.String() == address
	}
	one, err := netip.ParseAddrPort(bound.String())
	if err != nil {
		return false
	}
	other, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	if one.Addr().IsUnspecified() && other.Addr().IsUnspecified() {
		return one.Port() == other.Port()
	}
	return one.Addr().Unmap() == other.Addr().Unmap() && one.Port() == other.Port()
}
