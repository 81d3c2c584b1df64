package exporter

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLabelValue(t *testing.T) {
	for name, want := range map[string]string{
		"":                             "",
		".one":                         ".one",
		"10.0.0.1:8080":                "10.0.0.1:8080",
		"健康 é":                         "健康 é",
		"\ufffd":                       "\ufffd", // a real replacement character is not an invalid byte
		"\xff":                         `\xff`,
		"a\xc3":                        `a\xc3`, // cut in the middle of a character
		`\xff`:                         `\\xff`,
		"\x00\x1b[31m\x7f":             `\x00\x1b[31m\x7f`,
		"a\nb":                         `a\x0ab`,
		"\u0085\u202e\u2028\U000e0001": `\u0085\u202e\u2028\U000e0001`,
		`"quoted"`:                     `"quoted"`,
	} {
		if got := labelValue(name); got != want {
			t.Errorf("labelValue(%q) = %q, want %q", name, got, want)
		}
	}
}

// unescape is the reverse of labelValue, written from its description.
func unescape(value string) string {
	var b strings.Builder
	for len(value) > 0 {
		digits := 0
		if value[0] != '\\' {
			b.WriteByte(value[0])
			value = value[1:]
			continue
		}
		switch value[1] {
		case '\\':
			b.WriteByte('\\')
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		}
		n := rune(0)
		for _, c := range []byte(value[2 : 2+digits]) {
			n = n<<4 | rune(strings.IndexByte("0123456789abcdef", c))
		}
		switch {
		case digits == 2:
			b.WriteByte(byte(n))
		case digits > 2:
			b.WriteRune(n)
		}
		value = value[2+digits:]
	}
	return b.String()
}

// names draws names of the kind that a hostile client would choose.
func names() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{`\`, `\x`, `\xff`, "\xff", "ff", `u202e`, "\u202e", "\n", "\x00", "other", "é", "\xc3", `"`, "{}", "", "\U000e0001", "\ufffd"})
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 256), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOfN(pieces, 0, 8), func(p []string) string { return strings.Join(p, "") }),
	)
}

// TestLabelValueIsReversible implies that no two names have the same value.
func TestLabelValueIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := names().Draw(t, "name")
		value := labelValue(name)
		if !utf8.ValidString(value) {
			t.Fatalf("labelValue(%q) = %q, which is not UTF-8", name, value)
		}
		if i := strings.IndexFunc(value, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }); i >= 0 {
			t.Fatalf("labelValue(%q) = %q, with a control character at %d", name, value, i)
		}
		if len(value) > 4*len(name) {
			t.Fatalf("labelValue(%q) has %d bytes, more than four times the name's %d", name, len(value), len(name))
		}
		if got := unescape(value); got != name {
			t.Fatalf("labelValue(%q) = %q, which is that of %q", name, value, got)
		}
	})
}
