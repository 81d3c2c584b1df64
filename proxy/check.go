package proxy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/proxy/prefix"
)

// check says what is wrong with the configuration, all of it. What only opening
// or looking up can show is not in it, and pools are checked by New and Reload.
func (c *Config) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	pools := map[string]bool{}
	for _, pool := range c.Pools {
		if pool.Name == "" {
			wrong("a pool has no name")
		}
		if pools[pool.Name] {
			wrong("there are two pools %q", pool.Name)
		}
		pools[pool.Name] = true
	}
	names := map[string]bool{}
	if c.Connections < 0 {
		wrong("at most %d connections; want 1 or more, or 0 for what descriptors allow", c.Connections)
	}
	addresses := map[string]string{}
	for _, l := range c.Listeners {
		errs = append(errs, l.checkSigns()...)
		l = l.withDefaults()
		if other, ok := addresses[l.Address]; ok && !anyPort(l.Address) && l.Listener == nil {
			wrong("the listeners %q and %q have the same address %q", other, l.Name, l.Address)
		}
		addresses[l.Address] = l.Name
		if l.Name == "" {
			wrong("a listener has neither name nor address")
		}
		if names[l.Name] {
			wrong("there are two listeners %q", l.Name)
		}
		names[l.Name] = true
		if !pools[l.Pool] {
			wrong("the listener %q uses the pool %q, which there is not", l.Name, l.Pool)
		}
		errs = append(errs, l.check()...)
	}
	for _, h := range c.Health {
		if !pools[h.Pool] {
			wrong("a health check is of the pool %q, which there is not", h.Pool)
		}
		if h.Path != "" && !strings.HasPrefix(h.Path, "/") {
			wrong("the health check of pool %q asks for %q; want a path that begins with /", h.Pool, h.Path)
		}
	}
	return joinErrors("cannot use the proxy's configuration", errs)
}

// anyPort says whether an address is of a port that the system chooses, which
// several may have, or of none.
func anyPort(address string) bool {
	return address == "" || !strings.HasPrefix(address, "unix:") && strings.HasSuffix(address, ":0")
}

// checkSigns says which values are negative and may not be.
func (l *ListenerConfig) checkSigns() (errs []error) {
	for _, value := range []struct {
		negative bool
		what     string
	}{
		{l.Timeouts.Connect < 0, "time to connect"},
		{l.Timeouts.Header < 0, "time for a header"},
		{l.Dial.Tries < 0, "number of tries"},
		{l.Dial.Budget < 0, "time for all tries"},
		{l.Dial.KeepAlive < 0, "time between keep-alive probes"},
		{l.Queue.Connections < 0, "number of connections"},
		{l.Queue.Length < 0, "length of the queue"},
		{l.Gate.Connections < 0 || l.Gate.Sources < 0 || l.Gate.Burst < 0 || l.Gate.IPv6Bits < 0, "limit of the gate"},
		{l.Gate.Rate < 0, "rate of the gate"},
		{l.SpliceAfter < 0, "number of bytes to splice after"},
	} {
		if value.negative {
			errs = append(errs, fmt.Errorf("listener %q: the %s is negative; want 0 for the default, or more", cmp.Or(l.Name, l.Address), value.what))
		}
	}
	return errs
}

// check says what is wrong with a listener, which has its defaults.
func (l *ListenerConfig) check() (errs []error) {
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("listener %q: %s", l.Name, fmt.Sprintf(format, args...)))
	}
	if l.SendProxy < 0 || l.SendProxy > 2 {
		wrong("the PROXY protocol has no version %d; want 1, 2 or 0 for none", l.SendProxy)
	}
	if l.Mark.Header != "" && !l.ClientFirst {
		wrong("connections are marked by the header %q, which needs ClientFirst", l.Mark.Header)
	}
	if l.Mark.Header != "" && len(l.Mark.HeaderFrom) == 0 {
		wrong("connections are marked by the header %q of nobody; want HeaderFrom", l.Mark.Header)
	}
	if l.Timeouts.Jitter > 1 {
		wrong("a jitter of %v of the lifetime; want at most 1", l.Timeouts.Jitter)
	}
	if l.Queue.Length > 0 && l.Queue.Connections <= 0 {
		wrong("a queue of %d, with no limit of connections to wait for", l.Queue.Length)
	}
	for _, allowed := range l.Gate.Allow {
		for _, denied := range l.Gate.Deny {
			if prefix.Normal(allowed) == prefix.Normal(denied) {
				wrong("%v is both allowed and denied", allowed)
			}
		}
	}
	return errs
}
