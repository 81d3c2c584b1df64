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
	shard  *aggregator.Shard // not owned; nil where nothing is counted
}

// splitAssigner is an assigner of one split.
type splitAssigner struct {
	split  *splitclients.Split
	parts  [][]byte // value of each part
	logged int      // index into Entry.Values of the variable that the split sets
	inputs []int    // indices of the variables of the key

	address int // which of the variables is the client's address, or -1

	checks *aggregator.Assignment // the shard's; nil before the first check

	arms   *arms // nil where it is no experiment of the shard
	arm    int   // of the entry
	member bool  // the entry has an arm
	keyed  bool  // and a key

	values [][]byte         // of the key's variables, unescaped
	value  func(int) []byte // looks into values; made once, for Template.Append
	key    []byte
	absent bool // a variable of the key has no value
	blank  bool // none of them has one
}

func newAssigner(set *splitSet, shard *aggregator.Shard) *assigner {
	a := &assigner{splits: make([]splitAssigner, len(set.splits)), shard: shard}
	for i, split := range set.splits {
		s := &a.splits[i]
		*s = splitAssigner{split: split, logged: slices.Index(set.values, split.Variable)}
		for _, name := range split.Key.Variables() {
			s.inputs = append(s.inputs, slices.Index(set.values, name))
		}
		s.address = slices.Index(split.Key.Variables(), "remote_addr")
		s.values = make([][]byte, len(s.inputs))
		s.value = func(i int) []byte { return s.values[i] }
		for _, part := range split.Table.Parts() {
			s.parts = append(s.parts, []byte(part.Value))
		}
		if shard != nil {
			s.arms = armsOf(split, shard)
		}
	}
	return a
}

// assign fills in the entry's variant where the log has none and the primary
// split can tell it, and checks the logged variants of all splits. The entry is
// then to be added to the shard, and to be given to addToArms.
func (a *assigner) assign(e *parser.Entry) {
	for i := range a.splits {
		s := &a.splits[i]
		s.arm, s.member, s.keyed = aggregator.NoArm, false, false
		logged := e.Values[s.logged]
		if logged != nil {
			logged = plain(logged, e.Escape)
			s.arm, s.member = s.arms.ofValue(logged), true
		}
		if !s.makeKey(e) {
			continue
		}
		s.keyed = true
		part := s.split.Table.Index(s.key)
		if s.member {
			a.audit(s, e, logged, part)
		} else {
			s.arm, s.member = s.arms.ofPart(part), true
		}
		if i == 0 && !e.HasVariant {
			e.Variant, e.HasVariant, e.VariantEscape = s.valueOf(part), true, parser.EscapeNone
		}
	}
}

// audit counts whether the logged value is that of the part that the key belongs
// to.
func (a *assigner) audit(s *splitAssigner, e *parser.Entry, logged []byte, part int) {
	if s.checks == nil {
		s.checks = a.shard.Assignment(s.split.Variable)
	}
	if s.arms == nil {
		s.checks.Add(s.mismatch(logged, s.valueOf(part)))
		return
	}
	computed, reason := s.arms.ofPart(part), ""
	if s.arm != computed || computed == aggregator.NoArm {
		reason = s.mismatch(logged, s.valueOf(part))
	}
	s.checks.Add(reason)
	a.shard.AddAudit(s.arms.experiment, s.arm, computed, e)
}

// addLines counts the lines since before for the experiments that their requests are
// in.
func (a *assigner) addLines(before aggregator.LineCounts) {
	for i := range a.splits {
		if arms := a.splits[i].arms; arms != nil {
			a.shard.AddLines(arms.experiment, before)
		}
	}
}

// addToArms counts the entry, which the shard was given, in the arms that it
// belongs to.
func (a *assigner) addToArms(e *parser.Entry) {
	for i := range a.splits {
		s := &a.splits[i]
		switch {
		case s.arms == nil:
		case !s.member:
			a.shard.AddOutside(s.arms.experiment, e)
		case s.keyed:
			a.shard.AddToArm(s.arms.experiment, s.arm, s.key, e)
			if s.blank {
				a.shard.AddKeyless(s.arms.experiment, s.arm, e)
			}
			if s.address >= 0 && isIPv6(s.values[s.address]) {
				a.shard.AddIPv6(s.arms.experiment, s.arm, e)
			}
		default:
			a.shard.AddWithoutKey(s.arms.experiment, s.arm, e)
		}
	}
}

// isIPv6 reports whether a client's address is of IPv6; a UNIX socket is "unix:".
func isIPv6(address []byte) bool {
	at := bytes.IndexByte(address, ':')
	return at >= 0 && at < len(address)-1
}

// makeKey makes the key of the split; it reports false where the line lacks one
// of its variables. One that is logged as absent is empty, as in nginx.
func (s *splitAssigner) makeKey(e *parser.Entry) bool {
	s.absent, s.blank = false, len(s.inputs) > 0
	for i, input := range s.inputs {
		value := e.Values[input]
		if value == nil {
			return false
		}
		s.values[i] = plain(value, e.Escape)
		s.absent = s.absent || len(s.values[i]) == 0
		s.blank = s.blank && len(s.values[i]) == 0
	}
	s.key = s.split.Key.Append(s.key[:0], s.value)
	return true
}

// variant returns the value that the split gives for a key.
func (s *splitAssigner) variant(key []byte) []byte { return s.valueOf(s.split.Table.Index(key)) }

// valueOf returns the value of a part.
func (s *splitAssigner) valueOf(part int) []byte {
	if part != splitclients.NoPart {
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
