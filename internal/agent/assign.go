package agent

import (
	"bytes"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// assigner computes the variant of an entry as nginx would have.
type assigner struct {
	split  *splitclients.Split
	values [][]byte // of the key's variables, unescaped
	parts  [][]byte // value of each part
	key    []byte

	value func(i int) []byte // looks into values; made once, for Template.Append
}

func newAssigner(split *splitclients.Split) *assigner {
	a := &assigner{split: split, values: make([][]byte, len(split.Key.Variables()))}
	a.value = func(i int) []byte { return a.values[i] }
	for _, part := range split.Table.Parts() {
		a.parts = append(a.parts, []byte(part.Value))
	}
	return a
}

// assign sets the entry's variant, unless the line lacks a variable of the key.
// One that is logged as absent is empty, as in nginx.
func (a *assigner) assign(e *parser.Entry) {
	for i, value := range e.Values {
		switch {
		case value == nil:
			return // not logged: the key cannot be known
		case len(value) == 1 && value[0] == '-':
			value = nil
		case bytes.IndexByte(value, '\\') >= 0:
			value = parser.AppendUnescaped(nil, value, e.Escape)
		}
		a.values[i] = value
	}
	a.key = a.split.Key.Append(a.key[:0], a.value)
	e.Variant, e.HasVariant = nil, true
	if part := a.split.Table.Index(a.key); part != splitclients.NoPart {
		e.Variant = a.parts[part]
	}
}
