package parser

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape is the escape= parameter of an nginx log_format.
type Escape uint8

// nginx's ways of writing the values of variables.
const (
	EscapeDefault Escape = iota // \xHH for quotes, backslashes, control characters and bytes above 0x7E
	EscapeJSON                  // JSON string escapes
	EscapeNone                  // as they are
)

var escapeNames = [...]string{EscapeDefault: "default", EscapeJSON: "json", EscapeNone: "none"}

// String returns the parameter's value in nginx.conf.
func (e Escape) String() string { return escapeNames[e] }

// ParseEscape reads the value of an escape= parameter.
func ParseEscape(name string) (Escape, error) {
	for escape, known := range escapeNames {
		if name == known {
			return Escape(escape), nil
		}
	}
	return 0, fmt.Errorf("cannot use escape %q: want default, json or none", name)
}

// AppendUnescaped appends src to dst as it was before nginx escaped it. What is
// no escape sequence stays as it is; \xHH is undone in JSON too, where formats
// that look like JSON but use the default escape have it.
func AppendUnescaped(dst, src []byte, escape Escape) []byte {
	if escape == EscapeNone {
		return append(dst, src...)
	}
	for {
		i := bytes.IndexByte(src, '\\')
		if i < 0 || i+1 == len(src) {
			return append(dst, src...)
		}
		dst, src = append(dst, src[:i]...), src[i:]
		var n int
		if dst, n = appendSequence(dst, src, escape); n == 0 {
			dst, n = append(dst, '\\'), 1
		}
		src = src[n:]
	}
}

// appendSequence appends what the escape sequence at the start of src stands
// for, and returns its length; 0 where there is none.
func appendSequence(dst, src []byte, escape Escape) ([]byte, int) {
	if src[1] == 'x' {
		if value, ok := hexDigits(src[2:], 2); ok {
			return append(dst, byte(value)), 4
		}
		return dst, 0
	}
	if escape != EscapeJSON {
		return dst, 0
	}
	switch c := src[1]; c {
	case '"', '\\', '/':
		return append(dst, c), 2
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case 'n':
		return append(dst, '\n'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'u':
		return appendCodePoint(dst, src)
	}
	return dst, 0
}

// appendCodePoint appends the code point of a \uHHHH sequence, or of the pair
// of them that a surrogate needs.
func appendCodePoint(dst, src []byte) ([]byte, int) {
	high, ok := hexDigits(src[2:], 4)
	if !ok {
		return dst, 0
	}
	if utf16.IsSurrogate(high) && len(src) > 8 && src[6] == '\\' && src[7] == 'u' {
		if low, ok := hexDigits(src[8:], 4); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return utf8.AppendRune(dst, r), 12
			}
		}
	}
	return utf8.AppendRune(dst, high), 6
}

// hexDigits reads the first n bytes of src as a hexadecimal number.
func hexDigits(src []byte, n int) (value rune, ok bool) {
	if len(src) < n {
		return 0, false
	}
	for _, c := range src[:n] {
		switch {
		case c >= '0' && c <= '9':
			value = value<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			value = value<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}
