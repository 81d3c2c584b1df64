package experiment

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
)

// leastClients is how many distinct clients an arm needs for any answer.
const leastClients = 30

// Compare says what an experiment has shown. It only reads the experiment; nobody
// may write to it meanwhile. Errors are about the options.
func Compare(x *aggregator.Experiment, o Options) (*Result, error) {
	return new(Comparer).Compare(x, o)
}

// A Comparer compares one experiment after the other in the same memory. The zero
// Comparer is ready; it belongs to one goroutine.
type Comparer struct{ workspace workspace }

// Compare does what the function Compare does.
func (c *Comparer) Compare(x *aggregator.Experiment, o Options) (*Result, error) {
	p, err := newPlan(x, o)
	if err != nil {
		return nil, err
	}
	p.outside = x.Outside.Requests
	for _, arm := range x.Arms {
		p.requests += arm.Requests
	}
	metrics := p.presentMetrics(x)
	variants := p.variants(x)
	p.tests = max(1, len(variants)*p.countTested(metrics))
	p.threshold = math.Log(float64(p.tests) / p.Alpha)

	control := x.Arms[p.control]
	r := &Result{
		Control: ControlArm{control.Name, p.Shares[p.control], control.Clients.Count(), control.Requests},
		Alpha:   p.Alpha, Tests: p.tests, Threshold: p.threshold, Margin: p.Margin, Primary: p.Primary,
		Epoch:      newEpoch(x),
		Assignment: newAssignment(x),
		Log:        newLog(x, p),
		Split:      splitCheckOf(x, p.Shares),
	}
	r.Verdict, r.Reason = r.refusal()
	r.Doubts = p.doubts(x, &r.Log, metrics)
	w := &c.workspace
	w.control.fill(control.Cells, metrics)
	for _, i := range variants {
		pair := &pair{x.Arms[i], control, pairShare(p.Shares, i, p.control)}
		if p.Detail == FullDetail {
			w.draw(pair.pi, aggregator.ExperimentCells)
		}
		v := p.variant(w, pair, metrics, r.Verdict)
		v.Configured = p.Shares[i]
		v.doubt(append(r.Doubts[:len(r.Doubts):len(r.Doubts)], v.doubts(p.threshold)...))
		r.Variants = append(r.Variants, v)
	}
	if r.Verdict == "" {
		r.Verdict = overallVerdict(r.Variants)
		r.Reason = r.reasonOfVariants()
	}
	r.Notes, r.Assumptions = r.notes(x, p, metrics), assumptions()
	return r, nil
}

// variants returns which arms are compared with the control: all others, but not
// those that no key can reach and that got none, nor who is left without a variant.
func (p *plan) variants(x *aggregator.Experiment) (arms []int) {
	for i, arm := range x.Arms {
		left := p.Left != nil && *p.Left == arm.Name
		if i != p.control && !left && (p.Shares[i] > 0 || arm.Requests > 0) {
			arms = append(arms, i)
		}
	}
	return arms
}

// presentMetrics returns the metrics that the log has and that are asked for.
func (p *plan) presentMetrics(x *aggregator.Experiment) (metrics []metric) {
	for _, m := range cellMetrics() {
		if (p.Detail == FullDetail || p.isTested(m.name)) && m.present(x) {
			metrics = append(metrics, m)
		}
	}
	return metrics
}

func (p *plan) countTested(metrics []metric) (n int) {
	for i := range metrics {
		if p.isTested(metrics[i].name) {
			n++
		}
	}
	return n
}

func (p *plan) isTested(name string) bool {
	for _, tested := range p.tested {
		if tested == name {
			return true
		}
	}
	return false
}

// refusal returns the first reason for which the whole experiment has no answer,
// or "".
func (r *Result) refusal() (verdict Verdict, reason string) {
	switch {
	case r.Epoch.New:
		return NewEpoch, r.Epoch.reason()
	case r.Assignment.Broken:
		return AssignmentBroken, r.Assignment.reason()
	case r.Log.Incomplete:
		return LogIncomplete, r.Log.reason()
	case r.Split.Mismatch:
		return SplitNotAsConfigured, r.Split.reason()
	}
	return "", ""
}

