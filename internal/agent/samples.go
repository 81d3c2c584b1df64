package agent

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// samplesPerReason is how many lines are shown for each reason: the first ones,
// by source and line, whichever worker met them.
const samplesPerReason = 3

// maxSampleText bounds what is kept of a line.
const maxSampleText = 256

// sample is a line that was not fully parsed, by where it stands.
type sample struct {
	source, sequence, line int // line counts from 0 within its batch
	fault                  parser.Fault
}

// addSample keeps a line that was not fully parsed, if it is among the first of
// its reason. A worker gets batches in reading order, so the first that it meets
// are its first.
func (w *worker) addSample(batch *tailer.Batch, reason string, explain func() parser.Fault) {
	if w.byReason[reason] >= samplesPerReason {
		return
	}
	w.byReason[reason]++
	fault := explain()
	fault.Text = bytes.Clone(fault.Text[:min(maxSampleText, len(fault.Text))])
	w.samples = append(w.samples, sample{batch.Source.Index, batch.Sequence, batch.Lines() - 1, fault})
}

// reportSamples returns the first samples of each reason over all workers.
func (r *replay) reportSamples() (out []report.Sample) {
	slices.SortFunc(r.samples, func(a, b sample) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.line, b.line))
	})
	shown := make(map[string]int)
	for _, s := range r.samples {
		if shown[s.fault.Reason]++; shown[s.fault.Reason] > samplesPerReason {
			continue
		}
		in := &r.inputs[s.source]
		out = append(out, report.Sample{
			Source:      in.source.Name,
			Line:        sum(in.lines[:s.sequence]) + int64(s.line) + 1,
			Column:      s.fault.Offset + 1,
			Reason:      s.fault.Reason,
			Field:       s.fault.Variable,
			Text:        s.fault.Text,
			Explanation: "want " + s.fault.Want,
		})
	}
	return out
}
