package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing in a file that is not right, and where it stands.
type Problem struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in characters, as editors count
	Key    string // path of the key, such as logs[0].format; "" where it is none's
	Text   string // what is wrong and what would be right; quotes what is from the file
}

// String returns the problem as compilers write theirs, so that editors find the
// place.
func (p Problem) String() string {
	if p.Key == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Key, p.Text)
}

// Problems is everything that is wrong with a file, in the order of the file.
// It is never empty where it is an error.
type Problems []Problem

// mostShown bounds how many problems an error's text lists.
const mostShown = 50

// Error returns the problems, one a line.
func (p Problems) Error() string {
	var b strings.Builder
	for i, problem := range p {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == mostShown {
			fmt.Fprintf(&b, "and %d more", len(p)-mostShown)
			break
		}
		b.WriteString(problem.String())
	}
	return b.String()
}

// sort brings problems into the order of the file.
func (p Problems) sort() {
	slices.SortFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
}

// longestQuoted is how much of a value a problem quotes, in characters.
const longestQuoted = 60

// quoted returns text from a file as a problem shows it.
func quoted(text string) string {
	for i, n := range indexed(text) {
		if n == longestQuoted {
			return strconv.Quote(text[:i]) + "…"
		}
	}
	return strconv.Quote(text)
}

// indexed yields the byte offset and the number of every character of text.
func indexed(text string) func(yield func(offset, number int) bool) {
	return func(yield func(int, int) bool) {
		n := 0
		for i := range text {
			if !yield(i, n) {
				return
			}
			n++
		}
	}
}

// listed returns words as a choice: "a, b or c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