// variant compares an arm with the control. refused is why nothing may be said, or
// "".
func (p *plan) variant(w *workspace, pair *pair, metrics []metric, refused Verdict) Variant {
	w.setArm(pair.arm, metrics)
	v := Variant{
		Name: pair.arm.Name, Clients: pair.arm.Clients.Count(), Requests: pair.arm.Requests, Verdict: refused,
		Traffic: p.traffic(w, pair),
	}
	few := min(v.Clients, pair.control.Clients.Count()) < leastClients
	if v.Verdict == "" && few {
		v.Verdict = NotEnoughData
	}
	for i := range metrics {
		m := p.cellMetric(w, pair, &metrics[i], i, v.Traffic.Changed)
		if m.Tested && v.Verdict != "" {
			m.Verdict = v.Verdict
		}
		v.Metrics = append(v.Metrics, m)
	}
	if p.Detail == FullDetail {
		v.Metrics = append(v.Metrics, p.quantiles(pair)...)
	}
	if v.Verdict == "" {
		v.Verdict = variantVerdict(v.Metrics)
	}
	v.Reason = v.reason(p, few)
	v.Notes = v.notes(pair)
	return v
}

// traffic tests the arm's share of requests.
func (p *plan) traffic(w *workspace, pair *pair) TrafficShare {
	t := w.trafficShare(pair.pi, p.threshold)
	if n := pair.arm.Clients.Count(); n > 0 {
		t.PerClient = float64(max(0, t.Requests)) / float64(n)
	}
	if n := pair.control.Clients.Count(); n > 0 {
		t.ControlPerClient = float64(max(0, t.Both-t.Requests)) / float64(n)
	}
	return t
}

// cellMetric compares a metric of cells, which has a number in the workspace.
// traffic is whether clients of the arm make more or fewer requests than those of
// the control.
func (p *plan) cellMetric(w *workspace, pair *pair, metric *metric, number int, traffic bool) Metric {
	m := Metric{Name: metric.name, Unit: metric.unit, Tested: p.isTested(metric.name), Primary: metric.name == p.Primary, Detectable: math.Inf(1)}
	m.Value, m.Control = w.arm.rates[number], w.control.rates[number]
	threshold := p.threshold
	if metric.name == Errors5xx {
		// Half of the rate of false alarms is the test of affected clients' own.
		threshold += math.Ln2
	}
	m.setRatio(open())
	enough := w.loadMetric(metric, number, pair.pi)
	if enough {
		enough = m.score(w, threshold, p.Detail)
	}
	m.LnEvidence = LnEvidence(m.Score.Z, m.Score.StandardError, m.Score.Rate)
	more, counts := m.Score.Excess > 0, true
	if metric.name == Errors5xx {
		more, counts = m.addAffected(pair.affected(), traffic, p.threshold)
	}
	if m.Tested {
		m.Verdict = NotEnoughData
		if enough {
			m.Verdict = decide(counts && m.LnEvidence >= p.threshold, more, m.Low, m.High, p.Margin)
			m.withhold(p.Margin)
		}
	}
	if p.Detail == FullDetail && metric.name == Errors5xx && (m.Verdict == Worse || m.Verdict == Better || math.Abs(m.Score.Z) >= normal975) {
		m.Concentrations = concentrations(pair.arm, pair.control, pair.pi, more)
	}
	m.Notes = m.notes(p, counts)
	return m
}

// score tests the arms that are loaded. It reports false if there are too few groups.
func (m *Metric) score(w *workspace, threshold float64, detail Detail) (enough bool) {
	if detail != VerdictDetail {
		m.setRatio(w.interval(threshold))
	} else if w.plain0 > 0 {
		m.Plain = w.plain1 / w.plain0 // verdicts need it
	}
	score, enough := w.at(1)
	m.Detectable = 1 + DetectableEffect(score.StandardError, score.Rate, threshold)
	if enough {
		w.countReduced(&score)
		m.Score = score
	}
	if m.Tested && detail == FullDetail {
		m.Placebo = w.placebo(&w.pseudoArms, threshold)
	}
	return enough
}

