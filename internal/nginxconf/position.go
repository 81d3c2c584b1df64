package nginxconf

import (
	"fmt"
	"strings"
)

// Position is a place in a configuration file. The zero Position is nowhere:
// that of what nginx has without being told.
type Position struct {
	File   string // as nginx names it
	Line   int    // from 1
	Column int    // from 1, in bytes
}

// String returns the place as compilers write it, or "nginx itself".
func (p Position) String() string {
	if p == (Position{}) {
		return "nginx itself"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error says what in a configuration cannot be read, and where.
type Error struct {
	Position

	// Statement is the statement that is wrong, cut where it is long; "" where
	// the text is no statement yet.
	Statement string

	// Problem quotes what is wrong and says what would be right.
	Problem string

	// Includes are the include statements that led to the file, the first in
	// the main file.
	Includes []Position

	// Cause is the error that reading a file met, or nil.
	Cause error
}

// Error returns the place, the statement, the problem and how nginx came to
// read that file.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cannot read nginx configuration at %v: ", e.Position)
	if e.Statement != "" {
		fmt.Fprintf(&b, "in `%s`: ", e.Statement)
	}
	b.WriteString(e.Problem)
	for i, include := range e.Includes {
		if i == 0 {
			b.WriteString(" (included at ")
		} else {
			b.WriteString(", then at ")
		}
		b.WriteString(include.String())
		if i == len(e.Includes)-1 {
			b.WriteString(")")
		}
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// problem makes an Error at p.
func (p Position) problem(format string, arguments ...any) error {
	return &Error{Position: p, Problem: fmt.Sprintf(format, arguments...)}
}

// quoteStart quotes the start of a text that may be long.
func quoteStart(text string) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
