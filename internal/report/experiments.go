package report

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// documentExperiment is what the document says of one split. Where its variants
// could not be compared, Verdict is empty and Notes say why.
type documentExperiment struct {
	Experiment string                      `json:"experiment"`
	Key        string                      `json:"key"`
	AA         bool                        `json:"aa,omitempty"`
	Control    string                      `json:"control"`
	Verdict    experiment.Verdict          `json:"verdict"`
	Reason     string                      `json:"reason"`
	Cause      string                      `json:"cause,omitempty"`
	Margin     optional                    `json:"margin"` // null: none
	Primary    string                      `json:"primary"`
	Threshold  optional                    `json:"ln_threshold"` // of ln_evidence, for a verdict
	Assignment documentAssignment          `json:"assignment"`
	Log        documentExperimentLog       `json:"log"`
	Split      documentSplit               `json:"split"`
	Epoch      *string                     `json:"epoch"` // null: not known
	Variants   []documentExperimentVariant `json:"variants"`
	Doubts     []string                    `json:"doubts"` // why none is called harmless
	Notes      []string                    `json:"notes"`
	Assumes    []string                    `json:"assumptions"`
}

type documentAssignment struct {
	Checked    int64     `json:"checked"`
	Mismatches int64     `json:"mismatches"`
	Reasons    countsMap `json:"reasons"`
}

type documentExperimentLog struct {
	Lines    int64             `json:"lines"`
	Unparsed int64             `json:"unparsed"`
	Keyless  int64             `json:"keyless"`  // requests whose key has no value
	Outside  int64             `json:"outside"`  // requests with neither variant nor key
	Settling int64             `json:"settling"` // requests of before the epoch had settled, not counted
	Missing  []documentMissing `json:"missing"`
}

type documentMissing struct {
	Field           string `json:"field"`
	Variant         string `json:"variant"`
	Missing         int64  `json:"missing"`
	Requests        int64  `json:"requests"`
	ControlMissing  int64  `json:"control_missing"`
	ControlRequests int64  `json:"control_requests"`
	Uneven          bool   `json:"uneven"`
}

type documentSplit struct {
	LnBayesFactor  optional            `json:"ln_bayes_factor"`
	Clients        map[string]int64    `json:"clients"`
	DetectableLoss map[string]optional `json:"detectable_loss"`
}

// documentExperimentVariant is a variant as configured; the control has no metrics,
// they are beside those of the others.
type documentExperimentVariant struct {
	Variant    string             `json:"variant"`
	Configured optional           `json:"configured"`
	Clients    int64              `json:"clients"`
	Requests   int64              `json:"requests"`
	Verdict    experiment.Verdict `json:"verdict"`
	Reason     string             `json:"reason"`
	Traffic    *documentShare     `json:"traffic_share"` // null: not compared
	Metrics    []documentMetric   `json:"metrics"`
	Notes      []string           `json:"notes"`
}

type documentShare struct {
	Expected         optional `json:"expected"`
	Observed         optional `json:"observed"`
	LnEvidence       optional `json:"ln_evidence"`
	Changed          bool     `json:"changed"`
	PerClient        optional `json:"requests_per_client"`
	ControlPerClient optional `json:"control_requests_per_client"`
}

type documentMetric struct {
	Metric         string                  `json:"metric"`
	Unit           string                  `json:"unit"`
	Value          optional                `json:"value"`
	Control        optional                `json:"control"`
	Ratio          optional                `json:"ratio"`
	Low            optional                `json:"low"`  // 0: open
	High           optional                `json:"high"` // null: open
	Plain          optional                `json:"plain_ratio"`
	Difference     optional                `json:"difference"`
	DifferenceLow  optional                `json:"difference_low"`  // null: open
	DifferenceHigh optional                `json:"difference_high"` // null: open
	LnEvidence     optional                `json:"ln_evidence"`
	Detectable     optional                `json:"detectable_ratio"` // null: none
	Verdict        experiment.Verdict      `json:"verdict"`          // "": it only describes
	Withheld       experiment.Verdict      `json:"withheld,omitempty"`
	Reduced        int                     `json:"reduced_groups"`
	ReducedShare   optional                `json:"reduced_share"`
	Concentrations []documentConcentration `json:"concentrations"`
	Notes          []string                `json:"notes"`
}

type documentConcentration struct {
	Kind  string   `json:"kind"`
	Name  string   `json:"name"`
	Share optional `json:"share"`
	Ratio optional `json:"ratio_without"` // null: not known
}

// optional is a number that is null where it is not finite.
type optional float64

// none is the optional without a value.
func none() optional { return optional(math.NaN()) }

// MarshalJSON writes the number, or null.
func (n optional) MarshalJSON() ([]byte, error) {
	if !n.known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n) + 0) // no -0
}

