package proxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// Bounds of a PROXY protocol header.
const (
	maxHeaderV1 = 107  // with its line end, by the protocol
	maxHeaderV2 = 4096 // as much as we read; 16 bytes, addresses and what else senders add
)

// acceptHeader reads the PROXY protocol header that a trusted client must send,
// and decides over the source that it names.
func (s *session) acceptHeader() bool {
	if !s.peer.IsValid() || !s.route.senders.Contains(s.peer.Addr()) {
		return true
	}
	received, ok := s.sniff(decideHeader)
	size, _ := headerSize(received)
	if !ok || size <= 0 || size > len(received) {
		s.outcome = ProxyHeader
		return false
	}
	source, local, err := parseHeader(received[:size])
	if err != nil {
		s.outcome = ProxyHeader
		return false
	}
	if rest := received[size:]; len(rest) > 0 {
		s.request = rest
	}
	if source.IsValid() {
		s.source, s.local = source, local
	}
	var rule Rule
	if s.seat, rule = s.route.listener.gate.admit(s.source.Addr(), time.Now()); rule != passed {
		s.route.listener.denied[rule].Add(1)
		s.outcome = rule.reason()
		return false
	}
	return true
}

// headerSize returns the length of the PROXY header that b begins with, 0 if
// more of it must be seen, or false if there is none.
func headerSize(b []byte) (size int, ok bool) {
	switch {
	case len(b) == 0:
		return 0, true
	case b[0] == proxyproto.SIGV1[0]:
		if !beginsAs(b, []byte("PROXY ")) {
			return 0, false
		}
		end := bytes.Index(b, []byte("\r\n"))
		switch {
		case end >= 0 && end+2 <= maxHeaderV1:
			return end + 2, true
		case end < 0 && len(b) < maxHeaderV1:
			return 0, true
		}
		return 0, false
	}
	if !beginsAs(b, proxyproto.SIGV2) {
		return 0, false
	}
	if len(b) < 16 {
		return 0, true
	}
	size = 16 + int(binary.BigEndian.Uint16(b[14:]))
	if size > maxHeaderV2 {
		return 0, false
	}
	if size > len(b) {
		return 0, true
	}
	return size, true
}

// beginsAs says whether b begins with prefix, as far as it goes.
func beginsAs(b, prefix []byte) bool {
	n := min(len(b), len(prefix))
	return bytes.Equal(b[:n], prefix[:n])
}

// decideHeader is what sniff needs for a PROXY header.
func decideHeader(b []byte) (enough bool) {
	size, ok := headerSize(b)
	return size > 0 || !ok
}

// parseHeader returns the addresses of a header; invalid ones if it names none,
// as that of a load balancer's own check.
func parseHeader(header []byte) (source, destination netip.AddrPort, err error) {
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(header), max(16, len(header))))
	if err != nil {
		return source, destination, err
	}
	if h.Command.IsLocal() {
		return source, destination, nil
	}
	from, to, ok := h.TCPAddrs()
	if !ok {
		if h.TransportProtocol.IsUnspec() || h.TransportProtocol.IsUnix() {
			return source, destination, nil
		}
		return source, destination, errHeaderAddresses
	}
	return addrPortOf(from), addrPortOf(to), nil
}

var errHeaderAddresses = errors.New("the PROXY header names no addresses of TCP")

// headerForServer returns the PROXY header to send to the server, if one is to
// be sent.
func (s *session) headerForServer() ([]byte, bool) {
	version := s.route.config.SendProxy
	if version == 0 {
		return nil, true
	}
	var from, to net.Addr
	if s.source.IsValid() && s.local.IsValid() {
		from, to = net.TCPAddrFromAddrPort(s.source), net.TCPAddrFromAddrPort(s.local)
	}
	h := proxyproto.HeaderProxyFromAddrs(byte(version), from, to)
	if from == nil {
		h.Command = proxyproto.PROXY // version 1 has UNKNOWN for this; it has no LOCAL
		if version == 2 {
			h.Command = proxyproto.LOCAL
		}
	}
	header, err := h.Format()
	return header, err == nil
}
