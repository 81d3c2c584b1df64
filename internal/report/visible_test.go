package report

import "testing"

func TestVisible(t *testing.T) {
	tests := []struct{ text, want, ascii string }{
		{"", "", ""},
		{"/api/v1?a=b c", "/api/v1?a=b c", "/api/v1?a=b c"},
		{"\x00\x1b\x7f\n", `\x00\x1b\x7f\x0a`, `\x00\x1b\x7f\x0a`},
		{"\x9b\xff\xe6\xbc", `\x9b\xff\xe6\xbc`, `\x9b\xff\xe6\xbc`},
		{"\u009b\u202e\u2066\u200b\ufeff", `\u009b\u202e\u2066\u200b\ufeff`, `\u009b\u202e\u2066\u200b\ufeff`},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"\uFFFD", "\uFFFD", `\ufffd`}, // a real one, not a bad byte
		{"漢é🙂", "漢é🙂", `\u6f22\u00e9\U0001f642`},
		{"e\u0301", "e\u0301", `e\u0301`},
		{"\u0301e", `\u0301e`, `\u0301e`},
		{"e\u0301\u0302\u0303\u0304f\u0301", "e\u0301\u0302\u0303" + `\u0304` + "f\u0301", `e\u0301\u0302\u0303\u0304f\u0301`},
		{`a\x1b`, `a\x1b`, `a\x1b`},
	}
	for _, test := range tests {
		if got := visible(test.text, true); got != test.want {
			t.Errorf("visible(%q) = %q, want %q", test.text, got, test.want)
		}
		if got := visible(test.text, false); got != test.ascii {
			t.Errorf("visible(%q) in ASCII = %q, want %q", test.text, got, test.ascii)
		}
	}
	if got, want := quoted("\"\\\x01", true), `"\"\\\x01"`; got != want {
		t.Errorf("quoted = %s, want %s", got, want)
	}
}

// FuzzVisible holds that what is visible stays as it is, so that a text may
// pass through more than once.
func FuzzVisible(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, unicode := range []bool{true, false} {
			once := visible(text, unicode)
			if twice := visible(once, unicode); twice != once {
				t.Errorf("%q became %q, then %q", text, once, twice)
			}
			for _, r := range once {
				if hidden(r) {
					t.Errorf("%q became %q, which holds %U", text, once, r)
				}
			}
		}
	})
}
