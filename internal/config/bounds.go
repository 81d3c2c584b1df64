package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// Bounds of a file. The YAML library takes time, or memory, in the square of each
// of them: within these, the worst text known takes about a second.
const (
	maxFile   = 128 << 10 // bytes
	maxTokens = 10_000    // keys, values and the punctuation between them
	maxTabs   = 2_000
	maxBlank  = 100 // empty lines in a row
	maxDepth  = 20  // brackets, or marks of lists on one line
	maxIndent = 64  // characters before the first token of a line
	maxName   = 128 // bytes of a key
)

// errorAt is an error with its place, in the form of the library's.
func errorAt(line, column int, format string, arguments ...any) error {
	return fmt.Errorf("[%d:%d] %s", line, column, fmt.Sprintf(format, arguments...))
}

// readable returns text as the library may be given it: UTF-8 without a mark and
// without spaces in empty lines, where they mean nothing.
func readable(text []byte) (string, error) {
	whole := strings.TrimPrefix(string(text), "\uFEFF")
	whole = strings.ReplaceAll(whole, "\r\n", "\n")
	if strings.Count(whole, "\t") > maxTabs {
		return "", errors.New("there are too many tabs")
	}
	lines := strings.Split(whole, "\n")
	blank := 0
	for i, line := range lines {
		if column := unreadable(line); column > 0 {
			return "", errorAt(i+1, column, "there is a control character, or no UTF-8")
		}
		if strings.Trim(line, " \t") != "" {
			blank = 0
			continue
		}
		lines[i] = ""
		if blank++; blank > maxBlank && i < len(lines)-1 {
			return "", errorAt(i+1, 1, "there are more than %d empty lines in a row", maxBlank)
		}
	}
	return strings.Join(lines, "\n"), nil
}

// unreadable returns the column of the first character that YAML does not allow;
// 0 where there is none.
func unreadable(line string) int {
	column := 0
	for i, c := range line {
		column++
		_, size := utf8.DecodeRuneInString(line[i:])
		if c == utf8.RuneError && size == 1 || c < ' ' && c != '\t' || c >= 0x7f && c < 0xa0 {
			return column
		}
	}
	return 0
}

// checkTokens refuses what would cost the parser much.
func checkTokens(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		at := tokens[maxTokens].Position
		return errorAt(at.Line, at.Column, "there are more than %d keys, values and marks", maxTokens)
	}
	brackets, marks := 0, 0
	for i, t := range tokens {
		first := i == 0 || tokens[i-1].Position.Line != t.Position.Line
		if first {
			marks = 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			marks++
		case token.MappingValueType:
			if i > 0 && len(tokens[i-1].Value) > maxName {
				return errorAt(t.Position.Line, t.Position.Column, "the key before is longer than %d bytes", maxName)
			}
		}
		if brackets > maxDepth || marks > maxDepth || first && t.Position.Column > maxIndent {
			return errorAt(t.Position.Line, t.Position.Column, "it is nested too deep")
		}
	}
	return nil
}
