package report

import (
	"slices"
	"strings"
	"testing"
)

func TestWideRangesAscend(t *testing.T) {
	last := rune(0)
	for _, r := range wideRanges {
		if r[0] <= last || r[1] < r[0] {
			t.Errorf("%U to %U after %U", r[0], r[1], last)
		}
		last = r[1]
	}
}

func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "漢字": 4, "한글": 4, "한": 2, "🙂": 2, "ｗ": 2, "ﾊ": 1, "…█▁": 3, "ไทย": 3, "กี": 1,
	} {
		if got := cells(text); got != want {
			t.Errorf("cells(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		text        string
		width       int
		end, middle string
	}{
		{"short", 5, "short", "short"},
		{"/api/users/orders", 9, "/api/use…", "/api…ders"},
		{"/api/users/orders", 1, "…", "…"},
		{"/api/users/orders", 0, "", ""},
		{"漢字漢字漢字", 6, "漢字…", "漢…字"},
		{"ae\u0301e\u0301e\u0301b", 3, "ae\u0301…", "a…b"},
		{`ab\x1b\x1bcd`, 7, `ab\x1b…`, `ab…cd`},
		{`a\U000e0001b`, 8, `a…`, `a…b`},
	}
	for _, test := range tests {
		if got := cutEnd(test.text, test.width, "…"); got != test.end {
			t.Errorf("cutEnd(%q, %d) = %q, want %q", test.text, test.width, got, test.end)
		}
		if got := cutMiddle(test.text, test.width, "…"); got != test.middle {
			t.Errorf("cutMiddle(%q, %d) = %q, want %q", test.text, test.width, got, test.middle)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"one two three four", []string{"one two", "three four"}},
		{"two  spaces stay", []string{"two  spaces", "stay"}},
		{"averylongwordhere x", []string{"averylongwo", "rdhere x"}},
		{"x averylongword", []string{"x", "averylongwo", "rd"}},
		{strings.Repeat("漢", 6), []string{"漢漢漢漢漢", "漢"}},
	}
	for _, test := range tests {
		if got := wrap(test.text, 11); !slices.Equal(got, test.want) {
			t.Errorf("wrap(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}
