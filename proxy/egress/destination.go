package egress

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// destination is where a request wants to go to, as it says.
type destination struct {
	scheme string
	host   string     // a name in lower case, or the text of addr
	addr   netip.Addr // valid if it named an address
	port   uint16
}

// refusal is why a request goes nowhere, and the status to tell it with. Its
// text quotes what the client sent.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// destinationOf reads the destination from a request's headers.
func destinationOf(header http.Header) (d destination, err error) {
	scheme, err := single(header, "X-Egress-Scheme")
	if err != nil {
		return d, err
	}
	if scheme != "http" && scheme != "https" {
		return d, refuse(http.StatusBadRequest, "X-Egress-Scheme is %q; want http or https", shortened(scheme))
	}
	host, err := single(header, "X-Egress-Host")
	if err != nil {
		return d, err
	}
	d.scheme, d.port = scheme, 80
	if scheme == "https" {
		d.port = 443
	}
	if err := d.parseHost(host); err != nil {
		return destination{}, refuse(http.StatusBadRequest, "X-Egress-Host is %q: %v; want host or host:port", shortened(host), err)
	}
	return d, nil
}

// single returns the value of a header that must be there once. Of two, we and
// whoever else looks at them might believe different ones.
func single(header http.Header, name string) (string, error) {
	switch values := header.Values(name); len(values) {
	case 0:
		return "", refuse(http.StatusBadRequest, "there is no %s", name)
	case 1:
		return values[0], nil
	default:
		return "", refuse(http.StatusBadRequest, "there are %d of %s; want one", len(values), name)
	}
}

// parseHost reads host, host:port, [IPv6] or [IPv6]:port.
func (d *destination) parseHost(text string) error {
	host := text
	if at := strings.LastIndexByte(text, ':'); at >= 0 && !strings.HasSuffix(text, "]") {
		var port string
		host, port = text[:at], text[at+1:]
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
			return errors.New("its port is no number from 1 to 65535")
		}
		d.port = uint16(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return errors.New("it has brackets without an IPv6 address in them")
		}
		d.addr, d.host = addr, inner
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		d.addr, d.host = addr, host
		return nil
	}
	d.host = strings.ToLower(strings.TrimSuffix(host, "."))
	return checkName(d.host)
}

// checkName says what is wrong with a host name. It is stricter than resolvers
// are: what only looks like a name, and is an address to some of them (2130706433,
// 0x7f.1, 0177.0.0.1), is none.
func checkName(name string) error {
	if len(name) > 253 {
		return errors.New("it is longer than 253 bytes")
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return errors.New("it is no host name")
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return errors.New("it is no host name")
			}
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		return errors.New("it ends with a number, but is no address in its usual form")
	}
	return nil
}

// authority returns the destination as a URL has it.
func (d *destination) authority() string {
	host := d.host
	if d.addr.Is6() {
		host = "[" + host + "]"
	}
	if d.scheme == "http" && d.port == 80 || d.scheme == "https" && d.port == 443 {
		return host
	}
	return net.JoinHostPort(d.host, strconv.Itoa(int(d.port)))
}

// shortened is so much of a client's text as an answer may quote.
func shortened(text string) string {
	if len(text) > 100 {
		return text[:100]
	}
	return text
}

// allowlist says which destinations there may be.
type allowlist struct {
	names    map[string]bool
	suffixes []string // with their leading dot
	networks prefix.Set
	special  prefix.Set
	ports    []uint16
}

func newAllowlist(config Config) (*allowlist, error) {
	a := &allowlist{names: map[string]bool{}, networks: prefix.SetOf(config.Networks...), special: specialNetworks(), ports: config.Ports}
	var errs []error
	for _, host := range config.Hosts {
		name, below := strings.CutPrefix(strings.ToLower(host), "*.")
		if err := checkName(name); err != nil {
			errs = append(errs, fmt.Errorf("the host %q: %w; want a name, or *. and a name", host, err))
			continue
		}
		if below {
			a.suffixes = append(a.suffixes, "."+name)
		} else {
			a.names[name] = true
		}
	}
	return a, errors.Join(errs...)
}

// allows says whether a connection may be opened to an address that host has
// resolved to. It is asked about the very address that is dialled next.
func (a *allowlist) allows(host string, to netip.AddrPort) error {
	if !slices.Contains(a.ports, to.Port()) {
		return refuse(http.StatusForbidden, "the port %d is not allowed", to.Port())
	}
	addr := to.Addr()
	if a.networks.Contains(addr) {
		return nil
	}
	if !public(&a.special, addr) {
		return refuse(http.StatusForbidden, "%q is at an address that is not of the public internet", host)
	}
	if !a.listed(host) {
		return refuse(http.StatusForbidden, "%q is not allowed", host)
	}
	return nil
}

// listed says whether a name is among the hosts.
func (a *allowlist) listed(name string) bool {
	return a.names[name] || slices.ContainsFunc(a.suffixes, func(suffix string) bool {
		return strings.HasSuffix(name, suffix)
	})
}

// mayAllow says whether asking for the addresses of a name can lead anywhere. A
// name that is not listed is not even looked up if no network is.
func (a *allowlist) mayAllow(name string) bool { return a.listed(name) || !a.networks.Empty() }

// public says whether an address is of the public internet.
func public(special *prefix.Set, addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.Is6() && !netip.MustParsePrefix("2000::/3").Contains(addr) {
		return false // nothing else has been given out (RFC 4291, IANA's registry)
	}
	return addr.IsValid() && addr.Zone() == "" && !special.Contains(addr)
}

// specialNetworks are those of IANA's special-purpose registries (RFC 6890),
// multicast, and, of IPv6, what stands for IPv4 that would have to be looked at
// in its turn.
func specialNetworks() prefix.Set {
	var prefixes []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
		"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	} {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefix.SetOf(prefixes...)
}
