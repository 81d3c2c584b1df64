package nginxconf

import (
	"strings"
	"unicode/utf8"
)

// bufferSize is the size of the buffer through which nginx reads a file. The
// word or comment that it is in has to fit, with the byte that is read next.
const bufferSize = 4096

// Word is one word of a statement, with quotes and escapes undone.
type Word struct {
	Position
	Text   string
	Quoted bool // whether it stood in quotes
}

// lexer reads statements the way nginx does. Offsets and columns count bytes.
type lexer struct {
	file      string
	text      string
	offset    int
	line      int // of offset, from 1
	lineStart int // offset of the first byte of line
	kept      int // offset of the first byte that nginx has to keep in its buffer
}

func newLexer(file, text string) *lexer {
	return &lexer{file: file, text: text, line: 1}
}

// position returns where the next byte is.
func (l *lexer) position() Position {
	return Position{l.file, l.line, l.offset - l.lineStart + 1}
}

// next consumes one byte.
func (l *lexer) next() {
	if l.text[l.offset] == '\n' {
		l.line++
		l.lineStart = l.offset + 1
	}
	l.offset++
}

// done reports whether nothing is left.
func (l *lexer) done() bool { return l.offset == len(l.text) }

// more reports whether nginx can read the next byte: there is one, and what it
// has to keep leaves room in its buffer.
func (l *lexer) more() bool { return !l.done() && l.offset-l.kept < bufferSize }

// noMore says why there is not more of what began at a place.
func (l *lexer) noMore(at Position, what, want string) error {
	start := quoteStart(l.text[l.kept:l.offset])
	if l.done() {
		return at.problem("%s %s is cut off by the end of the file, want %s", what, start, want)
	}
	return at.problem("%s %s is too long, want %s within %d bytes, the size of nginx's buffer", what, start, want, bufferSize)
}

// quoteNext returns the next character, for a message.
func (l *lexer) quoteNext() string {
	_, size := utf8.DecodeRuneInString(l.text[l.offset:])
	return quoteStart(l.text[l.offset : l.offset+size])
}

// skipBlanks consumes white space and comments after a word that began at
// word, or after no word.
func (l *lexer) skipBlanks(word Position) error {
	for l.more() {
		l.kept = l.offset
		switch b := l.text[l.offset]; {
		case isBlank(b):
			l.next()
		case b == '#':
			at := l.position()
			for l.more() && l.text[l.offset] != '\n' {
				l.next()
			}
			if !l.more() && !l.done() {
				return l.noMore(at, "comment", "the end of its line")
			}
		default:
			return nil
		}
	}
	if !l.done() {
		return l.noMore(word, "word", `";", "{" or another word`)
	}
	return nil
}

// statement reads words up to and including the ';', '{' or '}' that ends
// them, and returns that byte and where it was. At the end of the text the
// byte is 0 and there are no words.
func (l *lexer) statement() (words []Word, end byte, at Position, err error) {
	l.kept = l.offset
	var last Position
	for {
		if err := l.skipBlanks(last); err != nil {
			return nil, 0, at, within(err, words)
		}
		at = l.position()
		if l.done() {
			if len(words) > 0 {
				err := words[0].problem("unexpected end of file after %s, want %q, %q or another word",
					quoteStart(words[len(words)-1].Text), ";", "{")
				return nil, 0, at, within(err, words)
			}
			return nil, 0, at, nil
		}
		switch b := l.text[l.offset]; b {
		case ';', '{', '}':
			if err := checkEnd(words, b, at); err != nil {
				return nil, 0, at, within(err, words)
			}
			l.next()
			return words, b, at, nil
		}
		word, err := l.word()
		if err != nil {
			return nil, 0, at, within(err, words)
		}
		words = append(words, word)
		last = word.Position
	}
}

// within adds to an error the words of the statement that it is in.
func within(err error, words []Word) error {
	if located, ok := err.(*Error); ok && len(words) > 0 {
		located.Statement = (&Directive{Name: words[0], Arguments: words[1:]}).statement()
	}
	return err
}

// checkEnd says whether words may end with the byte end.
func checkEnd(words []Word, end byte, at Position) error {
	if end != '}' && len(words) == 0 {
		return at.problem("unexpected %q, want the name of a directive before it", string(end))
	}
	if end == '}' && len(words) > 0 {
		return at.problem("unexpected %q after %s, want %q before it", string(end), quoteStart(words[len(words)-1].Text), ";")
	}
	return nil
}

// word reads one word, which starts at the next byte, and the one blank after
// it, if there is one.
func (l *lexer) word() (Word, error) {
	at := l.position()
	var raw string
	var err error
	quote := l.text[l.offset]
	quoted := quote == '"' || quote == '\''
	if quoted {
		raw, err = l.quotedWord(quote)
	} else {
		raw, err = l.bareWord()
	}
	if err != nil {
		return Word{}, err
	}
	if !l.done() && isBlank(l.text[l.offset]) {
		l.next()
	}
	return Word{at, unescape(raw), quoted}, nil
}

// quotedWord reads a word in quotes and returns what is between them.
func (l *lexer) quotedWord(quote byte) (string, error) {
	at := l.position()
	l.next()
	l.kept = l.offset
	for l.more() && l.text[l.offset] != quote {
		l.nextEscaped()
	}
	if !l.more() {
		return "", l.noMore(at, "word", "its closing quote "+string(quote))
	}
	raw := l.text[l.kept:l.offset]
	l.next()
	if !l.more() {
		return "", l.noMore(at, "word in quotes", `";", "{" or another word`)
	}
	switch b := l.text[l.offset]; {
	case isBlank(b), b == ';', b == '{', b == ')': // ')' for the sake of nginx's "if", and it is so everywhere
		return raw, nil
	}
	return "", l.position().problem("unexpected %s after the closing quote of %s, want a space, %q or %q",
		l.quoteNext(), quoteStart(raw), ";", "{")
}

// bareWord reads a word without quotes: up to white space, ';' or '{', where
// the brace of "${" is none.
func (l *lexer) bareWord() (string, error) {
	at := l.position()
	l.kept = l.offset
	variable := false // whether the previous byte was a '$'
	for l.more() {
		b := l.text[l.offset]
		if b == '{' && variable {
			l.next()
			continue // and variable stays set: nginx takes "${{" for one word
		}
		if isBlank(b) || b == ';' || b == '{' {
			return l.text[l.kept:l.offset], nil
		}
		variable = b == '$'
		l.nextEscaped()
	}
	return "", l.noMore(at, "word", `";", "{" or another word`)
}

// nextEscaped consumes one byte, or two if the first is a backslash: what it
// precedes ends nothing.
func (l *lexer) nextEscaped() {
	escape := l.text[l.offset] == '\\'
	l.next()
	if escape && l.more() {
		l.next()
	}
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
			if plain := escaped(raw[i+1]); plain != 0 {
				i++
				b = plain
			}
		}
		text = append(text, b)
	}
	return string(text)
}

// escaped returns what a backslash and b stand for, or 0 if for themselves.
func escaped(b byte) byte {
	switch b {
	case '"', '\'', '\\':
		return b
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'n':
		return '\n'
	}
	return 0
}
