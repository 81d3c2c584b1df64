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

// assign sets the entry's variant. The entry's values are those of the key's
// variables; one that is absent is empty, as in nginx.
func (a *assigner) assign(e *parser.Entry) {
	for i, value := range e.Values {
		if len(value) == 1 && value[0] == '-' {
			value = nil // how nginx logs what is not there
		}
		if bytes.IndexByte(value, '\\') >= 0 {
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
