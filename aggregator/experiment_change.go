package aggregator

import "github.com/splitgauge/splitgauge/parser"

// Change is when an experiment's definition took the place of another one. Whoever
// counts the same experiment elsewhere has to know of it: workers of before write to
// all logs.
type Change struct {
	Definition string
	Slow       int64

	Changed, Settles int64 // see Experiment
}

// Changes adds to known the changes of experiments, the latest of each.
func Changes(known map[string]Change, experiments map[string]*Experiment) {
	for name, x := range experiments {
		if x.Changed != parser.NoTime && x.Changed >= known[name].Changed {
			known[name] = Change{x.Definition, x.Slow, x.Changed, x.Settles}
		}
	}
}

// Changes adds to known the changes of the shard's experiments, the latest of each.
func (s *Shard) Changes(known map[string]Change) {
	for i, x := range s.experiments {
		Changes(known, map[string]*Experiment{s.config.Experiments[i].Name: x.Experiment})
	}
}

// SeeChanges makes changes that were seen elsewhere those of the shard's experiments:
// what it adds from now on is held to them.
func (s *Shard) SeeChanges(seen map[string]Change) {
	for i, x := range s.experiments {
		change, ok := seen[s.config.Experiments[i].Name]
		if ok && change.Definition == x.Definition && change.Slow == x.Slow && change.Changed > x.Changed {
			x.Changed, x.Settles = change.Changed, change.Settles
		}
	}
}
