package nginxconf

import (
	"slices"
	"strings"
)

// isPattern reports whether nginx takes the name of an included file for a
// pattern.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// glob returns the files that match a pattern, in the order of their bytes, by
// the rules of glob(3), which nginx calls. A name that begins with a dot
// matches only a dot. Directories are read by readDir. Each name that is tried
// is taken off budget, and a hundred times as much for what has to be kept: a
// directory or a match. Below zero the rest is left out.
func glob(pattern string, readDir func(string) ([]string, error), budget *int) []string {
	g := globber{readDir: readDir, budget: budget, listed: map[string][]string{}}
	g.expand("", pattern)
	slices.Sort(g.found)
	return g.found
}

// costKept is what a directory or a match is taken off the budget for.
const costKept = 100

type globber struct {
	readDir func(string) ([]string, error)
	budget  *int
	listed  map[string][]string // directories that have been read; nil: cannot be
	found   []string
}

// expand adds what matches the pattern, which is relative to the directory
// base; base is empty or ends in a slash.
func (g *globber) expand(base, pattern string) {
	element, rest, more := strings.Cut(pattern, "/")
	if more {
		rest = strings.TrimLeft(rest, "/")
	}
	slashes := pattern[len(element) : len(pattern)-len(rest)]
	var names []string
	switch {
	case base == "" && element == "":
		names = []string{""} // the pattern starts with a slash
	case element == "" || element == "." || element == "..":
		if _, ok := g.list(base); ok {
			names = []string{element}
		}
	case !isPattern(element) && more:
		names = []string{unescapePattern(element)} // whether it exists shows further on
	default:
		names = g.match(base, element)
	}
	for _, name := range names {
		if *g.budget < 0 {
			return
		}
		if more {
			g.expand(base+name+slashes, rest)
		} else {
			*g.budget -= costKept
			g.found = append(g.found, base+name)
		}
	}
}

// match returns the names in a directory that match an element of the pattern.
func (g *globber) match(directory, element string) (names []string) {
	listed, ok := g.list(directory)
	if !ok {
		return nil
	}
	*g.budget -= len(listed)
	for _, name := range append([]string{".", ".."}, listed...) {
		if matches(element, name) {
			names = append(names, name)
		}
	}
	return names
}

// list returns the names in a directory. What cannot be read is none.
func (g *globber) list(directory string) (names []string, ok bool) {
	if names, ok = g.listed[directory]; ok {
		return names, names != nil
	}
	name := directory
	if name == "" {
		name = "."
	}
	names, err := g.readDir(name)
	*g.budget -= costKept
	if err != nil {
		names = nil
	} else if names == nil {
		names = []string{}
	}
	g.listed[directory] = names
	return names, err == nil
}

// unescapePattern undoes the backslashes of a pattern without wildcards.
func unescapePattern(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// matches reports whether a name without slashes matches a pattern. It takes
// time in the product of their lengths.
func matches(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") && !strings.HasPrefix(pattern, `\.`) {
		return false
	}
	var afterStar, retry string // what follows the last "*", and where to try it next
	starred := false
	for name != "" || pattern != "" {
		if strings.HasPrefix(pattern, "*") {
			pattern = pattern[1:]
			afterStar, retry, starred = pattern, name, true
			continue
		}
		if length := matchByte(pattern, name); length > 0 {
			pattern, name = pattern[length:], name[1:]
			continue
		}
		if !starred || retry == "" {
			return false
		}
		retry = retry[1:]
		pattern, name = afterStar, retry
	}
	return true
}

// matchByte returns the length of the part of the pattern that matches the
// first byte of name, or 0.
func matchByte(pattern, name string) int {
	if pattern == "" || name == "" {
		return 0
	}
	switch pattern[0] {
	case '?':
		return 1
	case '[':
		if length, match := matchSet(pattern, name[0]); length > 0 {
			if !match {
				return 0
			}
			return length
		}
	case '\\':
		if len(pattern) > 1 {
			if pattern[1] != name[0] {
				return 0
			}
			return 2
		}
	}
	if pattern[0] != name[0] {
		return 0
	}
	return 1
}

// matchSet returns the length of the set in brackets at the start of pattern,
// and whether b is in it. The length is 0 if the bracket is not closed: then it
// stands for itself.
func matchSet(pattern string, b byte) (length int, match bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, match != negated
		}
		if class, size := setClass(pattern[i:]); size > 0 {
			match = match || class(b)
			i += size
			continue
		}
		low, size := setByte(pattern[i:])
		i += size
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			high, size = setByte(pattern[i+1:])
			i += 1 + size
		}
		match = match || low <= b && b <= high
	}
	return 0, false
}

// setByte returns the byte at the start of a set's text, which a backslash may
// precede, and how long it is written.
func setByte(text string) (b byte, size int) {
	if text[0] == '\\' && len(text) > 1 {
		return text[1], 2
	}
	return text[0], 1
}

// setClass returns the class, such as "[:digit:]", at the start of a set's
// text, and how long it is written; 0 if there is none.
func setClass(text string) (class func(byte) bool, size int) {
	name, found := strings.CutPrefix(text, "[:")
	if !found {
		return nil, 0
	}
	name, _, found = strings.Cut(name, ":]")
	if !found {
		return nil, 0
	}
	size = len(name) + len("[:") + len(":]")
	lower := func(b byte) bool { return 'a' <= b && b <= 'z' }
	upper := func(b byte) bool { return 'A' <= b && b <= 'Z' }
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	switch name {
	case "lower":
		return lower, size
	case "upper":
		return upper, size
	case "digit":
		return digit, size
	case "alpha":
		return func(b byte) bool { return lower(b) || upper(b) }, size
	case "alnum":
		return func(b byte) bool { return lower(b) || upper(b) || digit(b) }, size
	}
	return nil, 0
}
