package main

import "syscall"

// bindNoPort is IP_BIND_ADDRESS_NO_PORT of Linux, which the package syscall does
// not have.
const bindNoPort = 24

// chooseLate has the kernel choose the port when it connects and not when it
// binds: a port can then be in use to several destinations.
func chooseLate(_, _ string, c syscall.RawConn) error {
	var err error
	if failure := c.Control(func(descriptor uintptr) {
		err = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_IP, bindNoPort, 1)
	}); failure != nil {
		return failure
	}
	return err
}
