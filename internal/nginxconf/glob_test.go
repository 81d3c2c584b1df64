package nginxconf

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Matches were compared with glob(3) of glibc.
func TestMatches(t *testing.T) {
	tests := []struct {
		pattern string
		match   string // names, separated by spaces
		not     string
	}{
		{"*", "a a.conf -", ".a"},
		{"*.conf", "a.conf b-a.conf", "a.conf.bak .conf .a.conf conf"},
		{".*", ". .. .a", "a"},
		{`\.*`, ".a", "a"},
		{"?.conf", "a.conf 9.conf", "ab.conf .conf"},
		{"a*b*c", "abc aXbXc abbcc", "ab ac acb"},
		{"[a-c].x", "a.x b.x c.x", "d.x -.x"},
		{"[!a-c].x", "d.x -.x", "a.x"},
		{"[^a-c].x", "d.x -.x", "a.x"},
		{"[]x]", "] x", "a"},
		{"[!]x]", "a", "] x"},
		{"[a-]", "a -", "b"},
		{`[\]]`, "]", `\`},
		{`\*`, "*", "a"},
		{"[[:digit:]x]", "7 x", "a :"},
		{"[[:upper:]]", "A", "a"},
		{"[[:alnum:]]", "A a 1", "-"},
		{"[", "[", "a"},
		{"[a", "[a", "a"},
		{"[.]a", "", ".a"},
		{"**a**", "a ba ab", "b"},
	}
	for _, test := range tests {
		for name := range strings.FieldsSeq(test.match) {
			if !matches(test.pattern, name) {
				t.Errorf("%q does not match %q", test.pattern, name)
			}
		}
		for name := range strings.FieldsSeq(test.not) {
			if matches(test.pattern, name) {
				t.Errorf("%q matches %q", test.pattern, name)
			}
		}
	}
}

// A pattern with many stars takes time in the product of the lengths, not in a
// power of them.
func TestMatchesIsBounded(t *testing.T) {
	if matches(strings.Repeat("a*", 1000)+"b", strings.Repeat("a", 4000)) {
		t.Error("a name without b matches a pattern that ends in b")
	}
}

func TestGlob(t *testing.T) {
	tree := map[string][]string{
		"/":         {"etc"},
		"/etc/":     {"a", "a-b", "b.conf", ".hidden"},
		"/etc/a/":   {"z.conf", "y.conf", ".x.conf"},
		"/etc/a-b/": {"w.conf"},
		".":         {"a.conf", "sub"},
		"sub/":      {"b.conf"},
	}
	readDir := func(name string) ([]string, error) {
		names, ok := tree[name]
		if !ok {
			return nil, errors.New("not a directory")
		}
		return names, nil
	}
	tests := []struct{ pattern, want string }{
		{"/etc/*.conf", "/etc/b.conf"},
		{"/etc/*/*.conf", "/etc/a-b/w.conf /etc/a/y.conf /etc/a/z.conf"},
		{"/etc/*/w.conf", "/etc/a-b/w.conf"},
		{"/etc/*/", "/etc/a-b/ /etc/a/"},
		{"/etc/[a]", "/etc/a"},
		{"/none/*", ""},
		{"/etc/b.conf/*", ""},
		{"*.conf", "a.conf"},
		{"*/*", "sub/b.conf"},
		{`/et\c/a/y*`, "/etc/a/y.conf"},
	}
	for _, test := range tests {
		budget := 10_000
		if got := glob(test.pattern, readDir, &budget); !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%q matches %q, want %s", test.pattern, got, test.want)
		}
	}
}

// A pattern may match more than can be read; what is done about it is bounded.
func TestGlobBudget(t *testing.T) {
	readDir := func(string) ([]string, error) { return []string{"a", "b", "c"}, nil }
	for _, pattern := range []string{strings.Repeat("*/../", 30) + "*", strings.Repeat("*/", 30)} {
		budget := 1_000_000
		if got := glob(pattern, readDir, &budget); budget >= 0 || len(got) > 10_000 {
			t.Errorf("%q: the budget is %d after %d names", pattern, budget, len(got))
		}
	}
}
