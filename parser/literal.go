package parser

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// literal is the text between two values of a line, made ready to be compared
// and looked for eight bytes at a time: most are too short for what a call into
// a vectorised routine costs.
type literal struct {
	text  string
	parts [3]eightByte // the first 24 bytes of text
	long  bool         // text has more
	first uint64       // the first byte of text, in every byte
	start literalStart
}

// eightByte is at most eight bytes to compare with.
type eightByte struct{ bytes, mask uint64 }

func newEightByte(text string) (e eightByte) {
	for i := range min(8, len(text)) {
		e.bytes |= uint64(text[i]) << (8 * i)
		e.mask |= 0xFF << (8 * i)
	}
	return e
}

// literalStart is what a literal starts with, as far as that is a shorter way
// to it.
type literalStart uint8

const (
	otherStart literalStart = iota
	spaceStart              // a space
	quoteStart              // the quote that ends a value which has none of its own: nginx escapes them
)

func newLiteral(text string, escape Escape) literal {
	l := literal{text: text, long: len(text) > literalWindow}
	for i := range l.parts {
		l.parts[i] = newEightByte(text[min(8*i, len(text)):])
	}
	switch {
	case text == "":
		return l
	case text[0] == ' ':
		l.start = spaceStart
	case text[0] == '"' && escape != EscapeNone:
		l.start = quoteStart
	}
	l.first = uint64(text[0]) * everyByte
	return l
}

// literalWindow is how many bytes of a line at looks at.
const literalWindow = 24

// at reports whether the literal stands at position.
func (l *literal) at(line []byte, position int) bool {
	if position+literalWindow > len(line) || l.long {
		return l.atSlow(line, position)
	}
	window := (*[literalWindow]byte)(line[position:])
	return (binary.LittleEndian.Uint64(window[0:])^l.parts[0].bytes)&l.parts[0].mask|
		(binary.LittleEndian.Uint64(window[8:])^l.parts[1].bytes)&l.parts[1].mask|
		(binary.LittleEndian.Uint64(window[16:])^l.parts[2].bytes)&l.parts[2].mask == 0
}

//go:noinline
func (l *literal) atSlow(line []byte, position int) bool {
	end := position + len(l.text)
	return end <= len(line) && string(line[position:end]) == l.text
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
		if l.at(line, from) {
			return from
		}
		if l.start == quoteStart && !escaped(line, from) {
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
		if l.start == quoteStart && !escaped(line, from) {
			return -1
		}
		from++
	}
}

// escaped reports whether the byte at i follows a backslash: other servers than
// nginx escape quotes so.
func escaped(line []byte, i int) bool { return i > 0 && line[i-1] == '\\' }
