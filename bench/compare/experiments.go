package main

import (
	"os"
	"strings"
)

// The programs that are compared where it is about experiments.
const (
	replaySplit = "splitgauge replay --split"
	compareVerb = "splitgauge compare"
)

// experimentSplit has three variants, the control of which gets nearly all.
const experimentSplit = `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`

// experimentLimits hold for compare.
var experimentLimits = []limit{
	{combinedTitle, compareVerb, replay, 1.5},
	{extendedTitle, compareVerb, replay, 1.25},
	{jsonTitle, compareVerb, replay, 1.25},
}

// planExperiments lists what an answer about an experiment costs above a report.
func planExperiments(o options, splitgauge string) ([]*group, error) {
	format, err := os.ReadFile(o.file("extended.format"))
	if err != nil {
		return nil, err
	}
	build := func(title, name, format string) *group {
		verb := func(name, verb string, flags ...string) *contestant {
			argv := append([]string{splitgauge, verb, "-o", "json", "--format", format}, flags...)
			return &contestant{name: name, argv: argv}
		}
		g := &group{title: title, file: o.file(name), baselines: []string{replay}}
		plain, split := verb(replay, "replay"), verb(replaySplit, "replay", "--split", experimentSplit)
		plain.lines, split.lines = replayLines, replayLines
		compare := verb(compareVerb, "compare", "--split", experimentSplit)
		compare.answers = true
		for _, c := range []*contestant{plain, split, compare} {
			c.argv = append(c.argv, g.file)
			g.contestants = append(g.contestants, c)
		}
		return g
	}
	return []*group{
		build(combinedTitle, "combined.log", "combined"),
		build(extendedTitle, "extended.log", strings.TrimSpace(string(format))),
		build(jsonTitle, "json.log", "json"),
	}, nil
}
