package experiment

import (
	"fmt"
	"math"
	"strconv"

	"github.com/splitgauge/splitgauge/aggregator"
)

// assumptions are what all figures rest on.
func assumptions() []string {
	return []string{
		"If a variant changes nothing, it changes nothing for anyone: which clients fail or are busy does not depend on where the split put them.",
		"What happened so far does not steer how much chance there is in what follows. That answers hold however often one looks was shown by simulation, not proven.",
		"A key is taken for a client: people behind one address count as one, and a person whose address or cookie changes as several.",
	}
}

// placeboNote is from which share of pseudo-arms the gauge is mentioned.
const placeboNote = 0.01

// notes of an experiment are what concerns all its variants.
func (r *Result) notes(x *aggregator.Experiment, p *plan, metrics []metric) (notes []string) {
	if r.Assignment.Checked == 0 {
		notes = append(notes, uncheckedText(x))
	}
	if r.Epoch.Settling > 0 && !r.Epoch.New {
		notes = append(notes, r.Epoch.note())
	}
	notes = append(notes, r.Log.notes(x)...)
	if p.Left != nil {
		notes = append(notes, fmt.Sprintf("The percentages do not quite add up to 100: clients who get no variant (%q) are not compared.", *p.Left))
	}
	if x.Unknown > 0 {
		notes = append(notes, fmt.Sprintf("%d requests have a variant that the split cannot give; they are in no arm.", x.Unknown))
	}
	for _, name := range p.tested {
		if !isPresent(metrics, name) && len(metrics) > 0 {
			notes = append(notes, fmt.Sprintf("%s could not be tested: the log does not have what it is made of.", name))
		}
	}
	if !r.Split.Mismatch {
		notes = append(notes, r.Split.note())
	}
	return notes
}

// notes say which requests count for less than they might.
func (l *Log) notes(x *aggregator.Experiment) (notes []string) {
	if o := l.Outside; o.Requests > 0 {
		notes = append(notes, fmt.Sprintf("%d requests have neither variant nor key in the log and are in no arm; %d of them failed.", o.Requests, o.Errors))
	}
	if k := l.Keyless; float64(k.Requests) > keylessNote*float64(k.AllRequests) {
		notes = append(notes, fmt.Sprintf("%s of the requests have a key without a value: whoever they are of, they count as those of one client.",
			percent(float64(k.Requests)/float64(k.AllRequests))))
	}
	keyed := int64(0)
	for _, arm := range x.Arms {
		keyed += arm.Requests - arm.NoKey
	}
	if x.IPv6 > 0 && keyed > 0 {
		notes = append(notes, fmt.Sprintf("%s of the requests have an IPv6 address as their key. Such clients change it, and with it the variant: differences look smaller than they are.",
			percent(float64(x.IPv6)/float64(keyed))))
	}
	return notes
}

// uncheckedText says why no variant could be checked.
func uncheckedText(x *aggregator.Experiment) string {
	requests, keyless := int64(0), int64(0)
	for _, arm := range x.Arms {
		requests += arm.Requests
		keyless += arm.NoKey
	}
	if requests > 0 && keyless >= requests {
		return "The log does not have what the key is made of: whose requests they are is not known."
	}
	return "Variants are not logged: they were computed from the key, and cannot be checked."
}

// note says what the split check could not have seen.
func (s SplitCheck) note() string {
	seen, unseen := "", ""
	clients := int64(0)
	for _, arm := range s.Arms {
		clients += arm.Clients
		if arm.DetectableLoss >= 1 {
			unseen += fmt.Sprintf(", %q", arm.Name)
		} else {
			seen += fmt.Sprintf(", %s or more of %q", percent(arm.DetectableLoss), arm.Name)
		}
	}
	switch {
	case clients == 0:
		return "There are no clients to check the split by."
	case seen == "":
		return "The split is as configured, as far as can be seen; so few clients would not show it if all of an arm's were missing."
	case unseen != "":
		unseen = "; that all are missing would not be seen of " + unseen[2:]
	}
	return "The split is as configured, as far as can be seen. What would be seen is a loss of clients of " + seen[2:] + unseen + "."
}

