// Command splitgauge tells from nginx's access logs how each A/B variant and
// each upstream server is doing.
//
// One file holds one verb. A verb's file turns flags into a configuration,
// calls internal/agent, and writes what comes back by internal/report; nothing
// is measured here. Exit codes are decided in exit.go alone.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	command := newRootCommand(terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	err := command.ExecuteContext(ctx)
	stop()
	os.Exit(exitCode(err, os.Stderr))
}
