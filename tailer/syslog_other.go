//go:build !linux

package tailer

import "syscall"

func widenReceiveBuffer(syscall.RawConn) {}

// dropCounter counts nothing: only Linux says what it drops.
type dropCounter struct{}

func (dropCounter) read(syscall.RawConn) int64 { return 0 }
