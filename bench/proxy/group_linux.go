package main

import "syscall"

// ownGroup gives a child a process group of its own, and has the kernel stop it
// where the harness dies without doing so.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func killGroup(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }
