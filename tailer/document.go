package tailer

import "bytes"

const (
	byteOrderMark = "\xef\xbb\xbf"
	jsonSpace     = " \t\r\n"
)

// looksLikeDocument tells from the start of a source's content whether it is
// one JSON document, so anything JSON but an object a line. It is undecided
// while that depends on what follows; ended says that nothing does.
//
// Objects are judged by their brackets and not by their syntax, because lines
// whose JSON was written by hand in a log_format, as {"time":,"status":200},
// are lines nevertheless.
func looksLikeDocument(start []byte, ended bool) (document, decided bool) {
	text := start[nulRun(start):] // the hole that copytruncate leaves
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	text = bytes.TrimLeft(text, jsonSpace)
	switch {
	case len(text) == 0:
		return false, ended
	case text[0] == '[':
		return looksLikeArray(text[1:], ended)
	case text[0] == '{':
		return looksLikeObjects(text, ended)
	}
	return false, true
}

// looksLikeArray judges what follows a "[". Text formats begin with one too:
// "[25/Nov/2026:10:00:00 +0000] …", "[1764064800.123] …", "[] …".
func looksLikeArray(inner []byte, ended bool) (document, decided bool) {
	inner = bytes.TrimLeft(inner, jsonSpace)
	if len(inner) == 0 {
		return true, ended
	}
	switch rest := bytes.TrimLeft(inner[1:], jsonSpace); inner[0] {
	case '{':
		return beginsOneOf(rest, `"}`, ended)
	case ']':
		return beginsOneOf(rest, "[{,", ended)
	}
	return false, true
}

// beginsOneOf reports a document if rest begins with one of first, or is empty.
func beginsOneOf(rest []byte, first string, ended bool) (document, decided bool) {
	if len(rest) == 0 {
		return true, ended
	}
	return bytes.IndexByte([]byte(first), rest[0]) >= 0, true
}

// looksLikeObjects judges content that begins with a "{".
func looksLikeObjects(text []byte, ended bool) (document, decided bool) {
	if plausible, decided := beginsOneOf(bytes.TrimLeft(text[1:], jsonSpace), `"}`, ended); !plausible || !decided {
		return plausible, decided
	}
	line, after, terminated := bytes.Cut(text, []byte{'\n'})
	if !terminated && !ended {
		return true, false
	}
	var scanner valueScanner
	end, whole := scanner.find(line)
	if !whole {
		return !cutOff(line, after, &scanner) || !terminated, true
	}
	if behind := bytes.TrimLeft(line[end:], jsonSpace); len(behind) > 0 {
		return bytes.IndexByte([]byte("{[,"), behind[0]) >= 0, true
	}
	// An object on a line of its own is a record if there are others like it.
	// Alone it may be the wrapping of an array of records.
	if len(bytes.TrimLeft(after, jsonSpace)) > 0 {
		return false, true
	}
	var splitter valueReader
	_, wraps, _ := splitter.object(line[:end])
	return wraps, ended || !wraps
}

// cutOff tells a first line of a log that was cut off from the beginning of a
// document that goes on: a line end inside a string is no JSON, whatever
// follows, and neither is an object right behind a member of an object.
func cutOff(line, after []byte, scanner *valueScanner) bool {
	if scanner.inString {
		return true
	}
	line, after = bytes.TrimRight(line, jsonSpace), bytes.TrimLeft(after, jsonSpace)
	if scanner.depth != 1 || len(after) == 0 || after[0] != '{' {
		return false
	}
	return line[len(line)-1] != ':'
}
