package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"
)

// Nodes, and what their application takes.
const (
	nodeCount    = 4
	slowNode     = 2
	brokenNode   = 3
	nodeTime     = 10 * time.Millisecond
	slowFactor   = 5
	feedbackRate = 300 // connections a second
)

// nodeFormat is what the nodes log.
const nodeFormat = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"` +
	` rt="$request_time" ua="$upstream_addr" us="$upstream_status" urt="$upstream_response_time" uct="$upstream_connect_time" uht="$upstream_header_time"`

// nodes are servers of which one is slow and one answers errors at once.
type nodes struct {
	addresses, logs []string
	stop            func()
}

// startNodes starts the nodes, each an nginx of its own before an application.
func (h *harness) startNodes(ctx context.Context) (*nodes, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	application := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait := nodeTime
		if r.URL.Path == "/slow" {
			wait *= slowFactor
		}
		if pause(r.Context(), wait) == nil {
			io.WriteString(w, "done\n")
		}
	})}
	ended := make(chan struct{})
	go func() {
		application.Serve(listener)
		close(ended)
	}()
	n := &nodes{}
	var processes []*process
	n.stop = func() {
		for _, p := range processes {
			h.stop(p)
		}
		application.Close()
		<-ended
	}
	if n.addresses, err = freeAddresses(nodeCount); err != nil {
		n.stop()
		return nil, err
	}
	for i, address := range n.addresses {
		p, prefix, err := h.startNginx(ctx, "node "+nodeName(i), nginxText(1, "", nodeText(i, address, listener.Addr().String())), address)
		if err != nil {
			n.stop()
			return nil, err
		}
		processes = append(processes, p)
		n.logs = append(n.logs, filepath.Join(prefix, "access.log"))
	}
	return n, nil
}

func nodeName(i int) string { return [nodeCount]string{"good1", "good2", "slow", "broken"}[i] }

// nodeText is the configuration of a node.
func nodeText(i int, address, application string) string {
	answer := "proxy_pass http://application/fast;"
	switch i {
	case slowNode:
		answer = "proxy_pass http://application/slow;"
	case brokenNode:
		answer = "return 503;"
	}
	return httpText(fmt.Sprintf(`log_format node '%s';
upstream application { server %s; keepalive 64; }
server {
listen %s backlog=4096;
access_log access.log node;
add_header X-Node %s always;
location / { proxy_http_version 1.1; proxy_set_header Connection ""; %s }
}
`, nodeFormat, application, address, nodeName(i), answer))
}

// measureFeedback looks where requests go.
func measureFeedback(ctx context.Context, h *harness, out io.Writer) error {
	n, err := h.startNodes(ctx)
	if err != nil {
		return err
	}
	defer n.stop()
	contestants := []*contestant{
		{name: baseline, kind: haproxy},
		{name: streamName, kind: stream},
		{name: ownName + ", own connections only", kind: own},
	}
	if h.own == "splitgauge" {
		contestants = append(contestants, &contestant{name: ownName + ", with the nodes' logs", kind: own, setup: setup{logs: n.logs}})
	}
	if h.quick {
		contestants = append(contestants[:1:1], contestants[2:]...)
	}
	t := &table{columns: []column{
		{title: "on the slow node, %", format: "%.1f", spread: true},
		{title: "on the broken node, %", format: "%.1f", spread: true},
		{title: "answered well/s", format: "%.0f", ratio: true},
		{title: "p50 ms", format: "%.1f"},
		{title: "p99 ms", format: "%.1f", ratio: true},
		{title: "neither", format: "%.0f"},
	}}
	err = h.alternate(ctx, contestants, t, func(c *contestant) ([]float64, error) {
		if err := h.begin(ctx, c, n.addresses...); err != nil {
			return nil, err
		}
		defer h.end(c)
		return h.shares(ctx, c)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Four nginx nodes: two answer after %v, one after %v, one answers 503 at once. %d connections a second (open loop), one request each, for 20 s after 10 s to settle. "+
		"HAProxy: `balance random(2)`; nginx: `random two least_conn`; splitgauge: `measured`. Without preference each node gets 25 %%. The p50 and p99 are those of answers that are no error; neither: neither an answer nor an error of a node.\n\n",
		nodeTime, slowFactor*nodeTime, feedbackRate)
	t.write(out)
	if h.own != "splitgauge" {
		fmt.Fprint(out, "splitgauge with the nodes' logs was not measured: that takes the agent, `-own splitgauge`.\n\n")
	}
	return nil
}

// shares offers connections and counts who answered.
func (h *harness) shares(ctx context.Context, c *contestant) ([]float64, error) {
	var r *loopResult
	for _, length := range []time.Duration{10 * time.Second, 20 * time.Second} { // the first to settle
		var err error
		r, err = h.loop(ctx, h.length(length), c.url("/"), "-rate", strconv.Itoa(feedbackRate), "-header", "X-Node", "-timeout", "5s")
		if err != nil {
			return nil, err
		}
	}
	h.errorsOf(c, r)
	total := 0.0
	for _, count := range r.Values {
		total += float64(count)
	}
	if total == 0 {
		return nil, fmt.Errorf("no node has answered: %v: %s", r.Errors, c.process.tail())
	}
	ok, status := r.Outcomes["ok"], r.Outcomes["status"]
	return []float64{
		100 * float64(r.Values[nodeName(slowNode)]) / total, 100 * float64(r.Values[nodeName(brokenNode)]) / total,
		r.PerSecond, ok.P50, ok.P99, float64(r.notGood() - status.Count),
	}, nil
}
