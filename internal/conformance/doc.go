// Package conformance tests the built program from outside, as a user runs it:
// it starts splitgauge run as a process, writes and rotates the logs that it
// follows, kills it, and compares what it publishes with what was written.
//
// It holds tests alone. They run shortened in make test, and at full length in
// make conformance, which also writes the table of docs/reliability.md.
package conformance
