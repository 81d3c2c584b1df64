package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/splitgauge/splitgauge/experiment"
)

// words are the words for the results of an experiment, for text and Markdown
// alike. Names in them are quoted and visible.
type words struct {
	unicode bool
	e       *Experiment
}

// name returns the name of a variant or a server in quotes.
func (w words) name(name string) string { return quoted(name, w.unicode) }

// text returns a sentence of package experiment, or of the agent, as it can be
// shown.
func (w words) text(sentence string) string {
	if !w.unicode {
		sentence = strings.NewReplacer("×", "x", "∞", "inf", "…", "...").Replace(sentence)
	}
	return visible(sentence, w.unicode)
}

// times returns a ratio with so many digits.
func (w words) times(ratio float64, digits int) string {
	if math.IsInf(ratio, 1) {
		return w.pick("×∞", "xinf")
	}
	return w.pick("×", "x") + significant(ratio, digits)
}

// pick returns the first text where there is more than ASCII, else the second.
func (w words) pick(text, ascii string) string {
	if w.unicode {
		return text
	}
	return ascii
}

// end returns the end of an interval, told from 1 and from the margin, on whose
// side it is what the verdict says.
func (w words) end(ratio float64, digits int) string {
	marks := []float64{1}
	if margin := w.e.Result.Margin; margin > 1 {
		marks = append(marks, margin, 1/margin)
	}
	return apart(ratio, digits, marks...)
}

// margin returns the margin as it was given.
func (w words) margin() string {
	return w.pick("×", "x") + strconv.FormatFloat(w.e.Result.Margin, 'g', -1, 64)
}

// within words an interval of ratios.
func (w words) within(low, high float64) string {
	digits, sign := digitsWithin(low, high), w.pick("×", "x")
	switch open := math.IsInf(high, 1); {
	case open && low <= 0:
		return "any ratio is possible"
	case open:
		return sign + w.end(low, digits) + " or more"
	case low <= 0:
		return "up to " + sign + w.end(high, digits)
	}
	return sign + w.end(low, digits) + " to " + sign + w.end(high, digits)
}

// interval is within as short as it can be said.
func (w words) interval(low, high float64) string {
	digits := digitsWithin(low, high)
	switch open := math.IsInf(high, 1); {
	case open && low <= 0:
		return "any"
	case open:
		return w.pick("≥", ">=") + w.end(low, digits)
	case low <= 0:
		return w.pick("≤", "<=") + w.end(high, digits)
	}
	return w.end(low, digits) + w.pick("–", "..") + w.end(high, digits)
}

// phrase says of a metric how much there is of it.
func (w words) phrase(m *experiment.Metric) string {
	digits := digitsWithin(m.Low, m.High)
	noun := w.noun(m.Name) + " "
	switch {
	case m.Control == 0 && m.Value > 0:
		noun += amount(m.Value, m.Unit, digits) + ", of the control none"
	case m.Value == 0 && m.Control > 0:
		noun += "none, of the control " + amount(m.Control, m.Unit, digits)
	default:
		noun += w.times(m.Ratio, digits)
	}
	noun += " (" + w.within(m.Low, m.High) + ")"
	if m.ByAffected && (m.Verdict == experiment.Worse || m.Verdict == experiment.Better) {
		noun += ", by how many clients are affected"
	}
	return noun
}

// noun returns what a metric is about.
func (w words) noun(name string) string {
	switch name {
	case experiment.Errors5xx:
		return "server errors (5xx)"
	case experiment.Errors4xx:
		return "client errors (4xx)"
	case experiment.Aborted499:
		return "requests given up on (499)"
	case experiment.SlowShare:
		if w.e.Slow > 0 {
			return "requests slower than " + w.e.Slow.String()
		}
		return "slow requests"
	case experiment.LatencyMean:
		return "mean latency"
	case experiment.Bytes:
		return "bytes per request"
	case experiment.LatencyP50:
		return "median latency"
	case experiment.LatencyP90:
		return "90 % latency"
	case experiment.LatencyP99:
		return "99 % latency"
	}
	return name
}

// verdictText returns a verdict with its margin, or what stands for none.
func (w words) verdictText(v experiment.Verdict) string {
	switch v {
	case "":
		return "NOT COMPARED"
	case experiment.NoHarm:
		return string(v) + " " + w.margin()
	}
	return string(v)
}

// title names the experiment.
func (w words) title() string {
	if w.e.AA {
		return "A/A over " + w.name(w.e.Key)
	}
	return "$" + visible(w.e.Name, w.unicode)
}

