package parser

import (
	"bytes"
	"fmt"
	"testing"
)

func TestAppendUnescaped(t *testing.T) {
	const (
		d = EscapeDefault
		j = EscapeJSON
		n = EscapeNone
	)
	tests := []struct {
		escape    Escape
		src, want string
	}{
		{d, ``, ``},
		{d, `plain`, `plain`},
		{d, `\x22`, `"`},
		{d, `\x5C\x5c`, `\\`},
		{d, `a\xC3\xA9b`, "aéb"},
		{d, `\x00\xFF`, "\x00\xff"},
		{d, `\x5Cx22`, `\x22`}, // undone once, not twice
		{d, `\`, `\`},
		{d, `a\`, `a\`},
		{d, `\x`, `\x`},
		{d, `\x4`, `\x4`},
		{d, `\xG0`, `\xG0`},
		{d, `\x0G`, `\x0G`},
		{d, `\X22`, `\X22`},
		{d, `\\x22`, `\"`}, // the default escape has no "\\"
		{d, `\n\u0041\"`, `\n\u0041\"`},
		{d, `\x2\x22`, `\x2"`},

		{j, `\"\\\/`, `"\/`},
		{j, `\b\f\n\r\t`, "\b\f\n\r\t"},
		{j, `\u0041\u00e9\u20AC`, "Aé€"},
		{j, `\u0000`, "\x00"},
		{j, `\x22\xC3\xA9`, `"é`},
		{j, `\\x22`, `\x22`},
		{j, `\\\\`, `\\`},
		{j, `\`, `\`},
		{j, `\\\`, `\\`},
		{j, `\q\B\N`, `\q\B\N`},
		{j, `\u`, `\u`},
		{j, `\u004`, `\u004`},
		{j, `\u00G1`, `\u00G1`},
		{j, `\U0041`, `\U0041`},
		{j, "\xff\xc3", "\xff\xc3"},
		// Surrogates.
		{j, `\ud83d\ude00`, "😀"},
		{j, `\uD83D\uDE00!`, "😀!"},
		{j, `\ud83d`, "\ufffd"},
		{j, `\ude00`, "\ufffd"},
		{j, `\ud83dx`, "\ufffdx"},
		{j, `\ud83d\n`, "\ufffd\n"},
		{j, `\ud83d\u0041`, "\ufffdA"},
		{j, `\ud83d\ud83d\ude00`, "\ufffd😀"},
		{j, `\ude00\ud83d`, "\ufffd\ufffd"},
		{j, `\ud83d\u`, "\ufffd\\u"},
		{j, `\ud83d\ude0`, "\ufffd\\ude0"},
		{j, `\ud83d\`, "\ufffd\\"},

		{n, `\x22\n\u0041\\`, `\x22\n\u0041\\`},
		{n, "\x00\"", "\x00\""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v/%s", tt.escape, tt.src), func(t *testing.T) {
			src := []byte(tt.src)
			got := AppendUnescaped([]byte("dst:"), src[:len(src):len(src)], tt.escape)
			if string(got) != "dst:"+tt.want {
				t.Errorf("AppendUnescaped(dst:, %q, %v) = %q, want %q", tt.src, tt.escape, got, "dst:"+tt.want)
			}
			if string(src) != tt.src {
				t.Errorf("AppendUnescaped changed its source %q to %q", tt.src, src)
			}
		})
	}
}

func TestParseEscape(t *testing.T) {
	for _, name := range []string{"default", "json", "none"} {
		escape, err := ParseEscape(name)
		if err != nil || escape.String() != name {
			t.Errorf("ParseEscape(%q) = %v, %v, want %[1]s", name, escape, err)
		}
	}
	for _, name := range []string{"", "JSON", "off", " json"} {
		want := fmt.Sprintf("cannot use escape %q: want default, json or none", name)
		if escape, err := ParseEscape(name); err == nil || err.Error() != want {
			t.Errorf("ParseEscape(%q) = %v, %v, want the error %q", name, escape, err, want)
		}
	}
}

// nginxDefault escapes as ngx_http_log_escape does.
func nginxDefault(value []byte) []byte {
	var escaped []byte
	for _, c := range value {
		if c < 0x20 || c == '"' || c == '\\' || c > 0x7E {
			escaped = fmt.Appendf(escaped, `\x%02X`, c)
			continue
		}
		escaped = append(escaped, c)
	}
	return escaped
}

// nginxJSON escapes as ngx_escape_json does.
func nginxJSON(value []byte) []byte {
	short := map[byte]byte{'\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f', '"': '"', '\\': '\\'}
	var escaped []byte
	for _, c := range value {
		switch letter, ok := short[c]; {
		case ok:
			escaped = append(escaped, '\\', letter)
		case c < 0x20:
			escaped = fmt.Appendf(escaped, `\u%04X`, c)
		default:
			escaped = append(escaped, c)
		}
	}
	return escaped
}

// FuzzUnescape escapes any bytes as nginx does and wants them back.
func FuzzUnescape(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1"))
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, mode := range []struct {
			escape Escape
			nginx  func([]byte) []byte
		}{
			{EscapeDefault, nginxDefault},
			{EscapeJSON, nginxJSON},
			{EscapeNone, bytes.Clone},
		} {
			escaped := mode.nginx(value)
			if got := AppendUnescaped(nil, escaped, mode.escape); !bytes.Equal(got, value) {
				t.Errorf("%v: %q as nginx writes it is %q, and unescaped %q", mode.escape, value, escaped, got)
			}
		}
		// Whatever is not nginx's comes out too, and no longer than it went in:
		// only a lone surrogate of six bytes is replaced, by three.
		for _, escape := range []Escape{EscapeDefault, EscapeJSON} {
			if got := AppendUnescaped(nil, value, escape); len(got) > len(value) {
				t.Errorf("%v: %q unescaped is %q, which is longer", escape, value, got)
			}
		}
	})
}
