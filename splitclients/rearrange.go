package splitclients

import "fmt"

// Rearrange returns parts that give every value the share that other
// configures for it, and leave with their value as many keys of t as can be.
// What a value gains is taken from those that lose, in parts of its own:
//
//	1% .one; 2% .two; * "";    and 2 % for .one give
//	1% .one; 2% .two; 1% .one; * "";
//
// It reckons with configured shares; rounding moves a few hashes more, which
// Diff tells. The parts have no Position.
func (t *Table) Rearrange(other *Table) []DefinitionPart {
	surplus := make(map[string]uint32) // what a value still has to give
	for _, share := range t.Shares() {
		surplus[share.Value] = share.Percent
	}
	lacking := make(map[string]uint32) // what it still has to get
	var gaining []string               // who still has to get something, in order
	for _, share := range other.Shares() {
		had := surplus[share.Value]
		surplus[share.Value] = had - min(had, share.Percent)
		if share.Percent > had {
			lacking[share.Value] = share.Percent - had
			gaining = append(gaining, share.Value)
		}
	}
	cells := t.cells()
	for i := len(cells) - 1; i >= 0; i-- {
		c := &cells[i]
		c.given = min(surplus[c.value], c.percent)
		surplus[c.value] -= c.given
	}
	var out []cell
	for i, c := range cells {
		kept := cell{value: c.value, percent: c.percent - c.given}
		last := i == len(cells)-1
		if !last {
			out = appendCell(out, kept)
		}
		for c.given > 0 {
			value := gaining[0]
			taken := min(c.given, lacking[value])
			out = appendCell(out, cell{value: value, percent: taken})
			c.given -= taken
			if lacking[value] -= taken; lacking[value] == 0 {
				gaining = gaining[1:]
			}
		}
		if last { // what catches all stays at the end
			out = appendCell(out, kept)
		}
	}
	parts := make([]DefinitionPart, len(out))
	for i, c := range out {
		parts[i] = DefinitionPart{Percent: fmt.Sprintf("%d.%02d%%", c.percent/100, c.percent%100), Value: c.value}
	}
	if len(parts) > 0 {
		parts[len(parts)-1].Percent = "*"
	}
	return parts
}

// cell is a share of keys with one value, in hundredths of a percent.
type cell struct {
	value   string
	percent uint32
	given   uint32 // how much of it goes to other values
}

// cells returns the whole of the keys as configured, in order.
func (t *Table) cells() (cells []cell) {
	for _, part := range t.parts {
		cells = appendCell(cells, cell{value: part.Value, percent: part.Percent})
	}
	return appendCell(cells, cell{percent: t.rest})
}

// appendCell appends a cell, unless it is empty; to the last one if that has
// the same value.
func appendCell(cells []cell, c cell) []cell {
	if c.percent == 0 {
		return cells
	}
	if n := len(cells); n > 0 && cells[n-1].value == c.value {
		cells[n-1].percent += c.percent
		return cells
	}
	return append(cells, c)
}
