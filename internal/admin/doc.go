// Package admin serves what is for the operator's eyes and not for Prometheus:
// the report of now, and the profiles of the process. It belongs on a listener
// of its own, on loopback or a unix socket.
package admin
