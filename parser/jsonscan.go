package parser

import (
	"bytes"
	"slices"
)

// layout is the sequence of keys on the last line that scan read. nginx writes
// the same ones in the same order with the same bytes between the values, so
// that one comparison finds a key, checks its punctuation and tells its place.
type layout struct {
	keys    []layoutKey
	next    []layoutKey // space for the next one
	learned int         // how often one was learned
}

// layoutKey is a key with the punctuation around it.
type layoutKey struct {
	text   keyText // such as `{"status":` or `,"request":"`
	string bool    // text ends with the quote that opens a string
	target uint8   // index of its value; 0, a place nobody reads, where it is not needed
	more   []uint8 // further indices

	key         *jsonKey // nil where it is not wanted
	start, size int      // of text, in the line that it was learned from
}

// maxLearned bounds how often a layout is learned, which allocates: some lines
// never look like the last.
const maxLearned = 1 << 12

// scan sets values from a flat JSON object without white space between its
// tokens: strings, plain numbers and nothing else. It reports false for
// everything else, valid or not; values then hold whatever it came across.
func (r *jsonReader) scan(line []byte) bool {
	r.markStrings(line)
	if r.stale {
		r.reset()
		r.stale = false
	}
	// What the layout has, follow sets; what it does not have is nil.
	if r.follow(line) {
		return true
	}
	r.reset()
	r.stale = true
	return r.learn(line)
}

// markStrings marks the quotes that open and close strings.
func (r *jsonReader) markStrings(line []byte) {
	r.index(line, '"', '\\')
	for i := r.second.next(0); i >= 0; i = r.second.next(i + 2) {
		r.first[(i+1)>>6] &^= 1 << ((i + 1) & 63) // escaped, whatever it is
		if i+2 > len(line) {
			return
		}
	}
}

// follow reads a line that has the layout of the last one.
func (r *jsonReader) follow(line []byte) bool {
	quotes := r.first
	position := 0
	for i := range r.layout.keys {
		k := &r.layout.keys[i]
		start := position + len(k.text.text)
		if start >= len(line) || !k.text.begins(line[position:]) {
			return false
		}
		end := 0
		if k.string {
			end = quotes.next(start)
			position = end + 1
		} else {
			end = numberEnd(line, start)
			position = end
		}
		if end < start {
			return false
		}
		r.set(k.target, start, end)
		for _, target := range k.more {
			r.set(target, start, end)
		}
	}
	return position > 0 && position+1 == len(line) && line[position] == '}'
}

// learn reads a line of any layout and expects the next one to have the same.
func (r *jsonReader) learn(line []byte) bool {
	keys := r.layout.next[:0]
	for position := 0; ; {
		k, start := r.keyOf(line, position)
		if start == 0 || k.key != nil && k.key.nested != nil {
			return false
		}
		end := 0
		if k.string {
			if end = r.first.next(start); end < 0 {
				return false
			}
			position = end + 1
		} else if end = numberEnd(line, start); end == 0 {
			return false
		} else {
			position = end
		}
		if k.key != nil {
			r.put(k.key.places, start, end)
		}
		keys = append(keys, k)
		r.layout.next = keys
		if position == len(line) {
			return false
		}
		if line[position] == '}' {
			if position+1 < len(line) {
				return false
			}
			r.adopt(line)
			return true
		}
	}
}

// keyOf reads the punctuation and the key at position, whatever it is; start,
// where its value starts, is 0 where no key is there.
func (r *jsonReader) keyOf(line []byte, position int) (k layoutKey, start int) {
	opening := byte(',')
	if position == 0 {
		opening = '{'
	}
	if position+2 > len(line) || line[position] != opening || line[position+1] != '"' {
		return k, 0
	}
	end := r.first.next(position + 2)
	if end < 0 || end+2 >= len(line) || line[end+1] != ':' {
		return k, 0
	}
	name := line[position+2 : end]
	if bytes.IndexByte(name, '\\') >= 0 {
		return k, 0
	}
	start = end + 2
	if line[start] == '"' {
		k.string = true
		start++
	}
	if index, wanted := r.keys.byName[string(name)]; wanted {
		k.key = &r.keys.keys[index]
	}
	k.start, k.size = position, start-position
	return k, start
}

// adopt makes the keys just read from line the layout, unless learning is given
// up.
func (r *jsonReader) adopt(line []byte) {
	if r.layout.learned >= maxLearned {
		return
	}
	r.layout.learned++
	keys := r.layout.next
	for i := range keys {
		k := &keys[i]
		k.text = newKeyText(string(line[k.start : k.start+k.size]))
		k.own(r.ranks[:], keys[i+1:])
	}
	r.layout.keys, r.layout.next = keys, r.layout.keys
	r.stale = false
}

// own settles which targets the value of the key goes to: those for which no
// better key, and no equal one after it, is on the line.
func (k *layoutKey) own(ranks []uint8, after []layoutKey) {
	if k.key == nil {
		return
	}
	for _, p := range k.key.places {
		if p.rank+1 != ranks[p.target%maxFields] || slices.ContainsFunc(after, func(l layoutKey) bool {
			return l.key != nil && slices.Contains(l.key.places, p)
		}) {
			continue
		}
		if k.target == 0 {
			k.target = p.target
		} else {
			k.more = append(k.more, p.target)
		}
	}
}
