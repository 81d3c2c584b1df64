package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks in a row are shown as such. Written
// languages need two or three; towers of them spill over other lines.
const maxMarks = 3

// visible returns text as it may be shown on a terminal and in a
// spreadsheet: what could control them, reorder what is around it or not be
// seen at all is written as an escape, \x1b for bytes and \u202e or
// \U000e0001 for runes. Without unicode, so is all that is not ASCII.
//
// Every text that did not come from this package has to pass through here.
// Backslashes are left alone, so the result is for eyes, not for decoding;
// what is visible already is not changed.
func visible(text string, unicodeToo bool) string {
	marks := maxMarks // a mark needs something before it to sit on
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			writeByteEscape(&b, text[i])
			marks = maxMarks
		case hidden(r), r >= utf8.RuneSelf && !unicodeToo:
			writeRuneEscape(&b, r)
			marks = maxMarks
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				writeRuneEscape(&b, r)
			} else {
				b.WriteRune(r)
			}
		default:
			b.WriteRune(r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// quoted returns text in double quotes, visible, its own double quotes and
// backslashes escaped, so that it is plain where it ends.
func quoted(text string, unicodeToo bool) string {
	return `"` + visible(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), unicodeToo) + `"`
}

// hidden reports whether a rune is one that acts instead of being seen, or
// that is not seen: controls, format characters (bidirectional overrides and
// zero-width ones among them), separators, private use, spaces other than the
// space, what is unassigned, fillers and variation selectors.
func hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // braille pattern blank: a symbol by category, nothing by look
}

const hexDigits = "0123456789abcdef"

func writeByteEscape(b *strings.Builder, c byte) {
	b.WriteString(`\x`)
	b.WriteByte(hexDigits[c>>4])
	b.WriteByte(hexDigits[c&15])
}

func writeRuneEscape(b *strings.Builder, r rune) {
	digits := 4
	switch {
	case r < utf8.RuneSelf:
		writeByteEscape(b, byte(r))
		return
	case r > 0xffff:
		b.WriteString(`\U`)
		digits = 8
	default:
		b.WriteString(`\u`)
	}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b.WriteByte(hexDigits[r>>shift&15])
	}
}