func (n optional) known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// newExperiments describes the experiments of a report.
func newExperiments(assignments map[string]*aggregator.Assignment, experiments []Experiment) []documentExperiment {
	list := []documentExperiment{}
	for i := range experiments {
		e := &experiments[i]
		d := documentExperiment{
			Experiment: e.Name, Key: e.Key, AA: e.AA, Cause: e.Cause, Margin: none(), Threshold: none(),
			Assignment: newAssignment(assignments[e.Name]),
			Log:        documentExperimentLog{Missing: []documentMissing{}},
			Split:      documentSplit{none(), map[string]int64{}, map[string]optional{}},
			Variants:   []documentExperimentVariant{}, Doubts: []string{}, Notes: []string{}, Assumes: []string{},
		}
		for _, v := range e.Variants {
			d.Variants = append(d.Variants, documentExperimentVariant{
				Variant: v.Variant, Configured: optional(float64(v.Hundredths) / 10_000), Metrics: []documentMetric{}, Notes: []string{},
			})
		}
		if e.Result == nil {
			d.Notes = append(d.Notes, e.notCompared())
		} else {
			d.addResult(e.Result)
		}
		list = append(list, d)
	}
	return list
}

// notCompared says why there is no result.
func (e *Experiment) notCompared() string { return "Not compared: " + e.Without + "." }

func (d *documentExperiment) addResult(r *experiment.Result) {
	d.Control, d.Verdict, d.Reason, d.Primary = r.Control.Name, r.Verdict, r.Reason, r.Primary
	d.Threshold = optional(r.Threshold)
	if r.Margin > 0 {
		d.Margin = optional(r.Margin)
	}
	d.Log.add(&r.Log)
	d.Log.Settling = r.Epoch.Settling
	d.Split.add(&r.Split)
	for _, at := range []int64{r.Epoch.Changed, r.Epoch.First} {
		if at != noTime {
			text := timestamp(at)
			d.Epoch = &text
			break
		}
	}
	for i := range d.Variants {
		v := &d.Variants[i]
		if v.Variant == r.Control.Name {
			v.Clients, v.Requests = r.Control.Clients, r.Control.Requests
			continue
		}
		for j := range r.Variants {
			if r.Variants[j].Name == v.Variant {
				v.add(&r.Variants[j])
			}
		}
	}
	d.Doubts = append(d.Doubts, r.Doubts...)
	d.Notes = append(d.Notes, r.Notes...)
	d.Assumes = append(d.Assumes, r.Assumptions...)
}

func (d *documentExperimentLog) add(l *experiment.Log) {
	d.Lines, d.Unparsed = l.Lines, l.Unparsed
	d.Keyless, d.Outside = l.Keyless.Requests, l.Outside.Requests
	for _, m := range l.Missing {
		d.Missing = append(d.Missing, documentMissing{m.Field, m.Variant, m.Missing, m.Requests, m.ControlMissing, m.ControlRequests, m.Uneven})
	}
}

// add fills in the maps by variant. Names that become one by being made valid UTF-8
// add up, and what could have been seen of them is what could of the worse.
func (d *documentSplit) add(s *experiment.SplitCheck) {
	d.LnBayesFactor = optional(s.LnBayesFactor)
	for _, arm := range s.Arms {
		name := strings.ToValidUTF8(arm.Name, "\uFFFD")
		d.Clients[name] += arm.Clients
		d.DetectableLoss[name] = max(d.DetectableLoss[name], optional(arm.DetectableLoss))
	}
}

func (d *documentExperimentVariant) add(v *experiment.Variant) {
	d.Clients, d.Requests, d.Verdict, d.Reason = v.Clients, v.Requests, v.Verdict, v.Reason
	t := &v.Traffic
	d.Traffic = &documentShare{
		optional(t.Expected), optional(t.Observed), optional(t.LnEvidence), t.Changed, optional(t.PerClient), optional(t.ControlPerClient),
	}
	for i := range v.Metrics {
		d.Metrics = append(d.Metrics, newDocumentMetric(&v.Metrics[i]))
	}
	d.Notes = append(d.Notes, v.Notes...)
}

func newDocumentMetric(m *experiment.Metric) documentMetric {
	d := documentMetric{
		Metric: m.Name, Unit: m.Unit, Value: optional(m.Value), Control: optional(m.Control),
		Ratio: optional(m.Ratio), Low: optional(m.Low), High: optional(m.High), Plain: optional(m.Plain),
		Difference: optional(m.Difference), DifferenceLow: optional(m.DifferenceLow), DifferenceHigh: optional(m.DifferenceHigh),
		LnEvidence: optional(m.LnEvidence), Detectable: optional(m.Detectable), Verdict: m.Verdict, Withheld: m.Withheld,
		Reduced: m.Score.Reduced, ReducedShare: optional(m.Score.ReducedShare),
		Concentrations: []documentConcentration{}, Notes: append([]string{}, m.Notes...),
	}
	for _, c := range m.Concentrations {
		ratio := none()
		if c.Known {
			ratio = optional(c.Ratio)
		}
		d.Concentrations = append(d.Concentrations, documentConcentration{c.Kind, c.Name, optional(c.Share), ratio})
	}
	return d
}

func newAssignment(a *aggregator.Assignment) documentAssignment {
	if a == nil {
		return documentAssignment{Reasons: countsMap{}}
	}
	return documentAssignment{a.Checked, a.Mismatched(), newCountsMap(counts(validNames(a.Mismatches)))}
}
