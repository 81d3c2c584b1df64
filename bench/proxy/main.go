// Command proxy measures splitgauge's proxy beside HAProxy in TCP mode and nginx
// stream: requests and connections a second, bulk throughput, memory of idle
// connections, many clients at once, overload, and where balancing sends
// requests when nodes are slow or broken. All run on loopback, before the same
// nginx, in alternating runs. It prints Markdown, and with -update puts each
// part between two marker lines of a document.
//
// Everything that it starts is a child of it, in a directory that it removes,
// and is stopped by its process id, whatever happens.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	binaries string // directory of openloop, and of forwarder
	agent    string // splitgauge
	own      string // which program carries our proxy: "splitgauge" or "forwarder"
	runs     int    // measured runs of each, after one to warm up
	parts    string // names of parts, joined by commas
	quick    bool   // seconds: shows that all works, measures nothing
	update   string // document to put the tables into
}

// part is one thing that is measured.
type part struct {
	name, title string
	measure     func(ctx context.Context, h *harness, out io.Writer) error
}

// parts returns all parts, in the order of the document.
func parts() []part {
	return []part{
		{"requests", "Requests on kept connections", measureRequests},
		{"connections", "New connections", measureConnections},
		{"bulk", "Bulk", measureBulk},
		{"idle", "Memory of idle connections", measureIdle},
		{"clients", "Many clients at once", measureClients},
		{"overload", "Overload", measureOverload},
		{"feedback", "One node slow, one broken", measureFeedback},
	}
}

func main() {
	var o options
	flag.StringVar(&o.binaries, "bin", "bin/bench", "directory of openloop and forwarder")
	flag.StringVar(&o.agent, "agent", "bin/splitgauge", "splitgauge")
	flag.StringVar(&o.own, "own", defaultOwn, "what carries our proxy: splitgauge (splitgauge proxy), or forwarder (the package alone)")
	flag.IntVar(&o.runs, "runs", 5, "measured runs of each program")
	flag.StringVar(&o.parts, "parts", "", "only these parts, joined by commas; default all: "+strings.Join(partNames(), ","))
	flag.BoolVar(&o.quick, "quick", false, "take seconds, with figures that mean nothing")
	flag.StringVar(&o.update, "update", "", "document to put the tables into")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		os.Exit(1)
	}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// run measures the parts and writes them to out, one as soon as it is done;
// progress goes to progress.
func run(ctx context.Context, o options, out, progress io.Writer) (err error) {
	chosen, err := o.chosen()
	if err != nil {
		return err
	}
	h, err := newHarness(ctx, o, progress)
	if err != nil {
		return err
	}
	defer h.close()
	for _, p := range chosen {
		fmt.Fprintln(progress, p.title)
		var text bytes.Buffer
		fmt.Fprintf(&text, "### %s\n\n", p.title)
		if err := p.measure(ctx, h, &text); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		writeMachine(ctx, &text, o)
		if _, err := out.Write(text.Bytes()); err != nil {
			return err
		}
		if o.update == "" {
			continue
		}
		if err := replaceBetween(o.update, "<!-- proxy-"+p.name+":begin -->\n", "<!-- proxy-"+p.name+":end -->", text.String()); err != nil {
			return err
		}
	}
	return nil
}

// chosen returns the parts that are asked for.
func (o *options) chosen() (chosen []part, err error) {
	if o.runs < 1 {
		return nil, fmt.Errorf("-runs %d: at least 1", o.runs)
	}
	if o.own != "splitgauge" && o.own != "forwarder" {
		return nil, fmt.Errorf("-own %q: splitgauge or forwarder", o.own)
	}
	if o.quick && o.update != "" {
		return nil, fmt.Errorf("-update %q with -quick: its figures mean nothing", o.update)
	}
	if o.parts == "" {
		return parts(), nil
	}
	for name := range strings.SplitSeq(o.parts, ",") {
		at := slices.Index(partNames(), name)
		if at < 0 {
			return nil, fmt.Errorf("-parts: there is no %q, only %s", name, strings.Join(partNames(), ", "))
		}
		chosen = append(chosen, parts()[at])
	}
	return chosen, nil
}

// harness is what all parts share.
type harness struct {
	options
	progress io.Writer
	scratch  string
	backend  *process
	origin   string // address of the backend
	many     int    // connections for "idle" and "clients"
	running  []*process
	number   int // of the next thing that needs a name
}

// newHarness starts the backend.
func newHarness(ctx context.Context, o options, progress io.Writer) (h *harness, err error) {
	h = &harness{options: o, progress: progress, many: manyConnections()}
	if h.quick {
		h.many = 200
	}
	if h.binaries, err = filepath.Abs(o.binaries); err != nil {
		return nil, err
	}
	if h.agent, err = filepath.Abs(o.agent); err != nil {
		return nil, err
	}
	if h.scratch, err = os.MkdirTemp("", "splitgauge-proxy-"); err != nil {
		return nil, err
	}
	if err := h.startBackend(ctx); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// close stops what still runs and removes the directory.
func (h *harness) close() {
	for _, p := range slices.Backward(slices.Clone(h.running)) {
		h.stop(p)
	}
	os.RemoveAll(h.scratch)
}

// length returns how long to measure: full, or a moment where it is quick.
func (h *harness) length(full time.Duration) time.Duration {
	if h.quick {
		return min(full, 400*time.Millisecond)
	}
	return full
}

// manyConnections is how many connections a proxy can have at once, with two
// descriptors each: 10 000, or what the limit leaves room for.
func manyConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 400
	}
	return min(10_000, (int(min(limit.Cur, 1<<20))-1000)/2)
}
