package parser

import (
	"encoding/binary"
	"math/bits"
)

// Bit patterns for looking at eight bytes at once.
const (
	everyByte   = 0x0101010101010101
	topBits     = 0x80 * everyByte
	quotes      = '"' * everyByte
	backslashes = '\\' * everyByte
)

// stringEnd returns the place of the quote that closes a string whose first
// byte is at i, or -1.
func stringEnd(line []byte, i int) int {
	for i+8 <= len(line) {
		eight := binary.LittleEndian.Uint64(line[i:])
		q, b := eight^quotes, eight^backslashes
		// The lowest bit set is that of the first zero byte of q or b
		// (Mycroft's test); higher ones may be false.
		found := ((q-everyByte)&^q | (b-everyByte)&^b) & topBits
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if line[i] == '"' {
			return i
		}
		i += 2 // whatever the backslash escapes
	}
	for ; i < len(line); i++ {
		switch line[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// numberEnd returns where the number at i ends; 0 where it is none or has an
// exponent.
func numberEnd(line []byte, i int) int {
	if i < len(line) && line[i] == '-' {
		i++
	}
	whole := i
	for i < len(line) && line[i]-'0' <= 9 {
		i++
	}
	if i == whole || line[whole] == '0' && i > whole+1 {
		return 0
	}
	if i < len(line) && line[i] == '.' {
		fraction := i + 1
		for i = fraction; i < len(line) && line[i]-'0' <= 9; i++ {
		}
		if i == fraction {
			return 0
		}
	}
	if i < len(line) && line[i] != ',' && line[i] != '}' {
		return 0
	}
	return i
}

// bracketEnd returns where the object or array at start ends, or -1.
func bracketEnd(line []byte, start int) int {
	depth := 0
	for i := start; i < len(line); i++ {
		switch line[i] {
		case '"':
			if i = stringEnd(line, i+1); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func skipSpace(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r' || line[i] == '\n') {
		i++
	}
	return i
}
