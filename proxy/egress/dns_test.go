package egress_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// dnsServer answers questions for addresses by UDP, as a name server does.
type dnsServer struct {
	mu    sync.Mutex
	names map[string][]string       // lists of addresses: each look-up is given the next, and the last one stays
	asked map[string]map[uint16]int // guarded by mu: by name and kind
}

// startDNS runs one until the test ends, and returns it with a resolver that asks
// it, and nothing else.
func startDNS(t *testing.T, names map[string][]string) (*dnsServer, *net.Resolver) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dnsServer{names: names, asked: map[string]map[uint16]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := s.answer(question[:n]); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return s, &net.Resolver{PreferGo: true, Dial: dialer(conn.LocalAddr().String())}
}

// dialer dials one name server, whichever the system has.
func dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", address)
	}
}

// answer makes the answer to a question (RFC 1035, section 4).
func (s *dnsServer) answer(question []byte) []byte {
	if len(question) < 17 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(question) && question[at] != 0 {
		end := at + 1 + int(question[at])
		if end > len(question) {
			return nil
		}
		labels = append(labels, string(question[at+1:end]))
		at = end
	}
	if at+5 > len(question) {
		return nil
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	addresses, known := s.take(strings.ToLower(strings.Join(labels, ".")), kind)
	out := append([]byte(nil), question[:at+5]...)
	binary.BigEndian.PutUint16(out[2:], 0x8180) // an answer, recursion and all
	if !known {
		out[3] |= 3 // no such name
	}
	binary.BigEndian.PutUint16(out[6:], uint16(len(addresses)))
	binary.BigEndian.PutUint32(out[8:], 0)
	for _, addr := range addresses {
		out = append(out, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(addr.BitLen()/8))
		out = append(out, addr.AsSlice()...)
	}
	return out
}

// take returns the addresses of a name that are of the kind asked for, A or AAAA.
func (s *dnsServer) take(name string, kind uint16) (addresses []netip.Addr, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lists, known := s.names[name]
	if !known {
		return nil, false
	}
	if s.asked[name] == nil {
		s.asked[name] = map[uint16]int{}
	}
	list := lists[min(s.asked[name][kind], len(lists)-1)] // A and AAAA are asked for at once: of each its own count
	s.asked[name][kind]++
	for text := range strings.FieldsSeq(list) {
		addr := netip.MustParseAddr(text)
		if kind == 1 && addr.Is4() || kind == 28 && addr.Is6() {
			addresses = append(addresses, addr)
		}
	}
	return addresses, true
}

// questions returns how often a name was asked for.
func (s *dnsServer) questions(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, n := range s.asked[name] {
		total += n
	}
	return total
}
