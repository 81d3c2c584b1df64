package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Bodies that the backend serves.
const (
	smallBody = 1 << 10
	bigBody   = 100_000_000
	quickBody = 5_000_000 // instead of the big one
)

// nginxText puts around a configuration what all have: no default of nginx's
// that names a directory of the machine is left.
func nginxText(workers int, load, text string) string {
	var b strings.Builder
	b.WriteString(load)
	if os.Geteuid() == 0 {
		b.WriteString("user root;\n") // or workers could not enter the directory
	}
	fmt.Fprintf(&b, `daemon off;
worker_processes %d;
worker_rlimit_nofile %d;
pid nginx.pid;
error_log error.log warn;
events { worker_connections %d; }
%s`, workers, 2*manyConnections()+900, 2*manyConnections()+400, text)
	return b.String()
}

// httpText is an http section.
func httpText(text string) string {
	return `http {
client_body_temp_path temp-body; proxy_temp_path temp-proxy; fastcgi_temp_path temp-fastcgi;
uwsgi_temp_path temp-uwsgi; scgi_temp_path temp-scgi;
access_log off;
sendfile on;
keepalive_timeout 15m;
keepalive_requests 1000000000;
client_header_timeout 15m;
` + text + "}\n"
}

// startNginx starts nginx with a prefix of its own, which it returns.
func (h *harness) startNginx(ctx context.Context, name, text string, addresses ...string) (*process, string, error) {
	binary, err := find("nginx", "nginx-light")
	if err != nil {
		return nil, "", err
	}
	prefix := h.file("nginx")
	if err := os.Mkdir(prefix, 0o700); err != nil {
		return nil, "", err
	}
	configuration := filepath.Join(prefix, "nginx.conf")
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		return nil, "", err
	}
	p, err := h.start(ctx, name, []string{binary, "-e", filepath.Join(prefix, "error.log"), "-p", prefix, "-c", configuration}, addresses...)
	return p, prefix, err
}

// startBackend starts the server that all proxies are before.
func (h *harness) startBackend(ctx context.Context) error {
	addresses, err := freeAddresses(1)
	if err != nil {
		return err
	}
	h.origin = addresses[0]
	size := bigBody
	if h.quick {
		size = quickBody
	}
	big := filepath.Join(h.scratch, "big")
	if err := os.WriteFile(big, make([]byte, size), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf(`server {
listen %s backlog=4096;
location = /small { default_type text/plain; return 200 %q; }
location = /big { alias %s; }
}
`, h.origin, strings.Repeat("x", smallBody), big)
	h.backend, _, err = h.startNginx(ctx, "nginx, the backend", nginxText(2, "", httpText(text)), h.origin)
	return err
}

// startStream starts nginx as a TCP proxy.
func (h *harness) startStream(ctx context.Context, s setup) (*process, error) {
	load, err := streamModule(ctx)
	if err != nil {
		return nil, err
	}
	p, _, err := h.startNginx(ctx, "nginx stream", nginxText(2, load, streamText(s)), s.listen)
	return p, err
}

// streamText is the section of a TCP proxy. It has no queue: what is above the
// limit is turned away.
func streamText(s setup) string {
	var b strings.Builder
	b.WriteString("stream {\nupstream backend {\nzone backend 256k;\nrandom two least_conn;\n")
	for _, server := range s.servers {
		fmt.Fprintf(&b, "server %s", server)
		if s.connections > 0 {
			fmt.Fprintf(&b, " max_conns=%d", s.connections)
		}
		b.WriteString(";\n")
	}
	fmt.Fprintf(&b, "}\nserver { listen %s backlog=4096; proxy_pass backend; proxy_timeout 15m; }\n}\n", s.listen)
	return b.String()
}

// streamModule returns the line that loads nginx's stream module; empty where it
// is built in.
func streamModule(ctx context.Context) (string, error) {
	binary, err := find("nginx", "nginx-light")
	if err != nil {
		return "", err
	}
	about, err := exec.CommandContext(ctx, binary, "-V").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot ask nginx how it was built: %w", err)
	}
	if regexp.MustCompile(`--with-stream(\s|$)`).Match(about) {
		return "", nil
	}
	directory := "/usr/lib/nginx/modules"
	if match := regexp.MustCompile(`--modules-path=(\S+)`).FindSubmatch(about); match != nil {
		directory = string(match[1])
	}
	module := filepath.Join(directory, "ngx_stream_module.so")
	if _, err := os.Stat(module); err != nil {
		return "", fmt.Errorf("nginx has no stream module: on Debian it is in libnginx-mod-stream: %w", err)
	}
	return fmt.Sprintf("load_module %s;\n", module), nil
}
