package agent

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// experiments returns what the report says of each split that applied to an
// input, and the splits in words.
func (r *replay) experiments() (experiments []report.Experiment, text string) {
	var texts []string
	sets := []*splitSet{r.formats.named}
	if r.formats.general != r.formats.named {
		sets = append(sets, r.formats.general)
	}
	for _, set := range sets {
		if !r.applied(set) {
			continue
		}
		for _, split := range set.splits {
			experiments = append(experiments, report.Experiment{
				Name: split.Variable, Key: split.Key.String(), Variants: configuredShares(split),
			})
			texts = append(texts, fmt.Sprintf("split_clients %q $%s, %s", split.Key.String(), split.Variable, set.origin))
		}
	}
	return experiments, strings.Join(texts, "; ")
}

// applied reports whether a set of splits applied to any input.
func (r *replay) applied(set *splitSet) bool {
	for i := range r.inputs {
		if r.inputs[i].splits == set {
			return true
		}
	}
	return false
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
