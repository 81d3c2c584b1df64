package main

import (
	"context"
	"fmt"
	"strings"
)

// startHAProxy starts HAProxy in TCP mode.
func (h *harness) startHAProxy(ctx context.Context, s setup) (*process, error) {
	binary, err := find("haproxy", "haproxy")
	if err != nil {
		return nil, err
	}
	name, err := h.write("cfg", haproxyText(s))
	if err != nil {
		return nil, err
	}
	return h.start(ctx, "HAProxy", []string{binary, "-db", "-f", name}, s.listen)
}

// haproxyText is the whole configuration. It balances as its own default does
// since 3.3, by two random choices. Splicing needs descriptors for pipes, so that
// there are fewer connections.
func haproxyText(s setup) string {
	var b strings.Builder
	connections := manyConnections() + 100
	if s.splice {
		connections /= 4
	}
	fmt.Fprintf(&b, "global\nnbthread 2\nmaxconn %d\ndefaults\nmode tcp\ntimeout connect 5s\ntimeout client 15m\ntimeout server 15m\n", connections)
	if s.wait > 0 {
		fmt.Fprintf(&b, "timeout queue %dms\n", s.wait.Milliseconds())
	}
	if s.splice {
		b.WriteString("option splice-auto\n")
	}
	fmt.Fprintf(&b, "listen bench\nbind %s backlog 4096\nbalance random(2)\n", s.listen)
	for i, server := range s.servers {
		fmt.Fprintf(&b, "server s%d %s", i, server)
		if s.connections > 0 {
			fmt.Fprintf(&b, " maxconn %d maxqueue %d", s.connections, s.queue)
		}
		b.WriteString("\n")
	}
	return b.String()
}