// headline says in one sentence what the verdict of the experiment means.
func (w words) headline() string {
	verdict := w.e.verdict()
	if w.e.AA && !verdict.Refusal() {
		return aaHeadline(verdict)
	}
	switch verdict {
	case experiment.Worse:
		return "There is harm: a variant is worse than the control."
	case experiment.Better:
		return "There is no harm: it got better."
	case experiment.NoHarm:
		return "There is no harm, or less than " + w.margin() + "."
	case experiment.Equivalent:
		return "There is no harm: no difference of " + w.margin() + " or more, either way."
	case experiment.Undecided:
		return "There is no answer yet: harm was not found, and cannot be ruled out."
	case experiment.NotEnoughData:
		return "There is no answer yet: too little data."
	case experiment.NewEpoch:
		return "There is no answer yet: the split, or from when on a request is slow, has just been changed."
	case experiment.AssignmentBroken:
		return "There is no answer: requests are not in the variants that the split puts them in."
	case experiment.LogIncomplete:
		return "There is no answer: what is missing in the log may be what matters."
	case experiment.SplitNotAsConfigured:
		return "There is no answer: clients are not split as configured."
	}
	return "There is no answer: the variants were not compared."
}

// aaHeadline says what a verdict means where nobody was treated differently.
func aaHeadline(verdict experiment.Verdict) string {
	if verdict == experiment.Worse || verdict == experiment.Better {
		return "This is a false alarm: arms that were treated alike differ by more than chance should make them."
	}
	return "This is as it should be: no difference was found between arms that were treated alike."
}

// aaText says what an A/A is.
const aaText = "This is an A/A: the split was made up for this comparison, and nothing was treated differently. " +
	"Whatever differs is chance, or one of the assumptions does not hold in this log."

// reason says what the verdict of the experiment rests on, and what probably caused
// it, as paragraphs.
func (w words) reason() []string {
	var paragraphs []string
	switch r := w.e.Result; {
	case r == nil:
		paragraphs = []string{w.text(w.e.notCompared())}
	case !w.showsFigures() || len(r.Variants) == 0:
		paragraphs = []string{w.text(r.Reason)}
	default:
		paragraphs = w.variants(r)
	}
	if w.e.Cause != "" {
		paragraphs = append(paragraphs, w.text(w.e.Cause))
	}
	return paragraphs
}

// variants says what the verdict of each variant rests on.
func (w words) variants(r *experiment.Result) (paragraphs []string) {
	for _, worse := range []bool{true, false} { // harm first
		for i := range r.Variants {
			if v := &r.Variants[i]; (v.Verdict == experiment.Worse) == worse {
				paragraphs = append(paragraphs, w.variant(v))
			}
		}
	}
	return paragraphs
}

// variant says what the verdict of a variant rests on.
func (w words) variant(v *experiment.Variant) string {
	name, control := w.name(v.Name), "the control "+w.name(w.e.Result.Control.Name)
	var worse []string
	for i := range v.Metrics {
		if m := &v.Metrics[i]; m.Tested && m.Verdict == experiment.Worse {
			worse = append(worse, w.phrase(m))
		}
	}
	figures, primary := ".", primaryOf(v)
	if primary != nil {
		figures = ": " + w.phrase(primary) + "."
	}
	switch v.Verdict {
	case experiment.Worse:
		return name + " is worse than " + control + ": " + strings.Join(worse, "; ") + "."
	case experiment.Better:
		return name + " is better than " + control + figures
	case experiment.NoHarm:
		return name + " is not worse than " + control + " by " + w.margin() + " or more" + figures
	case experiment.Equivalent:
		return name + " is as " + control + ", within " + w.margin() + figures
	case experiment.Undecided:
		if withheld(primary) {
			return name + " is not said to be harmless. " + w.text(v.Reason)
		}
		return name + " may be better or worse than " + control + figures
	}
	return name + " has too little data. " + w.text(v.Reason)
}

// primaryOf returns the metric that decides, nil where the log does not have it.
func primaryOf(v *experiment.Variant) *experiment.Metric {
	for i := range v.Metrics {
		if v.Metrics[i].Primary {
			return &v.Metrics[i]
		}
	}
	return nil
}

// withheld reports whether an undecided variant is so not for want of data, but
// since there is a reason not to say what the metric that decides would say.
func withheld(primary *experiment.Metric) bool {
	return primary != nil && (primary.Withheld != "" || primary.Verdict.Harmless())
}
