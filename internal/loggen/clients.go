package loggen

import (
	"encoding/binary"
	"net/netip"

	"github.com/splitgauge/splitgauge/splitclients"
)

// clients are the addresses that requests come from; the lower the index the
// more often.
type clients struct {
	addresses []string
	variants  []int // by address: index into names
	names     []string
	zipf      *sampler
}

// newClients makes n distinct addresses and gives each its variant.
func newClients(n int, seed uint64, split *splitclients.Split) *clients {
	c := &clients{
		addresses: make([]string, n),
		variants:  make([]int, n),
		names:     split.Table.Values(),
		zipf:      newZipf(n),
	}
	index := make(map[string]int)
	for i, name := range c.names {
		index[name] = i
	}
	var key []byte
	for i := range c.addresses {
		c.addresses[i] = address(i, seed)
		key = split.Key.Append(key[:0], func(int) []byte { return []byte(c.addresses[i]) })
		c.variants[i] = index[split.Table.Variant(key)]
	}
	return c
}

// address returns the i-th address: one in five is IPv6, and one is that of a
// client on a UNIX socket.
func address(i int, seed uint64) string {
	if i == 40 {
		return "unix:"
	}
	// An odd factor makes no two of the indices equal; the seed shifts them.
	number := uint32(i)*2654435761 + uint32(seed)
	if i%5 == 4 {
		var bytes [16]byte
		binary.BigEndian.PutUint32(bytes[:], 0x20010db8)
		binary.BigEndian.PutUint32(bytes[4:], number)
		bytes[15] = byte(number>>7) | 1
		return netip.AddrFrom16(bytes).String()
	}
	var bytes [4]byte
	// 11.0.0.0 and the next 2^26 addresses.
	binary.BigEndian.PutUint32(bytes[:], 11<<24+number&(1<<26-1))
	return netip.AddrFrom4(bytes).String()
}

// variant returns the variant of a client by index.
func (c *clients) variant(client int) string { return c.names[c.variants[client]] }
