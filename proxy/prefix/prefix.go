package prefix

import (
	"cmp"
	"net/netip"
	"slices"
)

// Table finds the longest prefix that holds an address. The empty Table is
// ready to use. Once nothing is added any more, any goroutine may read it.
type Table[V any] struct {
	lengths []int // as lengthKey makes them, longest first
	values  map[netip.Prefix]V
}

// Add puts a prefix in, in place of the same one with another value.
func (t *Table[V]) Add(prefix netip.Prefix, value V) {
	if t.values == nil {
		t.values = make(map[netip.Prefix]V)
	}
	prefix = Normal(prefix)
	t.values[prefix] = value
	if length := lengthKey(prefix); !slices.Contains(t.lengths, length) {
		t.lengths = append(t.lengths, length)
		slices.SortFunc(t.lengths, func(a, b int) int { return cmp.Compare(b, a) })
	}
}

// Get returns the value of the longest prefix with addr in it. A zone is not
// looked at.
func (t *Table[V]) Get(addr netip.Addr) (value V, ok bool) {
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

// Empty says whether there is no prefix.
func (t *Table[V]) Empty() bool { return len(t.values) == 0 }

// ipv4Length is added to lengths of IPv4 prefixes.
const ipv4Length = 1000

// lengthKey keeps lengths of IPv4 apart from those of IPv6.
func lengthKey(prefix netip.Prefix) int {
	if prefix.Addr().Is4() {
		return ipv4Length + prefix.Bits()
	}
	return prefix.Bits()
}

// Normal returns prefix without bits after its length, and as one of IPv4 if
// it is one written as IPv6. Two prefixes hold the same addresses if their
// normal forms are equal.
func Normal(prefix netip.Prefix) netip.Prefix {
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked()
}

// Set is some prefixes. It is not changed once made.
type Set struct {
	table Table[struct{}]
}

// SetOf makes a Set.
func SetOf(prefixes ...netip.Prefix) (s Set) {
	for _, prefix := range prefixes {
		s.table.Add(prefix, struct{}{})
	}
	return s
}

// Contains says whether addr is in one of the prefixes.
func (s *Set) Contains(addr netip.Addr) bool {
	_, ok := s.table.Get(addr)
	return ok
}

// Empty says whether there is no prefix.
func (s *Set) Empty() bool { return s.table.Empty() }
