package egress

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// FuzzDestination: what is taken for a destination means the same to who reads it
// next, as a URL and as a Host header; and its name is one that no resolver takes
// for an address.
func FuzzDestination(f *testing.F) {
	for _, text := range []string{"a.example", "A.Example.:80", "127.0.0.1:443", "[::1]:8080", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "a:080",
		"a@b", "a..b", "xn--bcher-kva.example", "[fe80::1%25eth0]", "a\x00b", "127.0.0.1.", "a_b.example:65535"} {
		f.Add("http", text)
		f.Add("https", text)
	}
	f.Fuzz(func(t *testing.T, scheme, text string) {
		d, err := destinationOf(http.Header{"X-Egress-Scheme": {scheme}, "X-Egress-Host": {text}})
		if err != nil {
			if d != (destination{}) {
				t.Fatalf("%q is refused, and half understood as %+v", text, d)
			}
			return
		}
		u, err := url.Parse(d.scheme + "://" + d.authority() + "/")
		if err != nil {
			t.Fatalf("%q is understood as %q: %v", text, d.authority(), err)
		}
		port := map[string]string{"http": "80", "https": "443"}[d.scheme]
		if u.Port() != "" {
			port = u.Port()
		}
		if u.Hostname() != d.host || port != strconv.Itoa(int(d.port)) || d.port == 0 || u.User != nil || u.Path != "/" {
			t.Fatalf("%q is understood as %+v, and read as %+v", text, d, u)
		}
		if addr, err := netip.ParseAddr(d.host); err == nil {
			if addr != d.addr {
				t.Fatalf("%q is the address %v, and understood as %+v", text, addr, d)
			}
			return
		}
		last := d.host[strings.LastIndexByte(d.host, '.')+1:]
		if d.addr.IsValid() || d.host != strings.ToLower(d.host) || last[0] >= '0' && last[0] <= '9' {
			t.Fatalf("%q is understood as %+v", text, d)
		}
	})
}
