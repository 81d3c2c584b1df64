package splitclients

import "fmt"

// Position is a place in the text of a block.
type Position struct {
	Line   int // from 1
	Column int // from 1, in bytes
}

// SyntaxError says what in the text of a split_clients block nginx would not
// take, and where.
type SyntaxError struct {
	Position

	// Problem quotes what is wrong and says what would be right.
	Problem string
}

// Error returns the problem and its line and column.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("cannot read split_clients block at %d:%d: %s", e.Line, e.Column, e.Problem)
}

// problem makes a SyntaxError at p.
func (p Position) problem(format string, arguments ...any) error {
	return &SyntaxError{p, fmt.Sprintf(format, arguments...)}
}