// addAffected joins the evidence of the score with that of the affected clients:
// the mean of two is evidence again. It returns which way it points, which is where
// the stronger one does, and whether so many clients are affected that it counts.
//
// Clients who make fewer requests are less often affected by the same rate of
// errors. So affected clients are no evidence where traffic has changed, nor that an
// arm is better whose score is not; the score then has its half alone.
func (m *Metric) addAffected(a Affected, traffic bool, threshold float64) (more, counts bool) {
	m.Affected = &a
	more = m.Score.Excess > 0
	alone := m.LnEvidence
	if traffic || more && !a.More {
		m.LnEvidence -= math.Ln2
		return more, a.Enough
	}
	if a.LnEvidence > m.LnEvidence {
		more = a.More
	}
	m.LnEvidence = logMeanExp([]float64{m.LnEvidence, a.LnEvidence})
	m.ByAffected = alone < threshold && m.LnEvidence >= threshold
	return more, a.Enough
}

// withhold takes back a verdict of no harm where the rates as counted say otherwise:
// a few groups of clients, whom the weights keep from making a verdict of harm, are
// no reason to call it harmless.
func (m *Metric) withhold(margin float64) {
	most := max(1, margin)
	harmful := m.Plain > most || m.Control == 0 && m.Value > 0
	if m.Verdict == Better {
		harmful = harmful || m.Plain > 1
	}
	if m.Verdict.Harmless() && harmful {
		m.Verdict, m.Withheld = Undecided, m.Verdict
	}
}

// setRatio sets the ratio, and the difference that it makes to the control's rate.
func (m *Metric) setRatio(r Ratio) {
	m.Ratio, m.Low, m.High, m.Plain = r.Estimate, r.Low, r.High, r.Plain
	m.Difference = m.Value - m.Control
	if !math.IsInf(m.Ratio, 1) && m.Control > 0 {
		m.Difference = m.Control * (m.Ratio - 1)
	}
	m.DifferenceLow = float64(m.Control*(m.Low-1)) + 0 // no -0
	m.DifferenceHigh = math.Inf(1)
	if !math.IsInf(m.High, 1) {
		m.DifferenceHigh = float64(m.Control*(m.High-1)) + 0
	}
}

// quantiles describe the latencies.
func (p *plan) quantiles(pair *pair) (metrics []Metric) {
	arm, control := latenciesOf(pair.arm), latenciesOf(pair.control)
	if arm == nil || control == nil {
		return nil
	}
	for _, quantile := range latencyQuantiles() {
		q, ok := NewQuantilePair(arm, control, quantile.p, pair.pi, p.threshold)
		if !ok {
			continue
		}
		m := Metric{Name: quantile.name, Unit: "ms", Value: q.Arm.Value, Control: q.Control.Value, Detectable: math.Inf(1)}
		m.Ratio, m.Low, m.High = q.Ratio, q.Low, q.High
		m.Difference, m.DifferenceLow, m.DifferenceHigh = q.Difference, q.DifferenceLow, q.DifferenceHigh
		if m.Control > 0 && !math.IsInf(m.Control, 1) && !math.IsInf(m.Value, 1) {
			m.Plain = m.Value / m.Control
		}
		m.Notes = q.notes()
		metrics = append(metrics, m)
	}
	return metrics
}

// reasonOfVariants is the reason of the variant that gave the verdict.
func (r *Result) reasonOfVariants() string {
	for _, v := range r.Variants {
		if v.Verdict == r.Verdict {
			return fmt.Sprintf("%q, beside %q as the control: %s", v.Name, r.Control.Name, v.Reason)
		}
	}
	return "There is no arm to compare with the control."
}
