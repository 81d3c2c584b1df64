package report

import "github.com/splitgauge/splitgauge/aggregator"

// documentExperiment is what the document says of one split. What it takes
// inference to say is not there yet.
type documentExperiment struct {
	Experiment string                   `json:"experiment"`
	Key        string                   `json:"key"`
	Assignment documentAssignment       `json:"assignment"`
	Variants   []documentExperimentPart `json:"variants"`
}

type documentAssignment struct {
	Checked    int64     `json:"checked"`
	Mismatches int64     `json:"mismatches"`
	Reasons    countsMap `json:"reasons"`
}

type documentExperimentPart struct {
	Variant    string  `json:"variant"`
	Configured float64 `json:"configured"`
}

func newExperiments(r *rows, experiments []Experiment) []documentExperiment {
	list := []documentExperiment{}
	for _, e := range experiments {
		d := documentExperiment{Experiment: e.Name, Key: e.Key, Assignment: newAssignment(r.Assignments[e.Name]), Variants: []documentExperimentPart{}}
		for _, v := range e.Variants {
			d.Variants = append(d.Variants, documentExperimentPart{v.Variant, float64(v.Hundredths) / 10_000})
		}
		list = append(list, d)
	}
	return list
}

func newAssignment(a *aggregator.Assignment) documentAssignment {
	if a == nil {
		return documentAssignment{Reasons: countsMap{}}
	}
	return documentAssignment{a.Checked, a.Mismatched(), newCountsMap(counts(validNames(a.Mismatches)))}
}
