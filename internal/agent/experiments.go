package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// experimentsOf returns what a report says of each split of the sets that
// applied to an input, and the splits in words.
func experimentsOf(sets []*splitSet) (experiments []report.Experiment, text string) {
	var texts []string
	for _, set := range sets {
		for _, split := range set.splits {
			experiments = append(experiments, report.Experiment{
				Name: split.Variable, Key: split.Key.String(), Variants: configuredShares(split),
			})
			texts = append(texts, fmt.Sprintf("split_clients %q $%s, %s", split.Key.String(), split.Variable, set.origin))
		}
	}
	return experiments, strings.Join(texts, "; ")
}

// appliedSets returns those of the formats' sets of splits that were used, the
// ones of nginx's configuration first.
func (f *formats) appliedSets(used func(*splitSet) bool) (sets []*splitSet) {
	for _, set := range []*splitSet{f.named, f.general} {
		if used(set) && !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return sets
}

// configuredShares returns the share of keys that the configuration gives each
// value, in hundredths of a percent, in the order of the parts.
func configuredShares(split *splitclients.Split) (shares []report.ConfiguredShare) {
	add := func(value string, hundredths uint32) {
		for i := range shares {
			if shares[i].Variant == value {
				shares[i].Hundredths += int64(hundredths)
				return
			}
		}
		shares = append(shares, report.ConfiguredShare{Variant: value, Hundredths: int64(hundredths)})
	}
	for _, part := range split.Table.Parts() {
		add(part.Value, part.Percent)
	}
	if rest := split.Table.Rest(); rest > 0 {
		add("", rest)
	}
	return shares
}
