package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/splitgauge/splitgauge/experiment"
)

// check is one thing that was looked at before the figures were believed: what was
// seen, and what would have been.
type check struct {
	label, text string
	bad         bool
	rows        [][]string // a table below the text, its heading first; may be nil
}

// checks of an experiment that has a result.
func (w words) checks() []check {
	r := w.e.Result
	list := []check{
		{"assignment", w.assignment(&r.Assignment), r.Assignment.Broken, nil},
		{"log", w.log(&r.Log), r.Log.Incomplete, nil},
		{"split", "Clients are split as configured, as far as can be seen.", false, w.split(&r.Split)},
	}
	if r.Split.Mismatch {
		list[2].text, list[2].bad = "Clients are not split as configured.", true
	}
	if w.requests() == 0 {
		list[2] = check{"split", "Not checked: no request is in any variant.", false, nil}
	}
	for i := range r.Variants {
		if v := &r.Variants[i]; v.Traffic.Both > 0 && w.showsFigures() {
			list = append(list, check{"requests", w.traffic(v), v.Traffic.Changed, nil})
		}
	}
	if at := r.Epoch.Changed; at != noTime {
		list = append(list, check{"epoch", "The split, or from when on a request is slow, was changed at " + momentOf(at) + ".", r.Epoch.New, nil})
	}
	return list
}

func (w words) assignment(a *experiment.Assignment) string {
	switch {
	case w.e.AA:
		return "Nothing to check: which arm a request is in was computed."
	case a.Checked == 0:
		return "Not checked: variants are not logged, or their key is not. They were computed from the split, if its key is logged."
	case a.Mismatches == 0:
		return fmt.Sprintf("All of %s are where the split puts them. 20 that were not, and more than 1%% of a variant's, would be refused.",
			counted(a.Checked, "request", "requests"))
	}
	text := fmt.Sprintf("%s of %s are not in the variant that the split puts them in", grouped(a.Mismatches), counted(a.Checked, "request", "requests"))
	if a.Broken {
		return text + "."
	}
	return text + ": few enough. From 20 on, and more than 1% of a variant's, they would be refused."
}

// requests is how many requests there are in all variants.
func (w words) requests() int64 {
	n := w.e.Result.Control.Requests
	for i := range w.e.Result.Variants {
		n += w.e.Result.Variants[i].Requests
	}
	return n
}

func (w words) log(l *experiment.Log) string {
	text := fmt.Sprintf("%s of %s could not be parsed; above 1%% would be refused.", grouped(l.Unparsed), counted(l.Lines, "line", "lines"))
	if l.Unparsed > 0 {
		text = fmt.Sprintf("%s of %s (%s) could not be parsed; above 1%% is refused.", grouped(l.Unparsed), counted(l.Lines, "line", "lines"),
			percent(l.Unparsed, l.Lines, 2))
	}
	if l.Partial > 0 {
		text += fmt.Sprintf(" %s could be read only in part.", grouped(l.Partial))
	}
	if len(l.Missing) == 0 && w.requests() > 0 {
		text += " Every request has its key, its status and its time taken; one of them missing more often in one variant would be refused."
	}
	said := ""
	for _, m := range l.Missing {
		switch {
		case m.Missing == m.Requests && m.ControlMissing == m.ControlRequests:
			if said != m.Field {
				text += fmt.Sprintf(" The %s is not in the log.", m.Field)
			}
			said = m.Field
		default:
			text += w.missing(&m)
		}
	}
	if k := l.Keyless; k.Requests > 0 {
		text += fmt.Sprintf(" The key has no value in %s.", counted(k.Requests, "request", "requests"))
	}
	return text
}

// missing says how often a field is missing in a variant and in the control.
func (w words) missing(m *experiment.Missing) string {
	even := "which may be chance"
	if m.Uneven {
		even = "which is no chance"
	}
	return fmt.Sprintf(" The %s is missing in %s of %s of %s and %s of %s of the control, %s.", m.Field,
		grouped(m.Missing), counted(m.Requests, "request", "requests"), w.name(m.Variant), grouped(m.ControlMissing), grouped(m.ControlRequests), even)
}

