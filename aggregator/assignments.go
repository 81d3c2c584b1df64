package aggregator

// Assignment is what checking the logged variants of one split found.
type Assignment struct {
	Checked    int64            // requests whose variant is logged and can be computed
	Mismatches map[string]int64 // of them those that nginx would have placed elsewhere, by reason
}

// Mismatched returns how many requests were logged with another variant than
// the split gives.
func (a *Assignment) Mismatched() (n int64) {
	for _, count := range a.Mismatches {
		n += count
	}
	return n
}

// Merge adds what other found.
func (a *Assignment) Merge(other *Assignment) {
	a.Checked += other.Checked
	for reason, n := range other.Mismatches {
		a.Mismatches[reason] += n
	}
}

// Add counts a request whose logged variant was checked; reason is empty where it
// is the one that the split gives.
func (a *Assignment) Add(reason string) {
	a.Checked++
	if reason != "" {
		a.Mismatches[reason]++
	}
}

// Assignment returns where the shard counts the checks of one split, for who
// counts them. It is the shard's.
func (s *Shard) Assignment(experiment string) *Assignment {
	return assignmentOf(s.assignments, experiment)
}

// assignmentOf returns the assignment of an experiment, a new one at first.
func assignmentOf(assignments map[string]*Assignment, experiment string) *Assignment {
	a, ok := assignments[experiment]
	if !ok {
		a = &Assignment{Mismatches: make(map[string]int64)}
		assignments[experiment] = a
	}
	return a
}

// mergeAssignments adds more to those there, without keeping it.
func mergeAssignments(there, more map[string]*Assignment) {
	for experiment, a := range more {
		assignmentOf(there, experiment).Merge(a)
	}
}
