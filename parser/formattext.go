package parser

import (
	"fmt"
	"strings"
)

// piece is a part of a log_format: literal text, or a variable.
type piece struct {
	variable string // name without "$"; empty for literal text
	literal  string
	column   int // in the text given, from 1
}

// splitFormat takes the text of a log_format apart.
func splitFormat(text string) (pieces []piece, err error) {
	for at := 0; at < len(text); {
		if text[at] != '$' {
			end := strings.IndexByte(text[at:], '$')
			if end < 0 {
				end = len(text) - at
			}
			pieces = append(pieces, piece{literal: text[at : at+end], column: at + 1})
			at += end
			continue
		}
		name, size := variableAt(text[at:])
		if name == "" {
			return nil, fmt.Errorf("cannot read log_format at column %d: %q is no variable: want $name or ${name}", at+1, firstRunes(text[at:], 10))
		}
		pieces = append(pieces, piece{variable: name, column: at + 1})
		at += size
	}
	return pieces, nil
}

// variableAt returns the name of the variable at the start of text, and the
// length of its mention; the name is empty where there is none.
func variableAt(text string) (name string, size int) {
	start, braces := 1, strings.HasPrefix(text, "${")
	if braces {
		start = 2
	}
	end := start
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	if !braces {
		return text[start:end], end
	}
	if end == len(text) || text[end] != '}' {
		return "", 0
	}
	return text[start:end], end + 1
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// firstRunes returns at most n runes of text.
func firstRunes(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// unquoteFormat returns the text of a log_format as nginx sees it, from any of
// the ways in which people copy it: the bare text, the quoted pieces of it, or
// the whole directive, whose escape= parameter then holds.
func unquoteFormat(text string, escape Escape) (string, Escape, error) {
	trimmed := strings.TrimSpace(text)
	directive, isDirective := strings.CutPrefix(trimmed, "log_format")
	if isDirective && directive != "" && strings.ContainsRune(" \t\r\n", rune(directive[0])) {
		return unquoteDirective(directive, escape)
	}
	if strings.HasPrefix(trimmed, "'") {
		if words, err := splitWords(strings.TrimSuffix(trimmed, ";")); err == nil && allQuoted(words) {
			return joinWords(words), escape, nil
		}
	}
	return text, escape, nil
}

// unquoteDirective reads the parameters of a log_format directive: a name,
// perhaps escape=, and the pieces of the text.
func unquoteDirective(parameters string, escape Escape) (string, Escape, error) {
	parameters = strings.TrimSuffix(strings.TrimSpace(parameters), ";")
	words, err := splitWords(parameters)
	if err != nil {
		return "", escape, err
	}
	if len(words) < 2 {
		return "", escape, fmt.Errorf("cannot read log_format %q: want a name and a text", parameters)
	}
	words = words[1:]
	if name, ok := strings.CutPrefix(words[0].text, "escape="); ok {
		if escape, err = ParseEscape(name); err != nil {
			return "", escape, fmt.Errorf("cannot read log_format: %w", err)
		}
		words = words[1:]
	}
	return joinWords(words), escape, nil
}

// word is a parameter of a directive.
type word struct {
	text   string
	quoted bool
}

func allQuoted(words []word) bool {
	for _, w := range words {
		if !w.quoted {
			return false
		}
	}
	return len(words) > 0
}

func joinWords(words []word) string {
	var text strings.Builder
	for _, w := range words {
		text.WriteString(w.text)
	}
	return text.String()
}

// splitWords takes parameters apart as nginx does: separated by white space, in
// single or double quotes where they hold any.
func splitWords(text string) (words []word, err error) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return words, nil
		}
		if text[0] == '#' { // a comment, to the end of its line
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		var w word
		if quote := text[0]; quote == '\'' || quote == '"' {
			value, size := quotedAt(text)
			if size == 0 {
				return nil, fmt.Errorf("cannot read log_format: the quote before %q is never closed", firstRunes(text[1:], 20))
			}
			w, text = word{value, true}, text[size:]
		} else {
			end := strings.IndexAny(text, " \t\r\n")
			if end < 0 {
				end = len(text)
			}
			w, text = word{text[:end], false}, text[end:]
		}
		words = append(words, w)
	}
}

// quotedAt returns the value of the quoted string at the start of text, and the
// length of the string with its quotes; 0 where the closing one is missing.
func quotedAt(text string) (value string, size int) {
	var unquoted strings.Builder
	for i := 1; i < len(text); i++ {
		c := text[i]
		if c == text[0] {
			return unquoted.String(), i + 1
		}
		if c == '\\' && i+1 < len(text) {
			if plain, ok := nginxEscape(text[i+1]); ok {
				unquoted.WriteByte(plain)
				i++
				continue
			}
		}
		unquoted.WriteByte(c)
	}
	return "", 0
}

// nginxEscape returns what a backslash and c stand for in nginx.conf; ok is
// false where the backslash stands for itself.
func nginxEscape(c byte) (plain byte, ok bool) {
	switch c {
	case '"', '\'', '\\':
		return c, true
	case 't':
		return '\t', true
	case 'r':
		return '\r', true
	case 'n':
		return '\n', true
	}
	return 0, false
}
