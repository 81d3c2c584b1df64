//go:build unix && !linux

package proxy

import (
	"syscall"
	"time"
)

// awaitSent cannot be told here what has been sent, and does not wait.
func awaitSent(*end, time.Duration) {}

// gone does not look.
func gone(*end) bool { return false }

func bindNoPort(_, _ string, _ syscall.RawConn) error { return nil }
