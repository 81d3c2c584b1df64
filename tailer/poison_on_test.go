//go:build race || invariants

package tailer

const poisoned = true
