package aggregator

// ViewExperiment returns the shard's own state of an experiment, by its number: a
// look that costs nothing. It is to be read only, and only until the shard is given
// the next request. Servers are not in it; Experiments has them.
func (s *Shard) ViewExperiment(experiment int) *Experiment {
	return s.experiments[experiment].Experiment
}
