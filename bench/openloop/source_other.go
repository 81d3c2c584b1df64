//go:build !linux

package main

import "syscall"

// chooseLate is for Linux alone.
func chooseLate(_, _ string, _ syscall.RawConn) error { return nil }
