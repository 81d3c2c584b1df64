package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// Comparison says how experiments are compared. The zero value is the usual way.
type Comparison struct {
	Only    string        // the variable of the one that is compared; empty means all
	Control *string       // the arm that others are compared with; nil: the largest
	Margin  float64       // ratio from which on a difference would be harm; 0: none
	Metrics []string      // that carry a verdict, the one that decides first; see experiment.Options
	Slow    time.Duration // a request that takes longer is slow; 0 means a second
}

// options returns what a split's experiment is compared by.
func (c *Comparison) options(split *splitclients.Split, x *aggregator.Experiment) experiment.Options {
	return experiment.Options{
		Shares:  experiment.Shares(&split.Table, x.Arms),
		Control: c.Control,
		Rest:    restOf(split),
		Left:    leftOf(split),
		Margin:  c.Margin,
		Metrics: c.Metrics,
	}
}

// leftOf returns the value of the few keys that a split leaves to no part where its
// percentages are meant to add up to 100, such as three times 33.33 %; nil if there is
// none.
func leftOf(split *splitclients.Split) *string {
	const few = 10 // hundredths of a percent
	left := ""
	named := slices.ContainsFunc(split.Table.Parts(), func(part splitclients.Part) bool { return part.Value == left })
	if named || split.Table.Rest() == 0 || split.Table.Rest() > few {
		return nil
	}
	return &left
}

// restOf returns the value of the keys that the other parts of a split leave; nil if
// they are meant to leave none.
func restOf(split *splitclients.Split) *string {
	rest := ""
	if leftOf(split) != nil {
		return nil
	}
	if split.Table.Rest() == 0 {
		parts := split.Table.Parts()
		last := parts[len(parts)-1]
		if last.Threshold != 0 {
			return nil
		}
		rest = last.Value
	}
	return &rest
}

// slow returns above how many milliseconds a request is slow.
func (c *Comparison) slow() int64 {
	if c.Slow > 0 {
		return c.Slow.Milliseconds()
	}
	return defaultSlow
}

// check reports what of c no experiment of the formats could be compared by,
// before anything is read.
func (c *Comparison) check(f *formats) error {
	splits := distinctSplits([]*splitSet{f.named, f.general})
	if c.Only != "" && !slices.ContainsFunc(splits, c.chosen) {
		return fmt.Errorf("cannot compare the experiment %q: no split sets that variable", c.Only)
	}
	var problems error
	for _, split := range splits {
		if !c.chosen(split) {
			continue
		}
		config, without := experimentConfig(split, c.slow(), 0)
		if without != "" {
			continue
		}
		empty := aggregator.NewShard(aggregator.Config{Experiments: []aggregator.ExperimentConfig{config}}).Experiments()[config.Name]
		_, err := experiment.Compare(empty, c.options(split, empty))
		if err == nil {
			return nil // good enough for one of them
		}
		problems = errors.Join(problems, fmt.Errorf("experiment %q: %w", split.Variable, err))
	}
	return problems
}

func (c *Comparison) chosen(split *splitclients.Split) bool {
	return c.Only == "" || c.Only == split.Variable
}

// choose returns those of splits that are to be compared.
func (c *Comparison) choose(splits []*splitclients.Split) []*splitclients.Split {
	return slices.DeleteFunc(splits, func(split *splitclients.Split) bool { return !c.chosen(split) })
}

// compare adds to experiments, which are those of the splits, what their
// variants in the snapshot say.
func (c *Comparison) compare(experiments []report.Experiment, splits []*splitclients.Split, snapshot *aggregator.Snapshot) {
	for i, split := range splits {
		e := &experiments[i]
		if e.Without != "" {
			continue
		}
		x := snapshot.Experiments[split.Variable]
		if x == nil || x.Definition != definitionOf(split) {
			e.Without = "nothing was counted under this split"
			continue
		}
		result, err := experiment.Compare(x, c.options(split, x))
		if err != nil {
			e.Without = err.Error()
			continue
		}
		e.Result, e.Cause = result, causeOf(split, result, snapshot.Assignments[split.Variable])
	}
}

// distinctSplits returns the splits of the sets, each definition once.
func distinctSplits(sets []*splitSet) (splits []*splitclients.Split) {
	for _, set := range sets {
		for _, split := range set.splits {
			if !slices.ContainsFunc(splits, func(s *splitclients.Split) bool {
				return s.Variable == split.Variable && definitionOf(s) == definitionOf(split)
			}) {
				splits = append(splits, split)
			}
		}
	}
	return splits
}

// causeOf returns what probably made the variants or the keys of a log wrong, in
// sentences for who configured nginx; empty where nothing is.
func causeOf(split *splitclients.Split, result *experiment.Result, assignment *aggregator.Assignment) string {
	k := result.Log.Keyless
	keyless := k.Suspicious || 2*k.Requests > k.AllRequests
	if !result.Assignment.Broken && !keyless {
		return ""
	}
	var reasons map[string]int64
	total := int64(0)
	// Reasons are of all that was counted: they say nothing of an epoch that saw only a
	// part of it.
	if result.Assignment.Broken && assignment != nil && assignment.Mismatched() <= result.Assignment.Mismatches {
		reasons, total = assignment.Mismatches, assignment.Mismatched()
	}
	most := func(reason string) bool { return 2*reasons[reason] > total }
	lost, pattern := redirected(split.Key.Variables())
	switch {
	case (keyless || most(absentKey)) && lost != "":
		return fmt.Sprintf("Many lines have a key without a value: an internal redirect (error_page, try_files, X-Accel-Redirect) "+
			"empties $%s before the line is logged. Take it from $request_uri, which no redirect changes, split over $client_key, and log that: "+
			"map $request_uri $client_key { \"%s\" $1; }", lost, pattern)
	case keyless || most(absentKey):
		return "Many lines have a key without a value: a variable of the key was set or dropped between the split and the log."
	case most(emptyKey):
		return "Most of these lines are in the variant of an empty key: nginx evaluated the split when the variables of the key had no value, " +
			"as after an internal redirect (error_page, try_files, X-Accel-Redirect), which drops the query."
	case most(unknownValue):
		return "Most of these lines have a variant that this split cannot give: another split, or an older one, was in use."
	case most(boundaryRule):
		return "Most of these lines have a key at the end of the hash range, which nginx before and from 1.31.2 place differently: the version is not the one that was given."
	}
	return ""
}

// redirected returns the first of variables that an internal redirect empties, or "",
// and the regular expression that finds its value in $request_uri.
func redirected(variables []string) (name, pattern string) {
	for _, name := range variables {
		if argument, ok := strings.CutPrefix(name, "arg_"); ok {
			return name, "~*[?&]" + argument + "=([^&]*)"
		}
		if name == "args" || name == "query_string" {
			return name, `~\?(.*)$`
		}
	}
	return "", ""
}
