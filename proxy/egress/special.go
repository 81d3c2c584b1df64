package egress

import (
	"net"
	"net/netip"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// publicIPv6 is all of IPv6 that has been given out to the internet (RFC 4291,
// IANA's registry).
func publicIPv6() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

// public says whether an address is of the public internet.
func public(special *prefix.Set, addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.Is6() && !publicIPv6().Contains(addr) {
		return false
	}
	return addr.IsValid() && addr.Zone() == "" && !special.Contains(addr)
}

// notPublic says whether no address of a network is of the public internet.
func notPublic(network netip.Prefix) bool {
	if network.Addr().Is6() && !network.Overlaps(publicIPv6()) {
		return true
	}
	for _, special := range specialPrefixes() {
		if special.Bits() <= network.Bits() && special.Contains(network.Addr()) {
			return true
		}
	}
	return false
}

// specialNetworks are the specialPrefixes.
func specialNetworks() prefix.Set { return prefix.SetOf(specialPrefixes()...) }

// specialPrefixes are those of IANA's special-purpose registries (RFC 6890),
// multicast, and, of IPv6, what stands for IPv4 that would have to be looked at
// in its turn.
func specialPrefixes() []netip.Prefix {
	return parsed("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
		"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
}

// metadataAddresses are where clouds hand out a machine's credentials. They lie in
// networks that may be listed for other reasons (one, Azure's, among public
// addresses), so each of them has to be listed by itself.
func metadataAddresses() prefix.Set {
	return prefix.SetOf(parsed(
		"169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", // most; containers of AWS
		"168.63.129.16/32",                      // Azure
		"100.100.100.200/32",                    // Alibaba
		"192.0.0.192/32",                        // Oracle
		"fd00:ec2::254/128", "fd00:ec2::23/128", // AWS
		"fd20:ce::254/128",        // Google
		"fd00:42::42/128",         // Scaleway
		"fe80::a9fe:a9fe/128")...) // OpenStack
}

func parsed(texts ...string) (prefixes []netip.Prefix) {
	for _, text := range texts {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefixes
}

// isOwn says whether an address is this host's. It asks with sockets and sends
// nothing: listing the interfaces would need a kind of socket that a hardened
// service does not have. Traffic to an own address comes from that address, or
// from the first one of its interface; the second is only told by binding to it,
// which says nothing where a host may bind to any address.
func isOwn(addr netip.Addr) bool {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 9)))
	if err != nil {
		return false // there is no way to it: it will not be dialled either
	}
	defer conn.Close()
	if addressOf(conn.LocalAddr()) == addr {
		return true
	}
	nobody := netip.MustParseAddr("192.0.2.1")
	if addr.Is6() {
		nobody = netip.MustParseAddr("2001:db8::1")
	}
	return bindable(addr) && !bindable(nobody)
}

// bindable says whether a socket can have the address.
func bindable(addr netip.Addr) bool {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
