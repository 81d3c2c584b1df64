package proxy

import (
	"cmp"
	"net/netip"
	"slices"
)

// prefixTable finds the longest prefix that holds an address. A lookup asks one
// map for each length in use, however many prefixes there are. It is not
// changed once made. IPv4 written as IPv6 (::ffff:192.0.2.1) is IPv4.
type prefixTable[V any] struct {
	lengths []int // as lengthKey makes them, longest first
	values  map[netip.Prefix]V
}

func (t *prefixTable[V]) add(prefix netip.Prefix, value V) {
	if t.values == nil {
		t.values = make(map[netip.Prefix]V)
	}
	prefix = normal(prefix)
	t.values[prefix] = value
	if length := lengthKey(prefix); !slices.Contains(t.lengths, length) {
		t.lengths = append(t.lengths, length)
		slices.SortFunc(t.lengths, func(a, b int) int { return cmp.Compare(b, a) })
	}
}

// get returns the value of the longest prefix with addr in it.
func (t *prefixTable[V]) get(addr netip.Addr) (value V, ok bool) {
	addr = addr.Unmap().WithZone("")
	for _, length := range t.lengths {
		bits := length
		if addr.Is4() {
			bits -= ipv4Length
		}
		if bits < 0 || bits > addr.BitLen() {
			continue
		}
		prefix, err := addr.Prefix(bits)
		if err != nil {
			continue
		}
		if value, ok = t.values[prefix]; ok {
			return value, true
		}
	}
	return value, false
}

func (t *prefixTable[V]) empty() bool { return len(t.values) == 0 }

// ipv4Length is added to lengths of IPv4 prefixes.
const ipv4Length = 1000

// lengthKey keeps lengths of IPv4 apart from those of IPv6.
func lengthKey(prefix netip.Prefix) int {
	if prefix.Addr().Is4() {
		return ipv4Length + prefix.Bits()
	}
	return prefix.Bits()
}

// normal returns prefix without bits after its length, and as one of IPv4 if
// it is one written as IPv6.
func normal(prefix netip.Prefix) netip.Prefix {
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked()
}

// prefixSet makes a table that only says whether an address is in it.
func prefixSet(prefixes []netip.Prefix) (t prefixTable[struct{}]) {
	for _, prefix := range prefixes {
		t.add(prefix, struct{}{})
	}
	return t
}

func contains(t *prefixTable[struct{}], addr netip.Addr) bool {
	_, ok := t.get(addr)
	return ok
}
