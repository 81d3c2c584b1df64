package egress

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// allowlist says which destinations there may be.
type allowlist struct {
	names    map[string]bool
	suffixes []string // with their leading dot
	ports    []uint16

	networks prefix.Set // all that are listed
	inner    prefix.Set // those of them that are wholly outside the public internet
	single   prefix.Set // those of one address

	special  prefix.Set
	metadata prefix.Set
	own      func(netip.Addr) bool // a seam for tests; isOwn
}

func newAllowlist(config Config) (*allowlist, error) {
	a := &allowlist{names: map[string]bool{}, ports: config.Ports, networks: prefix.SetOf(config.Networks...),
		special: specialNetworks(), metadata: metadataAddresses(), own: isOwn}
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
	var inner, single []netip.Prefix
	for _, network := range config.Networks {
		if !network.IsValid() {
			errs = append(errs, errors.New("a network is none; want an address and a length"))
			continue
		}
		network = prefix.Normal(network)
		if notPublic(network) {
			inner = append(inner, network)
		}
		if network.IsSingleIP() {
			single = append(single, network)
		}
	}
	a.inner, a.single = prefix.SetOf(inner...), prefix.SetOf(single...)
	return a, errors.Join(errs...)
}

// allowsAll says whether connections may be opened to every address that host has
// resolved to. One that may not be forbids all: a name that is at once outside
// and inside is not to be trusted with either, and which of them is dialled would
// depend on which one answers.
func (a *allowlist) allowsAll(host string, addresses []netip.Addr) error {
	for _, addr := range addresses {
		if err := a.allows(host, addr.Unmap()); err != nil {
			return err
		}
	}
	return nil
}

// allows says whether a connection may be opened to an address that host has
// resolved to. It is asked about the very address that is dialled next. How much
// a network of the list opens depends on what the address is: one that was meant
// for the internet, however large, opens nothing that is inside.
func (a *allowlist) allows(host string, addr netip.Addr) error {
	switch {
	case a.metadata.Contains(addr):
		if !a.single.Contains(addr) {
			return refuse(http.StatusForbidden, "%q is at an address of a cloud's metadata", host)
		}
	case !public(&a.special, addr):
		if !a.inner.Contains(addr) {
			return refuse(http.StatusForbidden, "%q is at an address that is not of the public internet", host)
		}
	case a.own(addr):
		if !a.single.Contains(addr) {
			return refuse(http.StatusForbidden, "%q is at an address of this host", host)
		}
	case !a.networks.Contains(addr) && !a.listed(host):
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
