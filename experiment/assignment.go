package experiment

import (
	"fmt"

	"github.com/splitgauge/splitgauge/aggregator"
)

// From when on the assignment is broken. Wrong lines are not chance: a single one
// has a cause. These bounds leave room for a reload, and for lines that were
// written by hand or by an attacker.
const (
	leastWrongInArm = 20
	wrongShareInArm = 0.01
	leastWrongLines = 100
	wrongShareOfAll = 0.001
)

// Assignment is the audit of the variants that were logged: each can be computed
// from the key.
type Assignment struct {
	Checked    int64 // lines with a logged variant that could be computed
	Mismatches int64 // whose logged variant is another one
	Broken     bool
	Arms       []ArmAssignment
}

// ArmAssignment is the audit of an arm.
type ArmAssignment struct {
	Name     string
	Checked  int64 // logged in the arm
	WrongIn  int64 // of these, belong in another one
	WrongOut int64 // belong here, are logged elsewhere
	Broken   bool
}

func newAssignment(x *aggregator.Experiment) Assignment {
	var a Assignment
	in, out := int64(0), int64(0)
	for _, arm := range x.Arms {
		one := ArmAssignment{Name: arm.Name, Checked: arm.Checked, WrongIn: arm.WrongIn, WrongOut: arm.WrongOut}
		wrong := float64(arm.WrongIn) + float64(arm.WrongOut)
		one.Broken = wrong >= leastWrongInArm && wrong > wrongShareInArm*float64(arm.Checked)
		a.Arms = append(a.Arms, one)
		a.Broken = a.Broken || one.Broken
		a.Checked += arm.Checked
		in += arm.WrongIn
		out += arm.WrongOut
	}
	// A line with a value that the split cannot give is wrong in no arm, and one
	// whose computed value is no arm's, wrong out of none.
	a.Mismatches = max(in, out)
	a.Checked += max(0, out-in)
	a.Broken = a.Broken || a.Mismatches >= leastWrongLines && float64(a.Mismatches) > wrongShareOfAll*float64(a.Checked)
	return a
}

func (a Assignment) reason() string {
	for _, arm := range a.Arms {
		if arm.Broken {
			return fmt.Sprintf("Of %d lines logged as %q, %d belong in another arm, and %d that belong there are logged elsewhere. "+
				"The key, the percentages or the version of nginx are not those of this split, or something changes the variant after the split.",
				arm.Checked, arm.Name, arm.WrongIn, arm.WrongOut)
		}
	}
	return fmt.Sprintf("Of %d lines, %d are logged with another variant than their key gives.", a.Checked, a.Mismatches)
}
