// Package admin serves what is for the operator's eyes and hands and not for
// Prometheus: the report of now, the profiles of the process, and the proxies'
// pools, whose servers can be weighed, drained and ejected until the next reload.
// It belongs on a listener of its own, on loopback or a unix socket. What it
// shows and changes are functions that it is given.
package admin
