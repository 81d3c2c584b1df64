package experiment

import (
	"fmt"

	"github.com/splitgauge/splitgauge/aggregator"
)

// Doubts are reasons not to say "no harm". They say nothing about harm that was
// seen, and are no reason to refuse an answer: what is known is known.

// doubts of an experiment concern all its variants.
func (p *plan) doubts(x *aggregator.Experiment, log *Log, metrics []metric) (doubts []string) {
	control := x.Arms[p.control].Name
	if p.Control == nil && p.Rest != nil && *p.Rest != control {
		doubts = append(doubts, fmt.Sprintf("no control was named: %q was taken, which has the most clients, "+
			"but %q is where clients go whom the split does not choose (name it: --control, or experiments.control)", control, *p.Rest))
	}
	if float64(log.Partial) > mostUnparsed*float64(log.Lines) {
		doubts = append(doubts, fmt.Sprintf("%d of %d lines could only be read in part: the log's format is another one, and may hold the variant (name it: --format, or --nginx-conf)",
			log.Partial, log.Lines))
	}
	for _, name := range p.Metrics {
		if !isPresent(metrics, name) {
			doubts = append(doubts, fmt.Sprintf("the log does not have what %s is made of", name))
		}
	}
	if k := log.Keyless; k.Suspicious {
		doubts = append(doubts, fmt.Sprintf("the key has no value in %d of %d requests that failed, but in %d of %d others",
			k.Errors, k.AllErrors, k.Requests-k.Errors, k.AllRequests-k.AllErrors))
	}
	if o := log.Outside; o.Suspicious {
		doubts = append(doubts, fmt.Sprintf("%d requests that failed have neither variant nor key in the log, and %d have: whose they are is not known",
			o.Errors, o.AllErrors-o.Errors))
	}
	return doubts
}

// doubts of a variant are that it fails in a way that was not to be tested.
func (v *Variant) doubts(threshold float64) (doubts []string) {
	for i := range v.Metrics {
		m := &v.Metrics[i]
		if isFailure(m.Name) && !m.Tested && m.Score.Excess > 0 && m.LnEvidence >= threshold {
			doubts = append(doubts, fmt.Sprintf("%s carries no verdict here, but is clearly worse: %s", m.Name, m.size()))
		}
	}
	return doubts
}

// isFailure reports whether a metric is of requests that failed, in one way or another.
func isFailure(metric string) bool {
	return metric == Errors5xx || metric == Errors4xx || metric == Aborted499
}

// doubt takes back a verdict of no harm, for the first of doubts.
func (v *Variant) doubt(doubts []string) {
	if !v.Verdict.Harmless() || len(doubts) == 0 {
		return
	}
	v.Reason = fmt.Sprintf("%s is not said, since %s.", v.Verdict, doubts[0])
	v.Verdict = Undecided
	for i := range v.Metrics {
		if m := &v.Metrics[i]; m.Verdict.Harmless() {
			m.Verdict, m.Withheld = Undecided, m.Verdict
		}
	}
}

func isPresent(metrics []metric, name string) bool {
	for i := range metrics {
		if metrics[i].name == name {
			return true
		}
	}
	return false
}
