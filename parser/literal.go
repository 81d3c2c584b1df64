package parser

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// literal is the text between two values of a line, made ready to be compared
// and looked for eight bytes at a time: most are too short for what a call into
// a vectorised routine costs.
type literal struct {
	text  string
	head  uint64 // the first bytes of text, at most 8
	mask  uint64 // which bytes of head are of text
	tail  uint64 // the last 8 bytes of a longer text
	room  int    // bytes of the line that at needs; more than there are for any other text
	first uint64 // the first byte of text, in every byte
	start literalStart
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
	l := literal{text: text, room: math.MaxInt}
	for i := range min(8, len(text)) {
		l.head |= uint64(text[i]) << (8 * i)
		l.mask |= 0xFF << (8 * i)
	}
	if len(text) <= 8 && text != "" {
		l.room = 8
	}
	if len(text) > 8 {
		l.tail = binary.LittleEndian.Uint64([]byte(text[len(text)-8:]))
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

// at reports whether rest begins with the literal.
func (l *literal) at(rest []byte) bool {
	if len(rest) < l.room {
		return l.atSlow(rest)
	}
	return binary.LittleEndian.Uint64(rest)&l.mask == l.head
}

// atSlow is at for a long literal and near the end of the line. It stays out of
// line so that at does not.
//
//go:noinline
func (l *literal) atSlow(rest []byte) bool {
	if len(rest) < len(l.text) || len(l.text) <= 8 {
		return len(rest) >= len(l.text) && string(rest[:len(l.text)]) == l.text
	}
	// The first eight bytes, the last eight, and what is left between them.
	rest = rest[:len(l.text)]
	return binary.LittleEndian.Uint64(rest) == l.head &&
		binary.LittleEndian.Uint64(rest[len(rest)-8:]) == l.tail &&
		(len(rest) <= 16 || string(rest[8:len(rest)-8]) == l.text[8:len(rest)-8])
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
		if end, decided := l.decide(line, from); decided {
			return end
		}
		from++
	}
	return l.findFar(line, from)
}

// decide settles whether the literal stands at a place where its first byte
// does: end is the place, or -1 where it stands nowhere from there on.
func (l *literal) decide(line []byte, at int) (end int, decided bool) {
	if l.start == quoteStart {
		if escaped(line, at) {
			return 0, false
		}
		decided = true // whatever follows: the value ends here
	}
	if l.at(line[at:]) {
		return at, true
	}
	return -1, decided
}

func (l *literal) findFar(line []byte, from int) int {
	for {
		i := bytes.IndexByte(line[from:], l.text[0])
		if i < 0 {
			return -1
		}
		from += i
		if end, decided := l.decide(line, from); decided {
			return end
		}
		from++
	}
}

// escaped reports whether the byte at i is escaped by a backslash: escape=json
// and other servers than nginx do so with quotes.
func escaped(line []byte, i int) bool {
	backslashes := 0
	for i--; i >= 0 && line[i] == '\\'; i-- {
		backslashes++
	}
	return backslashes%2 == 1
}
