// Command compare measures splitgauge replay beside other programs that read
// the same logs: wall time and peak memory of whole processes, from the page
// cache, in alternating runs. It prints Markdown tables, and with -update puts
// them into a document between two marker lines.
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
	"time"
)

// options are the command line.
type options struct {
	data     string        // directory of the logs, as bench/generate leaves it
	binaries string        // directory of splitgauge
	loop     string        // sonicloop
	runs     int           // measured runs of each program, after one warm-up
	external bool          // also programs that have to be installed
	timeout  time.Duration // of one run
	update   string        // document to put the tables into

	experiments bool // measure what comparing variants costs, instead of replay beside others
}

// file returns the path of a log.
func (o *options) file(name string) string { return filepath.Join(o.data, name) }

func main() {
	var o options
	flag.StringVar(&o.data, "data", "bench/data", "directory of the logs that generate wrote")
	flag.StringVar(&o.binaries, "bin", "bin", "directory of splitgauge")
	flag.StringVar(&o.loop, "loop", "bin/bench/sonicloop", "the bare decoding loop")
	flag.IntVar(&o.runs, "runs", 5, "measured runs of each program")
	flag.BoolVar(&o.external, "external", true, "also measure logswan, GoAccess and mtail")
	flag.DurationVar(&o.timeout, "timeout", 2*time.Minute, "limit of one run")
	flag.StringVar(&o.update, "update", "", "document to put the tables into")
	flag.BoolVar(&o.experiments, "experiments", false, "measure what comparing variants costs above replay, instead of replay beside others")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// run measures everything and writes the tables to out, progress to progress.
func run(ctx context.Context, o options, out, progress io.Writer) error {
	if o.runs < 1 {
		return fmt.Errorf("-runs %d: at least 1", o.runs)
	}
	splitgauge, err := filepath.Abs(filepath.Join(o.binaries, "splitgauge"))
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "splitgauge-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	markers, promises := benchMarkers, limits
	var groups []*group
	if o.experiments {
		markers, promises = experimentMarkers, experimentLimits
		groups, err = planExperiments(o, splitgauge)
	} else {
		groups, err = plan(o, splitgauge, scratch)
	}
	if err != nil {
		return err
	}
	var text bytes.Buffer
	writeMachine(ctx, &text, splitgauge, o.runs)
	for _, g := range groups {
		fmt.Fprintln(progress, g.title)
		if err := g.measure(ctx, o, scratch, progress); err != nil {
			return err
		}
		g.writeTable(&text)
	}
	writeLimits(&text, groups, promises)
	if _, err := out.Write(text.Bytes()); err != nil {
		return err
	}
	if o.update == "" {
		return nil
	}
	return updateDocument(o.update, markers, text.String())
}
