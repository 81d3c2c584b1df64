package splitclients

import "slices"

// NoPart is the index of no part: the key belongs to none, and the variable
// is "".
const NoPart = -1

// Table says which part a key belongs to.
type Table struct {
	parts []Part
	rest  uint32
}

// Part is one line of a split_clients block.
type Part struct {
	// Value is what the variable becomes; it may be empty. Several parts may
	// have the same value.
	Value string

	// Percent is the share of keys that the configuration gives to the part,
	// in hundredths of a percent. For "*" it is what the parts before it
	// leave, for a second "*" it is 0.
	Percent uint32

	// Threshold is the hash from which on keys belong to later parts. 0 means
	// that every key that comes this far belongs to this part.
	Threshold uint32
}

// Parts returns the parts in the order in which they are tried. The slice is
// the table's and must not be changed.
func (t *Table) Parts() []Part { return t.parts }

// Rest returns the share of keys, in hundredths of a percent, that the
// configuration leaves to no part.
func (t *Table) Rest() uint32 { return t.rest }

// Index returns the index of the part that key belongs to, or NoPart.
func (t *Table) Index(key []byte) int { return t.IndexOfHash(Hash(key)) }

// IndexOfHash returns the index of the part that keys of this hash belong to,
// or NoPart.
func (t *Table) IndexOfHash(hash uint32) int {
	for i := range t.parts {
		if threshold := t.parts[i].Threshold; hash < threshold || threshold == 0 {
			return i
		}
	}
	return NoPart
}

// Variant returns the value that nginx gives the variable for key; "" if key
// belongs to no part.
func (t *Table) Variant(key []byte) string {
	if i := t.Index(key); i != NoPart {
		return t.parts[i].Value
	}
	return ""
}

// Values returns the distinct values that keys can get, in the order of the
// parts; "" comes last if only keys of no part get it, be it for rounding.
func (t *Table) Values() []string {
	var values []string
	reachable := true // whether any hash comes this far
	for _, part := range t.parts {
		if reachable && !slices.Contains(values, part.Value) {
			values = append(values, part.Value)
		}
		reachable = reachable && part.Threshold != 0
	}
	if reachable && !slices.Contains(values, "") {
		values = append(values, "")
	}
	return values
}

// newTable lays out the ranges of parts of the given percentages, in
// hundredths of a percent; 0 stands for "*". It returns the index of the part
// with which the total exceeds 100 %, or NoPart.
func newTable(values []string, percents []uint64, rule Rule) (table Table, excess int) {
	var total uint64 // hundredths of a percent
	var bound uint32 // threshold of the last part with a percentage
	table.parts = make([]Part, len(values))
	for i, percent := range percents {
		part := &table.parts[i]
		part.Value = values[i]
		if percent == 0 {
			part.Percent = uint32(full - total)
			total = full
			continue
		}
		total += percent
		if total > full {
			return Table{}, i
		}
		part.Percent = uint32(percent)
		if total == full && rule == RuleFrom1312 {
			continue // no threshold: this part takes what rounding leaves
		}
		// nginx rounds down each part by itself and adds up what it got.
		bound += uint32(percent * 0xffffffff / full)
		part.Threshold = bound
	}
	table.rest = uint32(full - total)
	return table, NoPart
}
