package exporter

import (
	"unicode"
	"unicode/utf8"
)

// labelValue returns name as the value of a label. Names come from logs and may
// hold anything, but label values must be UTF-8, and end up on terminals and in
// dashboards. So bytes that are not UTF-8 and ASCII controls become \xHH, other
// controls, format characters (bidirectional overrides among them) and line
// separators \uHHHH or \UHHHHHHHH, and a backslash \\. Everything else stays as
// it is.
//
// Because backslashes are doubled, different names have different values: no
// two series fall together. A value is at most four times as long as its name.
func labelValue(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < ' ' || c == '\\' || c >= 0x7f {
			return string(appendLabelValue(make([]byte, 0, 2*len(name)), name))
		}
	}
	return name
}

func appendLabelValue(b []byte, name string) []byte {
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		switch {
		case r == '\\':
			b = append(b, `\\`...)
		case r == utf8.RuneError && size == 1, r < utf8.RuneSelf && unicode.IsControl(r):
			b = appendHex(append(b, `\x`...), uint32(name[0]), 2)
		case !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			b = append(b, name[:size]...)
		case r > 0xffff:
			b = appendHex(append(b, `\U`...), uint32(r), 8)
		default:
			b = appendHex(append(b, `\u`...), uint32(r), 4)
		}
		name = name[size:]
	}
	return b
}

func appendHex(b []byte, n uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[n>>shift&15])
	}
	return b
}
