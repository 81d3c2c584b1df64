package agent

import (
	"bytes"
	"slices"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// assigner computes the variants of an entry as nginx would have: it fills in the
// one that the log does not have, and checks those that it has.
type assigner struct {
	splits []splitAssigner
	shard  *aggregator.Shard // not owned
}

// splitAssigner is an assigner of one split.
type splitAssigner struct {
	split  *splitclients.Split
	parts  [][]byte // value of each part
	logged int      // index into Entry.Values of the variable that the split sets
	inputs []int    // indices of the variables of the key

	values [][]byte         // of the key's variables, unescaped
	value  func(int) []byte // looks into values; made once, for Template.Append
	key    []byte
	absent bool // a variable of the key has no value
}

func newAssigner(set *splitSet, shard *aggregator.Shard) *assigner {
	a := &assigner{splits: make([]splitAssigner, len(set.splits)), shard: shard}
	for i, split := range set.splits {
		s := &a.splits[i]
		*s = splitAssigner{split: split, logged: slices.Index(set.values, split.Variable)}
		for _, name := range split.Key.Variables() {
			s.inputs = append(s.inputs, slices.Index(set.values, name))
		}
		s.values = make([][]byte, len(s.inputs))
		s.value = func(i int) []byte { return s.values[i] }
		for _, part := range split.Table.Parts() {
			s.parts = append(s.parts, []byte(part.Value))
		}
	}
	return a
}

// assign fills in the entry's variant where the log has none and the primary
// split can tell it, and checks the logged variants of all splits.
func (a *assigner) assign(e *parser.Entry) {
	for i := range a.splits {
		s := &a.splits[i]
		if !s.makeKey(e) {
			continue
		}
		computed := s.variant(s.key)
		if logged := e.Values[s.logged]; logged != nil {
			a.shard.AddAssignment(s.split.Variable, s.mismatch(plain(logged, e.Escape), computed))
		}
		if i == 0 && !e.HasVariant {
			e.Variant, e.HasVariant, e.VariantEscape = computed, true, parser.EscapeNone
		}
	}
}

// makeKey makes the key of the split; it reports false where the line lacks one
// of its variables. One that is logged as absent is empty, as in nginx.
func (s *splitAssigner) makeKey(e *parser.Entry) bool {
	s.absent = false
	for i, input := range s.inputs {
		value := e.Values[input]
		if value == nil {
			return false
		}
		s.values[i] = plain(value, e.Escape)
		s.absent = s.absent || len(s.values[i]) == 0
	}
	s.key = s.split.Key.Append(s.key[:0], s.value)
	return true
}

// variant returns the value that the split gives for a key.
func (s *splitAssigner) variant(key []byte) []byte {
	if part := s.split.Table.Index(key); part != splitclients.NoPart {
		return s.parts[part]
	}
	return nil
}

// plain returns a logged value as it was; nil where it is logged as absent.
func plain(value []byte, escape parser.Escape) []byte {
	switch {
	case len(value) == 1 && value[0] == '-':
		return nil
	case bytes.IndexByte(value, '\\') >= 0:
		return parser.AppendUnescaped(nil, value, escape)
	}
	return value
}
