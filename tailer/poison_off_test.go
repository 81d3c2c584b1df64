//go:build !race && !invariants

package tailer

const poisoned = false
