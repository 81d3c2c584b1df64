package parser

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// literal is the text between two values of a line, made ready to be looked
// for eight bytes at a time. Most values are shorter than what a call into a
// vectorised search costs.
type literal struct {
	text  string
	first uint64 // the first byte of text, in every byte
	word  uint64 // the first bytes of text, at most 8
	mask  uint64 // which bytes of word are of text

	// quote tells that the literal begins with the quote that ends a quoted
	// value, and that the value has none of its own: nginx escapes them.
	quote bool
}

func newLiteral(text string, escape Escape) literal {
	l := literal{text: text, quote: escape != EscapeNone && text != "" && text[0] == '"'}
	if text == "" {
		return l
	}
	l.first = uint64(text[0]) * everyByte
	for i := range min(8, len(text)) {
		l.word |= uint64(text[i]) << (8 * i)
		l.mask |= 0xFF << (8 * i)
	}
	return l
}

// at reports whether the literal stands at position, and is not empty.
func (l *literal) at(line []byte, position int) bool {
	if uint(position+8) <= uint(len(line)) && len(l.text) <= 8 {
		return binary.LittleEndian.Uint64(line[position:])&l.mask == l.word && l.mask != 0
	}
	return l.atSlow(line, position)
}

func (l *literal) atSlow(line []byte, position int) bool {
	end := position + len(l.text)
	return end <= len(line) && string(line[position:end]) == l.text && l.text != ""
}

// nearby is how far eight bytes at a time are tried before the vectorised
// search.
const nearby = 32

// find returns the first place at or after from where the literal stands, or
// -1. An empty one stands at the end of the line.
func (l *literal) find(line []byte, from int) int {
	if l.text == "" {
		return len(line)
	}
	for limit := min(from+nearby, len(line)-15); from < limit; {
		eight := binary.LittleEndian.Uint64(line[from:]) ^ l.first
		found := (eight - everyByte) &^ eight & topBits // see stringEnd
		if found == 0 {
			from += 8
			continue
		}
		from += bits.TrailingZeros64(found) / 8
		if binary.LittleEndian.Uint64(line[from:])&l.mask == l.word && (len(l.text) <= 8 || l.atSlow(line, from)) {
			return from
		}
		if l.quote && !escaped(line, from) {
			return -1
		}
		from++
	}
	return l.findFar(line, from)
}

func (l *literal) findFar(line []byte, from int) int {
	for {
		i := bytes.IndexByte(line[from:], l.text[0])
		if i < 0 {
			return -1
		}
		from += i
		if l.at(line, from) {
			return from
		}
		if l.quote && !escaped(line, from) {
			return -1
		}
		from++
	}
}

// escaped reports whether the byte at i follows a backslash: other servers than
// nginx escape quotes so.
func escaped(line []byte, i int) bool { return i > 0 && line[i-1] == '\\' }
