package agent

import (
	"bytes"
	"math"
	"slices"

	"github.com/splitgauge/splitgauge/splitclients"
)

// Why a logged variant is not the one that the split gives.
const (
	// The split cannot give the logged value: another split, or another
	// configuration, was in use.
	unknownValue = "unknown_value"
	// The key is one that nginx before and from 1.31.2 place differently.
	boundaryRule = "boundary_rule"
	// A variable of the key has no value in the log, and may have had one when
	// nginx chose the variant, or the other way round.
	absentKey = "absent_key"
	// The empty key gives the logged value: nginx chose the variant when the
	// variables of the key had no value, as after an internal redirect, which
	// drops the query.
	emptyKey = "empty_key"
	// Anything else: another key, or other percentages, were in use.
	otherValue = "other_value"
)

// mismatch returns the reason why the logged variant is not the computed one;
// empty where it is.
func (s *splitAssigner) mismatch(logged, computed []byte) string {
	if bytes.Equal(logged, computed) {
		return ""
	}
	switch {
	case !slices.Contains(s.split.Table.Values(), string(logged)):
		return unknownValue
	case s.atBoundary():
		return boundaryRule
	case s.absent:
		return absentKey
	case bytes.Equal(logged, s.variant(s.emptyKey())):
		return emptyKey
	}
	return otherValue
}

// emptyKey returns the key of a request whose variables have no value.
func (s *splitAssigner) emptyKey() []byte {
	return s.split.Key.Append(nil, func(int) []byte { return nil })
}

// atBoundary reports whether the key's hash is one of the last, which rounding
// leaves over and which the versions of nginx treat differently: fewer than one
// a part.
func (s *splitAssigner) atBoundary() bool {
	return splitclients.Hash(s.key) >= math.MaxUint32-uint32(len(s.parts))
}
