package main

import (
	"context"
	"errors"
	"time"
)

// interruptGrace is how long an interrupted verb may take to end by itself.
const interruptGrace = time.Second

// errInterrupted is what a verb fails with that a signal has ended.
var errInterrupted = errors.New("interrupted")

// untilInterrupted calls work and returns what it does, but once ctx has ended it
// waits no longer than interruptGrace: reading standard input cannot be called
// off.
func untilInterrupted[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1) // what comes after an interruption, nobody reads
	go func() {
		result, err := work()
		done <- outcome{result, err}
	}()
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		select {
		case o = <-done:
		case <-time.After(interruptGrace):
			o.err = ctx.Err()
		}
	}
	if ctx.Err() != nil && errors.Is(o.err, ctx.Err()) {
		o.err = errInterrupted
	}
	return o.result, o.err
}