func (s SplitCheck) reason() string {
	text := "Clients are not split as configured:"
	for i, arm := range s.Arms {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %q has %s of %s", arm.Name, percent(arm.Observed), percent(arm.Configured))
	}
	return text + fmt.Sprintf(" (ln Bayes factor %.1f, %.1f would do). Clients of an arm are missing from the log, or there are too many; rates of the rest mislead.",
		s.LnBayesFactor, math.Log(splitThreshold))
}

// reason says in a sentence what the verdict of a variant rests on. few is whether
// there are too few clients.
func (v *Variant) reason(p *plan, few bool) string {
	primary := v.metric(p.Primary)
	switch {
	case v.Verdict.Refusal() && v.Verdict != NotEnoughData:
		return "The experiment is refused as a whole."
	case few && p.requests == 0 && p.outside > 0:
		return "The log has neither the variant nor what the key is made of, so that no request is in an arm: log them."
	case few && p.requests == 0:
		return "There are no requests to compare."
	case few && v.Requests > 0 && v.Clients == 0:
		return "The log does not have what the key is made of, so that no client is known."
	case few:
		return fmt.Sprintf("Fewer than %d clients in one of the arms; %s.", leastClients, detectableText(primary))
	case primary == nil:
		return fmt.Sprintf("The log does not have what %s is made of.", p.Primary)
	case v.Verdict == NotEnoughData:
		return fmt.Sprintf("So few groups of clients that each would decide; %s.", detectableText(primary))
	}
	for i := range v.Metrics {
		if m := &v.Metrics[i]; m.Verdict == v.Verdict && (v.Verdict == Worse || m.Primary) {
			return m.sentence()
		}
	}
	return primary.sentence()
}

func detectableText(m *Metric) string {
	if m == nil || math.IsInf(m.Detectable, 1) {
		return "no difference, however large, would be seen yet"
	}
	return fmt.Sprintf("a ratio of %s %s would be seen", m.Name, times(m.Detectable))
}

func (v *Variant) metric(name string) *Metric {
	for i := range v.Metrics {
		if v.Metrics[i].Name == name {
			return &v.Metrics[i]
		}
	}
	return nil
}

// sentence words the figures of a metric: "errors_5xx ×2.1, at least ×1.3, upper end
// open".
func (m *Metric) sentence() string {
	text := m.Name + " " + m.size()
	switch {
	case m.Withheld != "":
		return fmt.Sprintf("%s %s, but as counted %s: a few groups of clients make the difference, who count with less than full weight.",
			m.Name, m.within(), m.counted())
	case m.ByAffected && (m.Verdict == Worse || m.Verdict == Better):
		return fmt.Sprintf("%d clients had a %s, %s would be its share of those who had; %s per request.", m.Affected.Arm, "server error", figure(m.Affected.Share), text)
	case m.Verdict == Undecided && math.IsInf(m.High, 1) && m.Low <= 0:
		return fmt.Sprintf("%s could be anything; %s.", m.Name, detectableText(m))
	case m.Verdict == Undecided:
		return fmt.Sprintf("%s could be %s to %s; %s.", m.Name, times(m.Low), upper(m.High), detectableText(m))
	case m.Verdict == Better:
		return fmt.Sprintf("%s, at most %s.", text, upper(m.High))
	case math.IsInf(m.Ratio, 1):
		return text + "."
	case math.IsInf(m.High, 1):
		return fmt.Sprintf("%s, at least %s, upper end open.", text, times(m.Low))
	}
	return fmt.Sprintf("%s, at least %s, at most %s.", text, times(m.Low), times(m.High))
}

// size words how large the ratio is.
func (m *Metric) size() string {
	if math.IsInf(m.Ratio, 1) {
		return "more than in the control, where there is none; how much more cannot be said"
	}
	return times(m.Ratio)
}

// within words the interval.
func (m *Metric) within() string { return times(m.Low) + " to " + upper(m.High) }

// counted words the rates as they were counted.
func (m *Metric) counted() string {
	if m.Control == 0 {
		return fmt.Sprintf("%s, and none in the control", figure(m.Value))
	}
	return times(m.Plain)
}

