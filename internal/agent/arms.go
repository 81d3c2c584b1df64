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
func (f *formats) experiments() []aggregator.ExperimentConfig {
	return experimentConfigs(defaultSlow, f.named, f.general)
}

// experimentConfigs declares the splits of sets as experiments, as far as there
// is room: a split with more values than there are arms is none.
func experimentConfigs(slow int64, sets ...*splitSet) (configs []aggregator.ExperimentConfig) {
	for _, set := range sets {
		for _, split := range set.splits {
			arms := armNames(split)
			known := slices.ContainsFunc(configs, func(c aggregator.ExperimentConfig) bool { return c.Name == split.Variable })
			if known || len(arms) > aggregator.MaxArms || len(configs) == aggregator.MaxExperiments {
				continue
			}
			configs = append(configs, aggregator.ExperimentConfig{
				Name: split.Variable, Definition: definitionOf(split), Arms: arms, Slow: slow,
			})
		}
	}
	return configs
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
	experiment := shard.ExperimentNumber(split.Variable)
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

// of returns the arm of a value.
func (a *arms) of(value []byte) int {
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
