package splitclients

import (
	"fmt"
	"slices"
	"strings"
)

// Template is the text that keys are made from: variables, written $name or
// ${name}, with literal text between them.
type Template struct {
	text      string
	variables []string
	pieces    []piece
}

// piece is literal text, or a variable.
type piece struct {
	literal  string
	variable int // index into variables, or literalPiece
}

// literalPiece marks a piece that is no variable.
const literalPiece = -1

// ParseTemplate reads a template as nginx does, once quotes and escapes are
// undone. A name is letters, digits and underscores; "$1" to "$9" take one
// digit only. Whether nginx knows such a variable is not checked.
func ParseTemplate(text string) (Template, error) {
	template := Template{text: text}
	for rest := text; rest != ""; {
		dollar := strings.IndexByte(rest, '$')
		if dollar < 0 {
			dollar = len(rest)
		}
		if dollar > 0 {
			template.pieces = append(template.pieces, piece{rest[:dollar], literalPiece})
			rest = rest[dollar:]
			continue
		}
		name, length, err := variableName(rest)
		if err != nil {
			return Template{}, fmt.Errorf("cannot read key template %q: %w", text, err)
		}
		template.pieces = append(template.pieces, piece{variable: template.index(name)})
		rest = rest[length:]
	}
	return template, nil
}

// variableName returns the name of the variable at the start of text, which
// begins with '$', and how many bytes of text are about it.
func variableName(text string) (name string, length int, err error) {
	start := 1
	braced := strings.HasPrefix(text, "${")
	if braced {
		start = 2
	} else if len(text) > 1 && text[1] >= '1' && text[1] <= '9' {
		return text[1:2], 2, nil // a capture of the last regular expression
	}
	end := start
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	if braced && (end == len(text) || text[end] != '}') {
		return "", 0, fmt.Errorf("closing brace of variable %q is missing, want %q", text[:end], text[:end]+"}")
	}
	if end == start {
		return "", 0, fmt.Errorf("%q is not followed by a variable's name, want letters, digits or underscores", text[:start])
	}
	// nginx does not tell the case of variable names apart.
	name = strings.ToLower(text[start:end])
	if braced {
		end++
	}
	return name, end, nil
}

func isNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// index returns the index of a variable, which it adds if it is new.
func (t *Template) index(name string) int {
	if i := slices.Index(t.variables, name); i >= 0 {
		return i
	}
	t.variables = append(t.variables, name)
	return len(t.variables) - 1
}

// String returns the template as it was written, without quotes.
func (t *Template) String() string { return t.text }

// Variables returns the names of the variables without "$" and in lower case,
// each once, in the order in which they first appear. The slice is the
// template's and must not be changed.
func (t *Template) Variables() []string { return t.variables }

// Append appends the key to dst and returns the extended slice. It asks value
// for each variable by its index in Variables; nil stands for a variable that
// is not set, which nginx takes for empty. A variable that appears twice is
// asked for twice. Append allocates only if dst is too small.
func (t *Template) Append(dst []byte, value func(index int) []byte) []byte {
	for i := range t.pieces {
		if p := &t.pieces[i]; p.variable == literalPiece {
			dst = append(dst, p.literal...)
		} else {
			dst = append(dst, value(p.variable)...)
		}
	}
	return dst
}

// Equal reports whether two templates make the same key of the same variables,
// however they are written: "$remote_addr" is "${remote_addr}".
func (t *Template) Equal(other *Template) bool {
	return slices.Equal(t.pieces, other.pieces) && slices.Equal(t.variables, other.variables)
}
