package agent

import (
	"fmt"
	"slices"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/splitclients"
)

// defaultSlow is above how many milliseconds a request is slow.
const defaultSlow = 1000

// experiments are those of the logs that are read by f.
func (f *formats) experiments() (configs []aggregator.ExperimentConfig) {
	splits := f.config.Compare.choose(distinctSplits([]*splitSet{f.named, f.general}))
	for i, without := range withoutExperiment(splits) {
		if without == "" {
			config, _ := experimentConfig(splits[i], f.config.Compare.slow(), f.settle())
			configs = append(configs, config)
		}
	}
	return configs
}

// withoutExperiment returns for each of the splits why its variants are not
// compared, or "": there are bounds to how many are.
func withoutExperiment(splits []*splitclients.Split) []string {
	without := make([]string, len(splits))
	known := map[string]bool{}
	for i, split := range splits {
		_, problem := experimentConfig(split, defaultSlow, 0)
		switch {
		case problem != "":
			without[i] = problem
		case known[split.Variable]:
			without[i] = "another split sets the same variable"
		case len(known) == aggregator.MaxExperiments:
			without[i] = fmt.Sprintf("at most %d splits are compared, the first ones", aggregator.MaxExperiments)
		default:
			known[split.Variable] = true
		}
	}
	return without
}

// experimentConfig declares a split as an experiment, or says why it is none.
func experimentConfig(split *splitclients.Split, slow, settle int64) (config aggregator.ExperimentConfig, without string) {
	arms := armNames(split)
	switch {
	case len(arms) > aggregator.MaxArms:
		return config, fmt.Sprintf("it has %d variants, at most %d are compared", len(arms), aggregator.MaxArms)
	case len(arms) < 2:
		return config, "it has a single variant, there is nothing to compare it with"
	}
	return aggregator.ExperimentConfig{Name: split.Variable, Definition: definitionOf(split), Arms: arms, Slow: slow, Settle: settle}, ""
}

// armNames returns the values that a split can give, in the order of its parts.
func armNames(split *splitclients.Split) (names []string) {
	for _, share := range configuredShares(split) {
		names = append(names, share.Variant)
	}
	return names
}

// definitionOf returns all that decides who gets which value: what changes it
// begins a new epoch.
func definitionOf(split *splitclients.Split) string {
	definition := splitclients.Definition{Key: split.Key.String(), Variable: "$" + split.Variable}
	for _, part := range split.Table.Parts() {
		definition.Parts = append(definition.Parts, splitclients.DefinitionPart{Percent: percentText(part), Value: part.Value})
	}
	return definition.String() + "\n# " + split.Rule.String()
}

// arms are the arms of an experiment of a shard, as an assigner needs them.
type arms struct {
	experiment int
	names      []string
	parts      []int // arm of each part
	rest       int   // arm of what no part takes
}

// armsOf returns the arms of a split, or nil if it is no experiment of the shard.
func armsOf(split *splitclients.Split, shard *aggregator.Shard) *arms {
	experiment := shard.ExperimentNumber(split.Variable, definitionOf(split))
	if experiment < 0 {
		return nil
	}
	a := &arms{experiment: experiment, names: armNames(split)}
	for _, part := range split.Table.Parts() {
		a.parts = append(a.parts, slices.Index(a.names, part.Value))
	}
	a.rest = slices.Index(a.names, "")
	return a
}

// ofValue returns the arm of a value.
func (a *arms) ofValue(value []byte) int {
	if a == nil {
		return aggregator.NoArm
	}
	for i, name := range a.names {
		if name == string(value) {
			return i
		}
	}
	return aggregator.NoArm
}

// ofPart returns the arm of a part.
func (a *arms) ofPart(part int) int {
	switch {
	case a == nil:
		return aggregator.NoArm
	case part == splitclients.NoPart:
		return a.rest
	}
	return a.parts[part]
}

// percentText is what stands before the value of a part.
func percentText(part splitclients.Part) string {
	if part.Threshold == 0 {
		return "*"
	}
	return fmt.Sprintf("%d.%02d%%", part.Percent/100, part.Percent%100)
}
