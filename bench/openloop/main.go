// Command openloop offers load to an HTTP server, or to a proxy before it, and
// says what became of it. It has three ways:
//
//	openloop -url http://127.0.0.1:8080/ -rate 2000 -duration 10s
//	openloop -url http://127.0.0.1:8080/ -clients 9500 -duration 10s
//	openloop -url http://127.0.0.1:8080/ -hold 9500
//
// The first opens connections at a fixed rate, whether or not earlier ones have
// been served: a server that is slow is offered no less, and what it delays is
// counted in full, since latency begins when a connection was due. The second
// keeps so many clients busy. The third holds connections open and idle, until
// its standard input ends.
//
// It measures and judges nothing; bench/proxy starts it and reads what it
// prints, with -json.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	url      string
	rate     float64       // connections a second; of clients: requests a second of all
	duration time.Duration // how long load is offered
	requests int           // of one connection, one after the other
	timeout  time.Duration // from when a request was due to the end of its response
	clients  int           // that are busy at once
	hold     int           // connections to hold open
	sources  int           // own addresses, 127.0.0.2 and up, to connect from
	body     string        // file that every response must equal
	status   int           // that every response must have
	header   string        // of responses, whose values are counted
	json     bool
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "", "what to request: http://host:port/path")
	flag.Float64Var(&o.rate, "rate", 0, "connections a second; with -clients requests a second, 0: as many as they can")
	flag.DurationVar(&o.duration, "duration", 10*time.Second, "how long load is offered")
	flag.IntVar(&o.requests, "requests", 1, "requests of one connection, one after the other")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Second, "from when a request was due to the end of its response")
	flag.IntVar(&o.clients, "clients", 0, "keep so many clients busy, each on a connection of its own")
	flag.IntVar(&o.hold, "hold", 0, "hold so many connections open, idle after one request each, until standard input ends")
	flag.IntVar(&o.sources, "sources", 0, "connect from so many addresses, 127.0.0.2 and up, in turn: each has its own 28 000 ports; 0: what the system chooses")
	flag.StringVar(&o.body, "body", "", "file that the body of every response must equal")
	flag.IntVar(&o.status, "status", 200, "status that every response must have")
	flag.StringVar(&o.header, "header", "", "header of responses whose values are counted")
	flag.BoolVar(&o.json, "json", false, "write JSON")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openloop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	if err := o.validate(); err != nil {
		return err
	}
	t, err := newTarget(o)
	if err != nil {
		return err
	}
	switch {
	case o.hold > 0:
		return hold(ctx, o, t, in, out)
	case o.clients > 0:
		r, err := keepBusy(ctx, o, t)
		if err != nil {
			return err
		}
		return r.write(out, o.json)
	}
	return offer(ctx, o, t).write(out, o.json)
}

// validate says what is wrong with the command line.
func (o *options) validate() error {
	ways := 0
	for _, chosen := range []bool{o.hold > 0, o.clients > 0, o.hold == 0 && o.clients == 0 && o.rate > 0} {
		if chosen {
			ways++
		}
	}
	switch {
	case ways != 1:
		return fmt.Errorf("one of -rate, -clients and -hold is needed, and more than 0")
	case o.rate < 0 || o.rate > 1e6:
		return fmt.Errorf("-rate %g: from 0 to 1000000", o.rate)
	case o.duration <= 0 || o.timeout <= 0:
		return fmt.Errorf("-duration %v and -timeout %v must be more than 0", o.duration, o.timeout)
	case o.requests < 1:
		return fmt.Errorf("-requests %d: at least 1", o.requests)
	case o.sources < 0 || o.sources > 250:
		return fmt.Errorf("-sources %d: from 0 to 250", o.sources)
	}
	return nil
}

// write writes a result as JSON or for people.
func (r *result) write(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	fmt.Fprintf(out, "%.2f s, %.1f requests/s ok, %.2f MB/s\n", r.Seconds, r.PerSecond, float64(r.Bytes)/r.Seconds/1e6)
	fmt.Fprintf(out, "begun late by ms: p50 %.2f  p99 %.2f  max %.2f\n", r.Late.P50, r.Late.P99, r.Late.Max)
	for o := outcome(0); o < outcomes; o++ {
		if f := r.Outcomes[o.String()]; f.Count > 0 {
			fmt.Fprintf(out, "%-9s %8d  ms: p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f\n", o, f.Count, f.P50, f.P90, f.P99, f.P999, f.Max)
		}
	}
	for _, counted := range []map[string]int64{r.Statuses, r.Values, r.Errors} {
		if len(counted) > 0 {
			fmt.Fprintln(out, counted)
		}
	}
	return nil
}
