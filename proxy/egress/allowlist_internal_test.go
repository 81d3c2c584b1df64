package egress

import (
	"net"
	"net/netip"
	"testing"
)

func listOf(t *testing.T, config Config) *allowlist {
	t.Helper()
	a, err := newAllowlist(config.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// inside are addresses that no listed name leads to, first and last ones of what
// they are of.
var inside = []string{
	"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.255.255.255",
	"169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.2.1", "192.88.99.1",
	"192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.0", "239.255.255.255",
	"240.0.0.0", "255.255.255.255",
	"168.63.129.16",                                                                         // public, and Azure's metadata
	"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", // compatible, mapped, translated
	"64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
	"3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "ffff::1", "4000::1",
}

// outside are addresses next to those.
var outside = []string{
	"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
	"169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
	"8.8.8.8", "::ffff:8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2600::1", "2a00:1450::1", "168.63.129.17",
}

func TestListedNamesLeadOutsideOnly(t *testing.T) {
	a := listOf(t, Config{Hosts: []string{"a.example"}})
	for _, text := range inside {
		if a.allows("a.example", netip.MustParseAddr(text).Unmap()) == nil {
			t.Errorf("%s is allowed", text)
		}
	}
	for _, text := range outside {
		addr := netip.MustParseAddr(text).Unmap()
		if err := a.allows("a.example", addr); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if a.allows("b.example", addr) == nil || a.allows(text, addr) == nil {
			t.Errorf("%s is allowed for whom nobody has listed", text)
		}
	}
}

// TestWideNetworksOpenNothingInside: 0.0.0.0/0 means the internet to whoever
// writes it.
func TestWideNetworksOpenNothingInside(t *testing.T) {
	a := listOf(t, Config{Networks: parsed("0.0.0.0/0", "::/0", "::/1", "8.0.0.0/5", "::ffff:0:0/96", "64:ff9b::/16", "2000::/3")})
	for _, text := range inside {
		addr := netip.MustParseAddr(text).Unmap()
		if nat := netip.MustParsePrefix("64:ff9b::/16"); nat.Contains(addr) {
			continue // listed, and all of it inside
		}
		if a.allows("x", addr) == nil {
			t.Errorf("%s is allowed", text)
		}
	}
	for _, text := range outside {
		if err := a.allows("x", netip.MustParseAddr(text).Unmap()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNarrowNetworksOpenThemselves(t *testing.T) {
	a := listOf(t, Config{Networks: parsed("10.1.0.0/16", "169.254.0.0/16", "fd00::/8", "::ffff:127.0.0.1/128", "100.100.100.200/32")})
	for text, want := range map[string]bool{
		"10.1.255.255": true, "10.2.0.0": false, "127.0.0.1": true, "127.0.0.2": false, "169.254.1.1": true, "fd12::1": true,
		"169.254.169.254": false, "169.254.170.2": false, "fd00:ec2::254": false, // not each by itself
		"100.100.100.200": true, "100.100.100.201": false, "8.8.8.8": false,
	} {
		if got := a.allows("x", netip.MustParseAddr(text)) == nil; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestOneInsideForbidsAll: in whatever order the answers come.
func TestOneInsideForbidsAll(t *testing.T) {
	a := listOf(t, Config{Hosts: []string{"a.example"}})
	addresses := []netip.Addr{netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("2600::1")}
	if err := a.allowsAll("a.example", addresses); err != nil {
		t.Error(err)
	}
	for _, text := range inside {
		for at := range 3 {
			mixed := append(append(append([]netip.Addr(nil), addresses[:at]...), netip.MustParseAddr(text)), addresses[at:]...)
			if a.allowsAll("a.example", mixed) == nil {
				t.Errorf("%s between others is allowed", text)
			}
		}
	}
}

// TestOwnAddresses: what only this host can be reached at is not the internet.
func TestOwnAddresses(t *testing.T) {
	a := listOf(t, Config{Hosts: []string{"a.example"}, Networks: parsed("8.8.4.4/32", "9.0.0.0/8")})
	a.own = func(addr netip.Addr) bool { return addr.As4()[0] < 10 }
	for text, want := range map[string]bool{"8.8.8.8": false, "9.9.9.9": false, "8.8.4.4": true, "11.1.1.1": true} {
		if got := a.allows("a.example", netip.MustParseAddr(text)) == nil; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range interfaces {
		network, ok := one.(*net.IPNet)
		if !ok {
			continue
		}
		addr, _ := netip.AddrFromSlice(network.IP)
		if addr = addr.Unmap(); !addr.IsLinkLocalUnicast() && !isOwn(addr) {
			t.Errorf("%v is not known to be this host's", addr)
		}
	}
	for _, text := range []string{"192.0.2.7", "8.8.8.8", "2001:4860:4860::8888"} {
		if isOwn(netip.MustParseAddr(text)) {
			t.Errorf("%s is taken for this host's", text)
		}
	}
}
