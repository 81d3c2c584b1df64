package agent

import (
	"slices"

	"github.com/splitgauge/splitgauge/splitclients"
)

// splitSet are the splits that apply to a log, and what a line of it has to say
// for them.
type splitSet struct {
	splits []*splitclients.Split // the first is the primary one, whose variable is the variant
	origin string                // where they were found, in words; empty where there are none

	// values are the variables that the splits need of a line: those of their
	// keys and those that they set.
	values []string
}

// newSplitSet returns the set of splits. The one whose variable is called
// variant is the primary one, else the first.
func newSplitSet(splits []*splitclients.Split, variant, origin string) *splitSet {
	s := &splitSet{splits: slices.Clone(splits)}
	if len(splits) > 0 {
		s.origin = origin
	}
	if primary := slices.IndexFunc(s.splits, func(p *splitclients.Split) bool { return p.Variable == variant }); primary > 0 {
		s.splits[0], s.splits[primary] = s.splits[primary], s.splits[0]
	}
	for _, split := range s.splits {
		for _, name := range append(slices.Clone(split.Key.Variables()), split.Variable) {
			if !slices.Contains(s.values, name) {
				s.values = append(s.values, name)
			}
		}
	}
	return s
}

// variants are the variables that may hold the variant, best first: the one that
// was asked for, the one of the primary split, and "variant".
func (s *splitSet) variants(asked string) (names []string) {
	candidates := []string{asked}
	if len(s.splits) > 0 {
		candidates = append(candidates, s.splits[0].Variable)
	}
	for _, name := range append(candidates, "variant") {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// variantValues are the values that the primary split can give.
func (s *splitSet) variantValues() []string {
	if len(s.splits) == 0 {
		return nil
	}
	return s.splits[0].Table.Values()
}
