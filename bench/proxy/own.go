package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// defaultOwn is what carries our proxy.
const defaultOwn = "forwarder"

// spliceAfter is after how many bytes the kernel copies, where it shall.
const spliceAfter = 256 << 10

// startOwn starts our proxy.
func (h *harness) startOwn(ctx context.Context, s setup) (*process, error) {
	if h.own == "splitgauge" {
		return h.startAgent(ctx, s)
	}
	text, err := forwarderText(s)
	if err != nil {
		return nil, err
	}
	name, err := h.write("json", text)
	if err != nil {
		return nil, err
	}
	return h.start(ctx, "forwarder", []string{filepath.Join(h.binaries, "forwarder"), "-c", name}, s.listen)
}

// startAgent starts splitgauge proxy, or splitgauge run where there are logs to
// learn from.
func (h *harness) startAgent(ctx context.Context, s setup) (*process, error) {
	name, err := h.write("yaml", ownText(s))
	if err != nil {
		return nil, err
	}
	argv := []string{h.agent, "proxy", "-c", name}
	if len(s.logs) > 0 {
		state := h.file("state")
		if err := os.Mkdir(state, 0o700); err != nil {
			return nil, err
		}
		addresses, err := freeAddresses(1)
		if err != nil {
			return nil, err
		}
		argv = []string{h.agent, "run", "-c", name, "--listen", addresses[0], "--state-directory", state}
	}
	return h.start(ctx, "splitgauge", argv, s.listen)
}

// ownText is the configuration of splitgauge.
func ownText(s setup) string {
	var b strings.Builder
	b.WriteString("nginx: {config: none}\nadmin: {listen: none}\n")
	if len(s.logs) > 0 {
		b.WriteString("logs:\n")
		for _, log := range s.logs {
			fmt.Fprintf(&b, "  - {path: %q, format: %q}\n", log, nodeFormat)
		}
	}
	b.WriteString("proxies:\n  pools:\n    - name: backend\n      policy: measured\n      servers:\n")
	for i, server := range s.servers {
		fmt.Fprintf(&b, "        - {address: %q", server)
		if len(s.logs) > 0 {
			fmt.Fprintf(&b, ", log: %q", s.logs[i])
		}
		b.WriteString("}\n")
	}
	fmt.Fprintf(&b, "  listeners:\n    - address: %q\n      pool: backend\n", s.listen)
	if s.splice {
		fmt.Fprintf(&b, "      splice_after: %d\n", spliceAfter)
	}
	if s.connections > 0 {
		fmt.Fprintf(&b, "      queue: {connections: %d, length: %d, timeout: %v}\n", s.connections, s.queue, s.wait)
	}
	if s.rate > 0 {
		fmt.Fprintf(&b, "      gate: {rate: %.0f, burst: %d}\n", s.rate, s.burst)
	}
	return b.String()
}

// forwarderText is the same for the package alone: a proxy.Config as JSON.
func forwarderText(s setup) (string, error) {
	type object map[string]any
	var servers []object
	for _, server := range s.servers {
		servers = append(servers, object{"Address": server})
	}
	listener := object{
		"Address": s.listen, "Pool": "backend",
		"Timeouts": object{"Idle": 15 * time.Minute},
		"Queue":    object{"Connections": s.connections, "Length": s.queue, "Timeout": s.wait},
		"Gate":     object{"Rate": s.rate, "Burst": s.burst},
	}
	if s.splice {
		listener["SpliceAfter"] = spliceAfter
	}
	text, err := json.MarshalIndent(object{
		"Pools":     []object{{"Name": "backend", "Policy": "measured", "Servers": servers}},
		"Listeners": []object{listener},
		"DrainTime": time.Second,
	}, "", " ")
	return string(text), err
}
