// Command forwarder runs the package proxy alone, without the agent around it:
// to measure what forwarding costs by itself, and to profile it under a load of
// bench/openloop or wrk. It reads a proxy.Config as JSON.
//
//	forwarder -c proxy.json -cpuprofile proxy.pprof
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/proxy"
)

func main() {
	name := flag.String("c", "", "the configuration: a proxy.Config as JSON")
	profile := flag.String("cpuprofile", "", "file to write a profile of the processor's time to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *name, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "forwarder:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, profile string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("cannot read the configuration: %w", err)
	}
	var config proxy.Config
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return fmt.Errorf("cannot read the configuration %q: %w", name, err)
	}
	p, err := proxy.New(config, complaints())
	if err != nil {
		return err
	}
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return p.Run(ctx)
}

// complaints says the first few things that go wrong.
func complaints() proxy.Events {
	var said atomic.Int64
	say := func(format string, values ...any) {
		if said.Add(1) <= 20 {
			fmt.Fprintf(os.Stderr, "forwarder: "+format+"\n", values...)
		}
	}
	return proxy.Events{
		AcceptFailed: func(listener string, err error, wait time.Duration) {
			say("cannot accept at %q: %v; again after %v", listener, err, wait)
		},
		DialFailed: func(pool, server string, err error, local bool) {
			say("cannot connect to %q: %v (a fault of this machine: %v)", server, err, local)
		},
	}
}
