package egress

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
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
