package experiment

// Verdict is an answer in a few words, of a bounded set.
type Verdict string

// The refusals, in the order in which they are looked for: each says why the
// figures below it would mislead.
const (
	NewEpoch             Verdict = "NEW EPOCH"               // the split has just been changed
	AssignmentBroken     Verdict = "ASSIGNMENT BROKEN"       // logged variants are not those of the split
	LogIncomplete        Verdict = "LOG INCOMPLETE"          // lines or fields are missing
	SplitNotAsConfigured Verdict = "SPLIT NOT AS CONFIGURED" // clients are missing, or too many
	NotEnoughData        Verdict = "NOT ENOUGH DATA"
)

// The answers.
const (
	Worse      Verdict = "WORSE"
	Better     Verdict = "BETTER"
	NoHarm     Verdict = "NO HARM ABOVE" // the ratio's upper end is below the margin
	Equivalent Verdict = "EQUIVALENT"    // the whole interval is within the margin
	Undecided  Verdict = "UNDECIDED"
)

// Verdicts returns all of them: refusals first, in their order, then answers.
func Verdicts() []Verdict {
	return []Verdict{NewEpoch, AssignmentBroken, LogIncomplete, SplitNotAsConfigured, NotEnoughData,
		Worse, Better, NoHarm, Equivalent, Undecided}
}

// Refusal reports whether v gives no answer because of the data.
func (v Verdict) Refusal() bool {
	switch v {
	case NewEpoch, AssignmentBroken, LogIncomplete, SplitNotAsConfigured, NotEnoughData:
		return true
	}
	return false
}

// Harmless reports whether v says that there is no harm. NoHarm and Equivalent are
// given only where a margin was.
func (v Verdict) Harmless() bool { return v == Better || v == NoHarm || v == Equivalent }

// decide returns the verdict of a metric by its figures. fired says whether the
// evidence has reached the threshold, more in which direction. Equivalent comes
// before NoHarm, which it implies.
func decide(fired, more bool, low, high, margin float64) Verdict {
	switch {
	case fired && more:
		return Worse
	case fired:
		return Better
	case margin > 1 && high < margin && low > 1/margin:
		return Equivalent
	case margin > 1 && high < margin:
		return NoHarm
	}
	return Undecided
}

// variantVerdict is the verdict of a variant by those of its metrics.
func variantVerdict(metrics []Metric) Verdict {
	verdict := NotEnoughData
	for i := range metrics {
		switch m := &metrics[i]; {
		case m.Tested && m.Verdict == Worse:
			return Worse
		case m.Primary:
			verdict = m.Verdict
		}
	}
	return verdict
}

// overallVerdict is the verdict of an experiment by those of its variants: that of
// the worst. Harm to one variant is said though another one has too few clients.
func overallVerdict(variants []Variant) Verdict {
	if len(variants) == 0 {
		return NotEnoughData
	}
	worst := Better
	for _, v := range variants {
		if severity(v.Verdict) > severity(worst) {
			worst = v.Verdict
		}
	}
	return worst
}

// severity orders verdicts of variants by how far they are from "no harm".
func severity(v Verdict) int {
	switch v {
	case Better:
		return 0
	case Equivalent:
		return 1
	case NoHarm:
		return 2
	case Undecided:
		return 3
	case NotEnoughData:
		return 4
	case Worse:
		return 5
	}
	return 6
}
