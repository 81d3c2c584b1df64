package parser

import (
	"encoding/binary"
	"math/bits"
)

// layout is the sequence of keys on the last line. nginx writes the same ones
// in the same order, with the same bytes between the values, so that one
// comparison finds a key, checks its punctuation and tells its place.
type layout struct {
	keys    []layoutKey
	learned int // how often a key was put into keys
}

// layoutKey is a key with the punctuation around it.
type layoutKey struct {
	text string   // `{"status":` or `,"status":`
	key  *jsonKey // nil where the key is not wanted
}

// maxLearned bounds what learning costs on lines that never look like the last.
const maxLearned = 1 << 16

// maxLayoutKeys bounds the keys of a line that scan reads.
const maxLayoutKeys = 256

// scan sets values from a flat JSON object without white space between its
// tokens: strings, plain numbers and nothing else. It reports false for
// everything else, valid or not; values then hold what it came across.
func (r *jsonReader) scan(line []byte) bool {
	position := 0
	for i := 0; i < maxLayoutKeys; i++ {
		key, start := r.layout.expect(i, line, position)
		if start == 0 {
			if key, start = r.learn(i, line, position); start == 0 {
				return false
			}
		}
		end, next := scanValue(line, start)
		if next == 0 {
			return false
		}
		if key != nil {
			if key.nested != nil {
				return false
			}
			if line[start] == '"' {
				start++
			}
			r.values[key.target] = line[start:end]
			if key.more != nil {
				r.set(key, line[start:end])
			}
		}
		if next == len(line) {
			return false
		}
		if line[next] == '}' {
			return next+1 == len(line)
		}
		position = next
	}
	return false
}

// expect returns the key at position and where its value starts, if it is the
// one that the last line had there; start is 0 otherwise.
func (l *layout) expect(i int, line []byte, position int) (key *jsonKey, start int) {
	if i >= len(l.keys) {
		return nil, 0
	}
	k := &l.keys[i]
	start = position + len(k.text)
	if start >= len(line) || string(line[position:start]) != k.text {
		return nil, 0
	}
	return k.key, start
}

// learn reads the key at position, whatever it is, and expects it there from
// now on; start is 0 where none is.
func (r *jsonReader) learn(i int, line []byte, position int) (key *jsonKey, start int) {
	opening := byte(',')
	if i == 0 {
		opening = '{'
	}
	if len(line) < position+2 || line[position] != opening || line[position+1] != '"' {
		return nil, 0
	}
	name := line[position+2:]
	end := 0
	for end < len(name) && name[end] != '"' {
		if name[end] == '\\' {
			return nil, 0
		}
		end++
	}
	if end+2 >= len(name) || name[end+1] != ':' {
		return nil, 0
	}
	start = position + 2 + end + 2
	if index, wanted := r.keys.byName[string(name[:end])]; wanted {
		key = &r.keys.keys[index]
	}
	if l := &r.layout; l.learned < maxLearned {
		l.learned++
		l.keys = append(l.keys[:min(i, len(l.keys))], layoutKey{string(line[position:start]), key})
	}
	return key, start
}

// scanValue returns where the string or number at start ends, without its
// closing quote, and where what follows it starts; next is 0 where it is
// neither.
func scanValue(line []byte, start int) (end, next int) {
	if line[start] == '"' {
		if end = stringEnd(line, start+1); end < 0 {
			return 0, 0
		}
		return end, end + 1
	}
	end = numberEnd(line, start)
	return end, end
}

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
