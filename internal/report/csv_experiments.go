package report

import "strconv"

// experiment writes what is known of one experiment. Sentences are left out.
func (t *csvTable) experiment(d *documentExperiment) {
	const section = "experiments"
	t.row(section, d.Experiment, "key", guard(d.Key))
	t.row(section, d.Experiment, "control", guard(d.Control))
	t.row(section, d.Experiment, "verdict", string(d.Verdict))
	if d.Epoch != nil {
		t.row(section, d.Experiment, "epoch", *d.Epoch)
	}
	t.number(section, d.Experiment, "assignment.checked", d.Assignment.Checked)
	t.number(section, d.Experiment, "assignment.mismatches", d.Assignment.Mismatches)
	t.counts(section, d.Experiment, "assignment.reasons.", d.Assignment.Reasons)
	t.figure(section, d.Experiment, "split.ln_bayes_factor", d.Split.LnBayesFactor)
	for i := range d.Variants {
		t.experimentVariant(section+"."+visible(d.Experiment, true), d, &d.Variants[i])
	}
}

func (t *csvTable) experimentVariant(section string, d *documentExperiment, v *documentExperimentVariant) {
	t.figure(section, v.Variant, "configured", v.Configured)
	if d.Verdict == "" {
		return
	}
	t.number(section, v.Variant, "clients", v.Clients)
	t.number(section, v.Variant, "requests", v.Requests)
	if v.Verdict != "" {
		t.row(section, v.Variant, "verdict", string(v.Verdict))
	}
	for i := range v.Metrics {
		m := &v.Metrics[i]
		prefix := m.Metric + "."
		t.figure(section, v.Variant, prefix+"value", m.Value)
		t.figure(section, v.Variant, prefix+"control", m.Control)
		t.figure(section, v.Variant, prefix+"ratio", m.Ratio)
		t.figure(section, v.Variant, prefix+"low", m.Low)
		t.figure(section, v.Variant, prefix+"high", m.High)
		t.figure(section, v.Variant, prefix+"ln_evidence", m.LnEvidence)
		t.figure(section, v.Variant, prefix+"detectable_ratio", m.Detectable)
		if m.Verdict != "" {
			t.row(section, v.Variant, prefix+"verdict", string(m.Verdict))
		}
	}
}

// figure writes a number, and nothing where there is none.
func (t *csvTable) figure(section, name, field string, value optional) {
	if value.known() {
		t.row(section, name, field, strconv.FormatFloat(float64(value)+0, 'g', -1, 64))
	}
}
