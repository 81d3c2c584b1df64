package proxy

import (
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
	for _, l := range c.Listeners {
		l = l.withDefaults()
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
