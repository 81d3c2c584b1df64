//go:build race || invariants

package tailer

// poison overwrites a released buffer, so that whoever kept a slice of it
// fails in tests instead of now and then in production.
func poison(buffer []byte) {
	for i := range buffer {
		buffer[i] = 0xCC
	}
}
