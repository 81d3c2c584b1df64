package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Markdown as pull requests show it. Whatever did not come from this package goes
// through markdownCode or markdownText, which leave nothing that Markdown or HTML
// acts on: all but letters, digits and a few signs are character references, which
// no renderer takes for markup.

// plainSigns are the signs that mean nothing where this package puts them: not at
// the start of a line, and never two of a kind.
const plainSigns = " ,;()%'/-"

// markdownCode returns text of others as code, in which hosts do not look for names
// of users and issues either.
func markdownCode(text string) string {
	if text == "" {
		text = `""`
	}
	return "<code>" + references(visible(text, true), plainSigns+".") + "</code>"
}

// markdownText returns a sentence of ours, with its quoted parts as code.
func markdownText(sentence string) string {
	var b strings.Builder
	for rest := sentence; rest != ""; {
		start := strings.IndexByte(rest, '"')
		end := quotedEnd(rest, start)
		if end < 0 {
			b.WriteString(references(visible(rest, true), plainSigns+".:"))
			break
		}
		b.WriteString(references(visible(rest[:start], true), plainSigns+".:"))
		b.WriteString(markdownCode(unquoted(rest[start+1 : end-1])))
		rest = rest[end:]
	}
	return b.String()
}

// quotedEnd returns where the quoted part that begins at start ends, or -1.
func quotedEnd(text string, start int) int {
	if start < 0 {
		return -1
	}
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// unquoted undoes what quoted does to quotes and backslashes; other escapes stay,
// as they are there to be seen.
func unquoted(text string) string { return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text) }

// references writes all ASCII signs but the given ones as character references, and
// those too where they could be taken for more than a sign: doubled, or in a link.
// An underscore between letters is none to Markdown.
func references(text, signs string) string {
	var b strings.Builder
	runes := []rune(text)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	for i, r := range runes {
		before := at(i - 1)
		sign := strings.ContainsRune(signs, r) && (r == ' ' || r != before)
		link := r == '.' && (before == 'w' || before == 'W') || r == '/' && before == ':'
		within := r == '_' && isWord(before) && isWord(at(i+1))
		if r >= utf8.RuneSelf || isWord(r) || sign && !link || within {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// isWord reports whether a rune is an ASCII letter or digit.
func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// markdownTable returns a table whose cells are Markdown already; the columns after
// the first names are aligned to the right.
func markdownTable(names int, rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			for column := range row {
				b.WriteString("|" + map[bool]string{true: " :-- ", false: " --: "}[column < names])
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}
