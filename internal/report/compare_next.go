package report

import (
	"fmt"
	"math"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
)

// next says what to do, by the verdict.
func (w words) next(total int64) (list []string) {
	r := w.e.Result
	if r == nil {
		return nil
	}
	if text := w.unassigned(total); text != "" {
		return []string{text}
	}
	switch r.Verdict {
	case experiment.NewEpoch:
		return []string{"Look again after " + momentOf(r.Epoch.Settles) + "."}
	case experiment.AssignmentBroken:
		return []string{"Give the split as it was when the log was written, with its key and its percentages, and the version of nginx (--split, --nginx-conf, --nginx-version); " +
			"or leave out the time before it changed (--since). \"splitgauge split assign\" says which variant a single key gets."}
	case experiment.LogIncomplete:
		return []string{"See which lines fail and why with \"splitgauge check\", and name the log's format with --format or --nginx-conf; " +
			"then let nginx log the same fields in all variants."}
	case experiment.SplitNotAsConfigured:
		return []string{"Find out where clients of a variant are lost or gained, before looking at rates: another log that its requests go to, a cache or a redirect before nginx, " +
			"a filter, an address that is only seen through a proxy. If the percentages were changed, leave out the time before that (--since)."}
	}
	for i := range r.Variants {
		list = append(list, w.nextOf(&r.Variants[i])...)
	}
	if r.Verdict == experiment.Undecided && r.Margin == 0 {
		list = append(list, "Without --margin only a difference is an answer. With it, such as --margin "+w.suggestedMargin()+", so is that there is no harm of that size.")
	}
	return list
}

// unassigned says what to do where no request has an arm, though there are requests.
func (w words) unassigned(total int64) string {
	requests := w.e.Result.Control.Requests
	for i := range w.e.Result.Variants {
		requests += w.e.Result.Variants[i].Requests
	}
	if requests > 0 || total == 0 {
		return ""
	}
	if w.e.AA {
		return fmt.Sprintf("None of %s has a value of what --assign-by names: name a variable that is logged.", counted(total, "request", "requests"))
	}
	return fmt.Sprintf("None of %s has a variant: the log has neither $%s nor all variables of the key %s. Log the former.",
		counted(total, "request", "requests"), visible(w.e.Name, w.unicode), w.name(w.e.Key))
}

// nextOf says what to do about a variant.
func (w words) nextOf(v *experiment.Variant) []string {
	name, primary := w.name(v.Name), primaryOf(v)
	switch {
	case v.Verdict == experiment.Worse && w.e.AA:
		return []string{"A false alarm: of A/As no more than one in twenty should have one. If another --assign-by or another time has it too, the assumptions do not hold in this log."}
	case v.Verdict == experiment.Worse:
		return []string{"Take " + name + " back, and look for the cause" + w.first(v) + ": more data will not make the harm smaller than it is."}
	case v.Verdict.Harmless():
		return nil
	case w.requests() == 0:
		return []string{name + ": there is no request to compare; look at --since and --until."}
	case primary == nil:
		return []string{name + ": the log does not have what the metric that decides is made of; choose another one with --metric."}
	}
	if v.Verdict == experiment.Undecided && withheld(primary) {
		return []string{name + ": more of the same data will not decide it; what stands in the way is said above."}
	}
	if v.Verdict == experiment.NotEnoughData {
		return []string{name + ": " + w.detectable(primary) + ". Wait until there are more clients, at least 30 in each arm, or give it a larger share."}
	}
	return []string{name + ": " + w.moreData(primary)}
}

// first says where to look for the cause of harm first, if that is known.
func (w words) first(v *experiment.Variant) string {
	for i := range v.Metrics {
		if m := &v.Metrics[i]; m.Verdict == experiment.Worse && len(m.Concentrations) > 0 {
			return ", first in what happened at " + w.place(&m.Concentrations[0])
		}
	}
	return ""
}

// moreData says how much more data there would have to be for an answer. Evidence
// grows with the root of the amount of data, so that an effect of half the size
// takes four times the data.
func (w words) moreData(m *experiment.Metric) string {
	now := w.detectable(m)
	if !finite(m.Detectable) || m.Detectable <= 1 {
		return now + ". Wait for more clients, or give it a larger share."
	}
	target, why := w.target(m)
	if target == 0 {
		return now + "."
	}
	factor := math.Pow((m.Detectable-1)/math.Abs(target-1), 2)
	shown := w.times(target, fewDigits)
	switch {
	case factor <= 1.05:
		return now + "; " + shown + ", " + why + ", is not smaller: a little more data may decide."
	case factor > mostFactor:
		return fmt.Sprintf("%s; %s, %s, would take more than %s times the data: give it a larger share.", now, shown, why, grouped(mostFactor))
	}
	return fmt.Sprintf("%s; for %s, %s, it takes about %s times the data in all%s.", now, shown, why, significantShort(factor), w.pace(factor))
}

// detectable says what would be seen with the data that there is.
func (w words) detectable(m *experiment.Metric) string {
	if !finite(m.Detectable) || m.Detectable <= 1 {
		return "with what there is, no difference of " + m.Name + ", however large, would be seen"
	}
	return "with what there is, a ratio of " + w.times(m.Detectable, fewDigits) + " in " + m.Name + " would be seen (with a probability of 80%)"
}

// How many times the data nobody waits for, and from when on what was observed is
// too little to ask for.
const (
	mostFactor   = 1000
	mostObserved = 50
)

// target returns the ratio that the question is about: the margin, unless it is
// beyond what was observed, or else what was observed. 0: none.
func (w words) target(m *experiment.Metric) (ratio float64, why string) {
	if margin := w.e.Result.Margin; margin > 1 && m.Ratio < margin {
		return margin, "the margin"
	}
	if size := math.Abs(m.Ratio - 1); finite(m.Ratio) && m.Ratio > 0 && (m.Detectable-1)/size < math.Sqrt(mostObserved) {
		return m.Ratio, "as observed"
	}
	return 0, ""
}

// pace says how long the rest of so many times the data would take, as fast as
// clients came so far.
func (w words) pace(factor float64) string {
	first, last := w.e.Result.Epoch.First, w.e.Result.Epoch.Last
	if first == noTime || last == noTime {
		return ""
	}
	period := float64(last) - float64(first)
	if rest := (factor - 1) * period; period >= 60_000 && rest < float64(10*365*24*time.Hour/time.Millisecond) {
		return ", " + roughSpan(rest) + " more if clients come as before"
	}
	return ""
}

// roughSpan returns milliseconds with two digits.
func roughSpan(ms float64) string {
	const minute, hour, day = 60_000, 3_600_000, 86_400_000
	switch {
	case ms >= 2*day:
		return significantShort(ms/day) + " d"
	case ms >= 2*hour:
		return significantShort(ms/hour) + " h"
	}
	return significantShort(max(1, ms/minute)) + " min"
}

// suggestedMargin is one that could be decided before long: what would be seen now.
func (w words) suggestedMargin() string {
	for i := range w.e.Result.Variants {
		for _, m := range w.e.Result.Variants[i].Metrics {
			if m.Primary && finite(m.Detectable) && m.Detectable > 1 {
				return significantShort(max(1.01, m.Detectable))
			}
		}
	}
	return "1.2"
}

// momentOf returns Unix milliseconds as a time in UTC.
func momentOf(milliseconds int64) string { return moment(time.UnixMilli(milliseconds)) + " UTC" }
