//go:build !amd64

package parser

// markBlocks marks blocks of 64 bytes.
func markBlocks(a, b []uint64, data []byte, blocks int, first, second byte) {
	markBlocksGeneric(a, b, data, blocks, first, second)
}
