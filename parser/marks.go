package parser

import (
	"encoding/binary"
	"math/bits"
)

// bitmap says at which places of a line some byte stands, one bit a byte: bit
// i%64 of word i/64 is byte i of the line. Where a value ends is mostly where
// the next quote or space stands; a bitmap answers that without a loop whose
// length is different for every value, which is what a processor mispredicts.
type bitmap []uint64

// next returns the first place at or after i that is set, or -1. i is at most
// the length of the line.
func (b bitmap) next(i int) int {
	b = b[i>>6:]
	if ahead := b[0]>>(i&63) | b[1]<<1<<(^i&63); ahead != 0 { // 64 places from i on
		return i + bits.TrailingZeros64(ahead)
	}
	return b.nextFar(i)
}

// nextFar is next where the 64 places from i on are not set. b begins with the
// word of i. It stays out of line so that next does not.
//
//go:noinline
func (b bitmap) nextFar(i int) int {
	for far := 1; far < len(b); far++ {
		if b[far] != 0 {
			return (i>>6+far)<<6 + bits.TrailingZeros64(b[far])
		}
	}
	return -1
}

// marks are the bitmaps of two bytes in a line.
type marks struct {
	first, second bitmap

	space [2][]uint64 // what the bitmaps are made of, kept for the next line
	last  [64]byte    // for a line shorter than that
}

// index marks where the two bytes stand in a line.
func (m *marks) index(line []byte, first, second byte) {
	whole, rest := len(line)/64, len(line)%64
	size := whole + 2 // one for the rest and one for next to look ahead
	if len(m.space[0]) < size {
		m.space = [2][]uint64{make([]uint64, 2*size), make([]uint64, 2*size)}
	}
	a, b := m.space[0][:size], m.space[1][:size]
	if whole > 0 {
		markBlocks(a, b, line, whole, first, second)
	}
	switch {
	case rest == 0:
		a[whole], b[whole] = 0, 0
	case whole > 0: // the last 64 bytes, less what is marked already
		markBlocks(a[whole:], b[whole:], line[len(line)-64:], 1, first, second)
		a[whole] >>= 64 - rest
		b[whole] >>= 64 - rest
	default:
		clear(m.last[copy(m.last[:], line):])
		markBlocks(a, b, m.last[:], 1, first, second)
	}
	a[whole+1], b[whole+1] = 0, 0
	m.first, m.second = a, b
}

// markBlocksGeneric marks blocks of 64 bytes, eight bytes at a time.
func markBlocksGeneric(a, b []uint64, data []byte, blocks int, first, second byte) {
	for block := range blocks {
		eights := data[64*block : 64*block+64]
		a[block] = markBlock(eights, uint64(first)*everyByte)
		b[block] = markBlock(eights, uint64(second)*everyByte)
	}
}

func markBlock(block []byte, pattern uint64) (marked uint64) {
	for i := 0; i < len(block); i += 8 {
		// The top bit of every byte that equals the pattern's; then those
		// eight bits side by side.
		found := zeroBytes(binary.LittleEndian.Uint64(block[i:]) ^ pattern)
		marked |= found >> 7 * 0x0102040810204080 >> 56 << i
	}
	return marked
}

// zeroBytes returns the top bit of every byte of eight that is zero.
func zeroBytes(eight uint64) uint64 {
	const low = 0x7F * everyByte
	return ^(eight&low + low | eight | low)
}
