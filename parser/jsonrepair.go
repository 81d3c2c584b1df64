package parser

import "bytes"

// What hand-made formats write and JSON does not allow: nothing at all for a
// value ("urt":,), "-" or a list without quotes ("us":503 : 502, 200), and
// numbers with leading zeros (009). Such a value ends at the comma before the
// next key, or at the brace that ends the line.

// repair sets values from a line that is an object but for such values;
// repaired tells that it has any.
func (r *jsonReader) repair(line []byte) (ok, repaired bool) {
	r.reset()
	position := 1
	for {
		position = skipSpace(line, position)
		name, next := keyAt(line, position)
		if next == 0 {
			return false, repaired
		}
		start := skipSpace(line, next)
		end, bare := repairedEnd(line, start)
		if end < 0 {
			return false, repaired
		}
		repaired = repaired || bare
		r.putRepaired(name, start, start+len(bytes.TrimRight(line[start:end], " \t\r\n")))
		position = skipSpace(line, end)
		if position == len(line) {
			return false, repaired
		}
		switch line[position] {
		case ',':
			position++
		case '}':
			return skipSpace(line, position+1) == len(line), repaired
		default:
			return false, repaired
		}
	}
}

// putRepaired keeps a value, empty or not, under the key of that name.
func (r *jsonReader) putRepaired(name []byte, start, end int) {
	index, wanted := r.keys.byName[string(name)]
	if !wanted {
		return
	}
	key := &r.keys.keys[index]
	if end > start {
		r.putRaw(key.places, key.nested, start, end)
		return
	}
	r.put(key.places, start, end)
}

// keyAt returns the key at position and where what follows its colon starts;
// next is 0 where none is.
func keyAt(line []byte, position int) (name []byte, next int) {
	if position >= len(line) || line[position] != '"' {
		return nil, 0
	}
	end := stringEnd(line, position+1)
	if end < 0 {
		return nil, 0
	}
	colon := skipSpace(line, end+1)
	if colon >= len(line) || line[colon] != ':' {
		return nil, 0
	}
	return line[position+1 : end], colon + 1
}

// repairedEnd returns where the value at start ends, or -1; bare tells that it
// is no JSON value.
func repairedEnd(line []byte, start int) (end int, bare bool) {
	if start == len(line) {
		return -1, false
	}
	switch line[start] {
	case '"':
		if end = stringEnd(line, start+1); end < 0 {
			return -1, false
		}
		return end + 1, false
	case '{', '[':
		if end = bracketEnd(line, start); end < 0 || end == len(line) || endsValue(line, end) {
			return end, false
		} // else perhaps an IPv6 address: [::1]:80
	}
	return bareEnd(line, start)
}

// endsValue reports whether a value can end before i.
func endsValue(line []byte, i int) bool {
	i = skipSpace(line, i)
	return i < len(line) && (line[i] == ',' || line[i] == '}' || line[i] == ']')
}

// bareEnd is repairedEnd of a value that has neither quotes nor braces.
func bareEnd(line []byte, start int) (end int, bare bool) {
	for end = start; end < len(line); end++ {
		switch line[end] {
		case ',':
			if _, next := keyAt(line, skipSpace(line, end+1)); next != 0 {
				return end, !isScalar(line[start:end])
			}
		case '}':
			if skipSpace(line, end+1) == len(line) {
				return end, !isScalar(line[start:end])
			}
		case '"', '{':
			return -1, true
		}
	}
	return -1, true
}

// isScalar reports whether text is a number, true, false or null of JSON.
func isScalar(text []byte) bool {
	text = bytes.TrimRight(text, " \t\r\n")
	switch string(text) {
	case "true", "false", "null":
		return true
	}
	if end := bytes.IndexAny(text, "eE"); end > 0 {
		digits := bytes.TrimLeft(text[end+1:], "+-")
		if len(text)-end-1-len(digits) > 1 || len(digits) == 0 || len(bytes.Trim(digits, "0123456789")) > 0 {
			return false
		}
		text = text[:end]
	}
	return numberEnd(text, 0) == len(text) && len(text) > 0
}
