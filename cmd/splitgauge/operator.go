package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// operator asks a running instance by its operator's listener.
type operator struct {
	listen string // as a configuration writes it
}

const (
	operatorTime   = 10 * time.Second
	longestAnswer  = 8 << 20 // bytes; a pool has at most 1,024 servers
	longestProblem = 400     // bytes of an answer that says why there is none
)

// errNotRunning says that nobody listens, so that there is no instance to ask.
var errNotRunning = errors.New("no instance is running")

// get returns what an instance answers to a path and a query.
func (o operator) get(ctx context.Context, path []string, query url.Values) ([]byte, error) {
	if o.listen == "none" {
		return nil, fmt.Errorf("%w that can be asked: admin.listen is none", errNotRunning)
	}
	ctx, cancel := context.WithTimeout(ctx, operatorTime)
	defer cancel()
	address := url.URL{Scheme: "http", Host: o.listen, RawQuery: query.Encode()}
	transport := &http.Transport{DisableKeepAlives: true, Proxy: nil}
	if socket, ok := strings.CutPrefix(o.listen, "unix:"); ok {
		address.Host = "localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.JoinPath(escaped(path)...).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("cannot ask the running instance at %q: %w", o.listen, err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return nil, fmt.Errorf("%w: nobody listens on %q, the admin.listen of the configuration", errNotRunning, o.listen)
	case err != nil:
		return nil, fmt.Errorf("cannot ask the running instance at %q: %w", o.listen, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read what the running instance at %q answers: %w", o.listen, err)
	case response.StatusCode != http.StatusOK:
		problem := strings.TrimSpace(string(answer[:min(len(answer), longestProblem)]))
		return nil, fmt.Errorf("the running instance at %q answers %s: %s", o.listen, response.Status, problem)
	case len(answer) > longestAnswer:
		return nil, fmt.Errorf("the running instance at %q answers more than %d bytes", o.listen, longestAnswer)
	}
	return answer, nil
}

// escaped returns the parts of a path so that each stays one.
func escaped(path []string) (parts []string) {
	for _, part := range path {
		parts = append(parts, url.PathEscape(part))
	}
	return parts
}
