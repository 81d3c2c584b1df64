package prefix_test

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// TestTableIsTheLongest compares the table with looking at every prefix.
func TestTableIsTheLongest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 127, 128, 255}), 4, 4).Draw(t, "bytes")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				return netip.AddrFrom4([4]byte(b))
			case 1:
				return netip.AddrFrom16(netip.AddrFrom4([4]byte(b)).As16()) // IPv4 written as IPv6
			}
			var six [16]byte
			copy(six[:], b)
			copy(six[12:], b)
			return netip.AddrFrom16(six)
		})
		var table prefix.Table[int]
		all := map[netip.Prefix]int{}
		for i := range rapid.IntRange(0, 20).Draw(t, "prefixes") {
			a := addr.Draw(t, "prefix").Unmap()
			p := netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")).Masked()
			table.Add(p, i)
			all[p] = i
		}
		asked := addr.Draw(t, "asked")
		want, longest := 0, -1
		for p, i := range all {
			if p.Contains(asked.Unmap()) && p.Bits() > longest {
				want, longest = i, p.Bits()
			}
		}
		got, ok := table.Get(asked)
		if ok != (longest >= 0) || ok && got != want {
			t.Fatalf("%v: %d, %v; want %d of /%d", asked, got, ok, want, longest)
		}
	})
}
