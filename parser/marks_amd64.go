package parser

import "golang.org/x/sys/cpu"

// markBlocks marks blocks of 64 bytes.
func markBlocks(a, b []uint64, data []byte, blocks int, first, second byte) {
	if !cpu.X86.HasAVX2 {
		markBlocksGeneric(a, b, data, blocks, first, second)
		return
	}
	_, _, _ = a[blocks-1], b[blocks-1], data[64*blocks-1]
	markBlocksAVX2(&a[0], &b[0], &data[0], blocks, first, second)
}

// markBlocksAVX2 is markBlocksGeneric for at least one block, in AVX2.
//
//go:noescape
func markBlocksAVX2(a, b *uint64, data *byte, blocks int, first, second byte)
