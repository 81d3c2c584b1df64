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
	"syscall"

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
	p, err := proxy.New(config, proxy.Events{})
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
