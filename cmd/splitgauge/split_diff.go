package main

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/splitclients"
)

// splitDiffOptions are the flags of split diff.
type splitDiffOptions struct {
	nginxVersion string
	output       string
}

func newSplitDiffCommand(t terminal) *cobra.Command {
	var o splitDiffOptions
	command := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Who gets another variant when a split changes",
		Long: `Diff says which share of clients moves from which variant to which other one when
the block NEW takes the place of OLD: exactly, from the boundaries that nginx
computes. OLD and NEW are blocks as they stand in nginx.conf, or files that hold
one; @FILE is always a file.

Parts follow each other, so that an edit of one percentage moves every boundary
after it. Where that moves more clients than the new shares ask for, diff shows a
block with the same shares that does not.

Exit codes: 0 done; 1 failed; 2 wrong usage or blocks that nginx would not take.`,
		Example: `  splitgauge split diff old.conf new.conf
  splitgauge split diff 'split_clients $remote_addr $v { 1% a; 2% b; * ""; }' 'split_clients $remote_addr $v { 2% a; 2% b; * ""; }'
  splitgauge split diff @old.conf @new.conf -o json`,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, blocks []string) error {
			return runSplitDiff(t, o, blocks)
		},
	}
	f := command.Flags()
	f.StringVar(&o.nginxVersion, "nginx-version", "", "the `version` of nginx; 1.31.2 changed the upper end of the hash range (default newest)")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	return command
}

func runSplitDiff(t terminal, o splitDiffOptions, blocks []string) error {
	if err := checkOutput(o.output); err != nil {
		return usageError(err)
	}
	if len(blocks) != 2 {
		return usageError(fmt.Errorf("cannot compare %d blocks: want two, the old one and the new one", len(blocks)))
	}
	_, rule, err := parseSplit("", o.nginxVersion)
	if err != nil {
		return usageError(err)
	}
	var splits [2]*splitclients.Split
	for i, name := range []string{"OLD", "NEW"} {
		if splits[i], err = loadSplit(blockOrFile(blocks[i]), rule); err != nil {
			return usageError(fmt.Errorf("cannot use %s: %w", name, err))
		}
	}
	diff := newSplitDiff(splits[0], splits[1])
	var out bytes.Buffer
	if o.output == "json" {
		if err := diff.writeJSON(&out); err != nil {
			return err
		}
	} else {
		options := textOptions(t.out)
		diff.writeText(&out, options.Width, options.Unicode)
	}
	if _, err := t.out.Write(out.Bytes()); err != nil {
		return fmt.Errorf("cannot write the difference: %w", err)
	}
	return nil
}

// blockOrFile marks as a file what can be no block: a block has a brace.
func blockOrFile(argument string) string {
	if strings.HasPrefix(argument, fileMark) || strings.ContainsAny(argument, "{}") {
		return argument
	}
	return fileMark + argument
}

// splitDiff is what happens when one split takes the place of another.
type splitDiff struct {
	before, after *splitclients.Split

	// keysDiffer tells that the keys are not the same. The difference is then
	// what chance gives, not exact.
	keysDiffer bool
	splitclients.Difference

	// better are the shares of after with fewer moves; nil where there are
	// none. Its own moves are bestMoved hashes.
	better    *splitclients.Definition
	bestMoved uint64
}

// negligible is a share of the hash space, in hashes, that is no more than what
// rounding makes: less than one client in a million.
const negligible = splitclients.HashSpace / million

func newSplitDiff(before, after *splitclients.Split) *splitDiff {
	d := &splitDiff{before: before, after: after}
	if d.keysDiffer = !before.Key.Equal(&after.Key); d.keysDiffer {
		d.Difference = differenceByChance(&before.Table, &after.Table)
		return d
	}
	d.Difference = before.Table.Diff(&after.Table)
	if d.Moved < d.Needed+negligible {
		return d
	}
	better := &splitclients.Definition{
		Key: after.Key.String(), Variable: "$" + after.Variable, Parts: before.Table.Rearrange(&after.Table),
	}
	// It is made of percentages that a block can hold, so that nginx takes it.
	if split, err := splitclients.New(*better, after.Rule); err == nil {
		if moved := before.Table.Diff(&split.Table).Moved; moved < d.Moved {
			d.better, d.bestMoved = better, moved
		}
	}
	return d
}

// differenceByChance is what becomes of clients whose hash before says nothing
// about their hash after.
func differenceByChance(before, after *splitclients.Table) (d splitclients.Difference) {
	for _, from := range before.Shares() {
		for _, to := range after.Shares() {
			high, low := bits.Mul64(from.Hashes, to.Hashes)
			hashes := high<<32 | low>>32
			if from.Value != to.Value && hashes > 0 {
				d.Moves = append(d.Moves, splitclients.Move{From: from.Value, To: to.Value, Hashes: hashes})
				d.Moved += hashes
			}
		}
	}
	slices.SortStableFunc(d.Moves, func(a, b splitclients.Move) int {
		switch {
		case a.Hashes > b.Hashes:
			return -1
		case a.Hashes < b.Hashes:
			return 1
		}
		return strings.Compare(a.From+"\x00"+a.To, b.From+"\x00"+b.To)
	})
	d.Needed = before.Diff(after).Needed
	return d
}

// How boundaries follow from percentages, and what follows from that.
const (
	boundariesMove = "Parts follow each other, so that an edit of one percentage moves every boundary after it. "
	howToKeep      = "To keep clients where they are, write what a variant gains as a part of its own in front of the last part, " +
		"and leave the parts before it as they are; or make many small parts of equal size, and edit their values only."
)

// warnings are what is likely not wanted, in sentences.
func (d *splitDiff) warnings() (warnings []string) {
	if d.before.Variable != d.after.Variable {
		warnings = append(warnings, fmt.Sprintf("The variable changes, from $%s to $%s.", d.before.Variable, d.after.Variable))
	}
	switch {
	case d.keysDiffer:
		warnings = append(warnings, fmt.Sprintf("The key changes, from %q to %q: every client gets a new hash and keeps its variant "+
			"by chance only. The moves are what to expect, not exact. Change the key to start a new experiment, not to change one.",
			d.before.Key.String(), d.after.Key.String()))
	case d.Moved >= d.Needed+negligible:
		warnings = append(warnings, fmt.Sprintf("%s%s of clients change variant where the new shares ask for %s. %s",
			boundariesMove, percentOfKeys(d.Moved), percentOfKeys(d.Needed), howToKeep))
	}
	return warnings
}

// notes are what to know though nothing is wrong, in sentences.
func (d *splitDiff) notes() (notes []string) {
	if !d.keysDiffer && d.Moved > 0 && d.Moved < d.Needed+negligible {
		notes = append(notes, "No other order of parts moves fewer clients to these shares. Mind the next edit: "+
			strings.ToLower(boundariesMove[:1])+boundariesMove[1:]+howToKeep)
	}
	return notes
}
