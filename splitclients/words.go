package splitclients

import (
	"strings"
	"unicode/utf8"
)

// maxWord is the longest word, in bytes, that fits nginx's buffer for reading
// its configuration.
const maxWord = 4095

// word is one word of an nginx configuration, with quotes and escapes undone.
type word struct {
	Position
	text string
}

// reader reads statements the way nginx reads its configuration. Offsets and
// columns count bytes.
type reader struct {
	text      string
	offset    int
	line      int // of offset, from 1
	lineStart int // offset of the first byte of line
}

// position returns where the next byte is.
func (r *reader) position() Position {
	return Position{r.line, r.offset - r.lineStart + 1}
}

// next consumes one byte.
func (r *reader) next() {
	if r.text[r.offset] == '\n' {
		r.line++
		r.lineStart = r.offset + 1
	}
	r.offset++
}

// done reports whether nothing is left.
func (r *reader) done() bool { return r.offset == len(r.text) }

// quoteNext returns the next character, for a message.
func (r *reader) quoteNext() string {
	_, size := utf8.DecodeRuneInString(r.text[r.offset:])
	return r.text[r.offset : r.offset+size]
}

// skipBlanks consumes white space and comments.
func (r *reader) skipBlanks() {
	for comment := false; !r.done(); r.next() {
		switch b := r.text[r.offset]; {
		case b == '\n':
			comment = false
		case comment, isBlank(b):
		case b == '#':
			comment = true
		default:
			return
		}
	}
}

// statement reads words up to and including the ';', '{' or '}' that ends
// them, and returns that byte and where it was. At the end of the text the
// byte is 0 and there are no words.
func (r *reader) statement() (words []word, end byte, at Position, err error) {
	for {
		r.skipBlanks()
		at = r.position()
		if r.done() {
			if len(words) > 0 {
				return nil, 0, at, at.problem("unexpected end of text after %q, want %q, %q or another word",
					words[len(words)-1].text, ";", "{")
			}
			return nil, 0, at, nil
		}
		switch b := r.text[r.offset]; b {
		case ';', '{', '}':
			if (b == '}') != (len(words) == 0) {
				want := "want a word before it"
				if b == '}' {
					want = `want ";" before it`
				}
				return nil, 0, at, at.problem("unexpected %q, %s", string(b), want)
			}
			r.next()
			return words, b, at, nil
		}
		next, err := r.word()
		if err != nil {
			return nil, 0, at, err
		}
		words = append(words, next)
	}
}

// word reads one word, which starts at the next byte.
func (r *reader) word() (word, error) {
	at := r.position()
	var raw string
	var err error
	if quote := r.text[r.offset]; quote == '"' || quote == '\'' {
		raw, err = r.quotedWord(quote)
	} else {
		raw, err = r.bareWord()
	}
	if err == nil && len(raw) > maxWord {
		err = at.problem("word %q… is %d bytes long, want at most %d", raw[:16], len(raw), maxWord)
	}
	return word{at, unescape(raw)}, err
}

// quotedWord reads a word in quotes and returns what is between them.
func (r *reader) quotedWord(quote byte) (string, error) {
	at := r.position()
	r.next()
	start := r.offset
	for ; !r.done() && r.text[r.offset] != quote; r.next() {
		if r.text[r.offset] == '\\' && r.offset+1 < len(r.text) {
			r.next() // what a backslash precedes ends nothing
		}
	}
	if r.done() {
		return "", at.problem("quote %q is not closed", string(quote))
	}
	raw := r.text[start:r.offset]
	r.next()
	if r.done() || isBlank(r.text[r.offset]) {
		return raw, nil
	}
	switch r.text[r.offset] {
	case ';', '{', ')': // ')' for the sake of nginx's "if", and it is so everywhere
		return raw, nil
	}
	return "", r.position().problem("unexpected %q after closing quote, want a space, %q or %q", r.quoteNext(), ";", "{")
}

// bareWord reads a word without quotes: up to white space, ';' or '{', where
// the brace of "${" is none.
func (r *reader) bareWord() (string, error) {
	start := r.offset
	variable := false // whether the previous byte was a '$'
	for ; !r.done(); r.next() {
		b := r.text[r.offset]
		if b == '{' && variable {
			continue // and variable stays set: nginx takes "${{" for one word
		}
		if isBlank(b) || b == ';' || b == '{' {
			break
		}
		variable = b == '$'
		if b == '\\' && r.offset+1 < len(r.text) {
			r.next()
		}
	}
	return r.text[start:r.offset], nil
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// unescape undoes the escapes nginx knows in words; it keeps the backslash of
// any other.
func unescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		b := raw[i]
		if b == '\\' && i+1 < len(raw) {
			switch raw[i+1] {
			case '"', '\'', '\\':
				i++
				b = raw[i]
			case 't':
				i++
				b = '\t'
			case 'r':
				i++
				b = '\r'
			case 'n':
				i++
				b = '\n'
			}
		}
		text = append(text, b)
	}
	return string(text)
}