// split returns a table of who is where, and of what would be seen.
func (w words) split(s *experiment.SplitCheck) [][]string {
	rows := [][]string{{"variant", "configured", "observed", "clients", "a loss is seen from"}}
	for _, arm := range s.Arms {
		loss := significantShort(100*arm.DetectableLoss) + "%"
		if arm.DetectableLoss >= 1 {
			loss = "not even all"
		}
		rows = append(rows, []string{w.name(arm.Name), shareText(arm.Configured, someDigits), shareText(arm.Observed, someDigits), grouped(arm.Clients), loss})
	}
	return rows
}

func (w words) traffic(v *experiment.Variant) string {
	t := &v.Traffic
	text := fmt.Sprintf("%s has %s of the requests of both arms where %s is expected: %s a client, %s in the control", w.name(v.Name),
		shareText(t.Observed, someDigits), shareText(t.Expected, someDigits), significant(t.PerClient, someDigits), significant(t.ControlPerClient, someDigits))
	switch {
	case t.Changed && w.e.AA:
		return text + ". That is more than chance should do to arms that were treated alike."
	case t.Changed:
		return text + ". That is no chance: the variant changes how many requests its clients make, or some are not logged. Rates compare different mixes of requests then."
	}
	return text + ". That may be chance."
}

// remarks are what else is to be known of a variant's figures: what explains them,
// and what they lean on.
func (w words) remarks(v *experiment.Variant) (list []string) {
	var reduced []string
	for i := range v.Metrics {
		m := &v.Metrics[i]
		if !m.Tested {
			continue
		}
		digits := digitsWithin(m.Low, m.High)
		for _, c := range m.Concentrations {
			list = append(list, m.Name+": "+w.concentration(&c, digits))
		}
		if m.Score.Reduced > 0 && m.Score.Rate > 0 {
			text := fmt.Sprintf("%s %d (%s of requests", m.Name, m.Score.Reduced, shareText(m.Score.ReducedShare, fewDigits))
			if m.Plain > 0 {
				text += "; with full weight " + w.times(m.Plain, digits)
			}
			reduced = append(reduced, text+")")
		}
		for _, note := range m.Notes {
			if !saidOtherwise(m, note) {
				list = append(list, m.Name+": "+w.text(note))
			}
		}
	}
	for _, note := range v.Notes {
		isCheck := v.Traffic.Changed && strings.HasPrefix(note, "Requests per client changed")
		isDesign := w.e.AA && strings.HasPrefix(note, "Not isolated")
		if !isCheck && !isDesign {
			list = append(list, w.text(note))
		}
	}
	if len(reduced) > 0 {
		list = append(list, "Groups of clients that count with reduced weight, so that none decides alone: "+strings.Join(reduced, ", ")+".")
	}
	return list
}

// saidOtherwise reports whether a note is what the figures of the metric say here
// with as many digits as they allow.
func saidOtherwise(m *experiment.Metric, note string) bool {
	return strings.HasPrefix(note, fmt.Sprintf("%d groups of clients, with ", m.Score.Reduced)) ||
		len(m.Concentrations) > 0 && strings.Contains(note, " of the excess; ")
}

// place names the minute or the server that holds an excess.
func (w words) place(c *experiment.Concentration) string {
	if c.Kind == "minute" {
		return "the minute " + w.text(c.Name)
	}
	return "the server " + w.name(c.Name)
}

// concentration says where most of an excess is, and what is left without it.
func (w words) concentration(c *experiment.Concentration, digits int) string {
	text := w.place(c) + " holds " + shareText(c.Share, fewDigits) + " of the difference"
	if !c.Known {
		return text + "; without it there is nothing left to compare."
	}
	return text + "; without it the ratio is " + w.times(c.Ratio, digits) + "."
}

// experimentNotes are the notes of the experiment that the checks do not say.
func (w words) experimentNotes() (list []string) {
	for _, note := range w.e.Result.Notes {
		if !strings.HasPrefix(note, "The split is as configured") && !strings.HasPrefix(note, "Variants are not logged") {
			list = append(list, w.text(note))
		}
	}
	return list
}

// finite reports whether a figure can be reckoned with.
func finite(value float64) bool { return !math.IsInf(value, 0) && !math.IsNaN(value) }
