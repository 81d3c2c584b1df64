package report

import "github.com/splitgauge/splitgauge/experiment"

// Outcome is what all experiments of a report come to, for a gate in a pipeline.
type Outcome uint8

// The outcomes.
const (
	NoExperiment Outcome = iota // there is no split whose variants could be compared
	Harmless                    // every experiment says that there is no harm
	Harmful                     // some variant is worse
	Unanswered                  // none of these: undecided, or an answer was refused
)

// Outcome returns what the experiments of the report come to. Harm in one of them
// counts most; no harm has to be said of all.
func (r *Report) Outcome() Outcome {
	if len(r.Experiments) == 0 {
		return NoExperiment
	}
	outcome := Harmless
	for i := range r.Experiments {
		switch verdict := r.Experiments[i].verdict(); {
		case verdict == experiment.Worse:
			return Harmful
		case !verdict.Harmless():
			outcome = Unanswered
		}
	}
	return outcome
}

// verdict returns the verdict of an experiment, "" where its variants could not be
// compared.
func (e *Experiment) verdict() experiment.Verdict {
	if e.Result == nil {
		return ""
	}
	return e.Result.Verdict
}