// notes of a variant.
func (v *Variant) notes(pair *pair) (notes []string) {
	if t := v.Traffic; t.Changed {
		notes = append(notes, fmt.Sprintf("Requests per client changed: %s, in the control %s. Rates compare different mixes of requests; per client, %s.",
			figure(t.PerClient), figure(t.ControlPerClient), v.perClient()))
	}
	notes = append(notes, v.quantileNotes()...)
	if shared := sharedServers(pair.arm, pair.control); len(shared) > 0 {
		notes = append(notes, fmt.Sprintf("Not isolated from the control: both are served by %s.", joined(shared)))
	}
	return notes
}

// quantileNotes name the quantiles that differ where no verdict of latency says so: a
// mean in which each request counts for at most ten seconds does not see hangs.
func (v *Variant) quantileNotes() (notes []string) {
	for _, name := range []string{SlowShare, LatencyMean} {
		if m := v.metric(name); m != nil && (m.Verdict == Worse || m.Verdict == Better) {
			return nil
		}
	}
	for i := range v.Metrics {
		if m := &v.Metrics[i]; m.Unit == "ms" && m.Name != LatencyMean && (m.Low > 1 || m.High < 1) {
			notes = append(notes, fmt.Sprintf("%s is %s (%s), which no verdict rests on.", m.Name, times(m.Ratio), m.within()))
		}
	}
	return notes
}

// perClient words the server errors per client.
func (v *Variant) perClient() string {
	m := v.metric(Errors5xx)
	if m == nil {
		return "nothing else is known"
	}
	return fmt.Sprintf("server errors are %s, in the control %s", figure(m.Value*v.Traffic.PerClient), figure(m.Control*v.Traffic.ControlPerClient))
}

// notes of a metric of cells. counts is whether enough clients are affected.
func (m *Metric) notes(p *plan, counts bool) (notes []string) {
	if m.Score.Reduced > 0 && m.Score.Rate > 0 {
		text := fmt.Sprintf("%d groups of clients, with %s of the requests, count with less than full weight", m.Score.Reduced, percent(m.Score.ReducedShare))
		if m.Plain > 0 {
			text += "; with full weight the ratio is " + times(m.Plain)
		}
		notes = append(notes, text+".")
	}
	if m.Value == 0 && m.Control > 0 || m.Value > 0 && m.Control == 0 {
		notes = append(notes, "Nothing was counted in one of the arms, so that how large the ratio is cannot be said.")
	}
	if !counts && m.LnEvidence >= p.threshold {
		notes = append(notes, fmt.Sprintf("Fewer than %d clients are affected: no verdict, whatever the evidence.", leastAffected))
	}
	if m.Affected != nil && (m.Verdict == Worse || m.Verdict == Better) && m.Low < 1 && m.High > 1 {
		notes = append(notes, fmt.Sprintf("Decided by how many clients had an error, %d here and %d in the control, not by how many requests did.", m.Affected.Arm, m.Affected.Control))
	}
	if m.Placebo > placeboNote {
		notes = append(notes, fmt.Sprintf("A few groups of clients dominate: of splits that never were, %s would have had a verdict. Trust this one less.", percent(m.Placebo)))
	}
	for _, c := range m.Concentrations {
		notes = append(notes, c.note())
	}
	return notes
}

// notes of a quantile.
func (q *QuantilePair) notes() (notes []string) {
	switch {
	case q.AboveRange:
		notes = append(notes, "Above what is measured.")
	case !q.Enough:
		notes = append(notes, fmt.Sprintf("Too few independent requests beyond it: %s, and %s in the control, of %d.", figure(q.Arm.Beyond), figure(q.Control.Beyond), leastBeyond))
	}
	if q.Indistinct && !q.AboveRange {
		notes = append(notes, "No practical difference: less than the resolution.")
	}
	return notes
}

// times words a ratio, with no more digits than one may believe.
func times(ratio float64) string { return "×" + figure(ratio) }

// upper words the upper end of an interval.
func upper(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "any size"
	}
	return times(ratio)
}

// figure has three digits, and no exponent where it can be avoided.
func figure(value float64) string {
	switch size := math.Abs(value); {
	case math.IsInf(value, 0):
		return "∞"
	case size >= 100 && size < 1e15:
		return strconv.FormatFloat(math.Round(value), 'f', -1, 64)
	case size >= 0.001:
		return strconv.FormatFloat(value, 'g', 3, 64)
	}
	return strconv.FormatFloat(value, 'g', 2, 64)
}

func percent(share float64) string { return figure(100*share) + " %" }
