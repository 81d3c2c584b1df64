package tailer

import "bytes"

// nulRun returns the length of the run of NUL bytes that data begins with. A
// log that was truncated under its writer begins with as many as it had bytes,
// so they are compared by the block.
func nulRun(data []byte) int {
	const block = 1 << 10
	length := 0
	for len(data)-length >= block {
		// A block that equals itself one byte further on is one byte repeated.
		next := data[length : length+block]
		if next[0] != 0 || !bytes.Equal(next[1:], next[:block-1]) {
			break
		}
		length += block
	}
	for length < len(data) && data[length] == 0 {
		length++
	}
	return length
}
