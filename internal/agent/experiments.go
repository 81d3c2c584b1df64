package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// addExperiments adds to a report what is known of each split of the sets that
// applied to an input.
func (c *Comparison) addExperiments(out *report.Report, sets []*splitSet) {
	out.Split = splitTexts(sets)
	if out.Split != "" {
		out.VariantOrigin = "as logged, else computed from the split"
	}
	splits := c.choose(distinctSplits(sets))
	out.Experiments = experimentsOf(splits)
	c.compare(out.Experiments, splits, out.Snapshot)
}

// experimentsOf returns what a report says of each split before its variants are
// compared.
func experimentsOf(splits []*splitclients.Split) (experiments []report.Experiment) {
	without := withoutExperiment(splits)
	for i, split := range splits {
		experiments = append(experiments, report.Experiment{
			Name: split.Variable, Key: split.Key.String(), Variants: configuredShares(split), Without: without[i],
		})
	}
	return experiments
}

// splitTexts returns the splits of the sets in words.
func splitTexts(sets []*splitSet) string {
	var texts []string
	for _, set := range sets {
		for _, split := range set.splits {
			text := fmt.Sprintf("split_clients %q $%s, %s", split.Key.String(), split.Variable, set.origin)
			if !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, "; ")
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
