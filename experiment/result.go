package experiment

// Result is what is known of an experiment. It shares nothing with what it was
// made of. No figure is NaN; open ends are 0 and +Inf.
type Result struct {
	Verdict Verdict
	Reason  string // one sentence, with the figures that decided

	Control    ControlArm
	Alpha      float64 // rate of false alarms of all verdicts together
	Tests      int     // verdicts: variants times metrics
	Threshold  float64 // what ln evidence must reach, ln(Tests/Alpha)
	Margin     float64 // 0: none
	Primary    string
	Epoch      Epoch
	Assignment Assignment
	Log        Log
	Split      SplitCheck

	// Doubts are why no variant is called harmless, if any.
	Doubts []string

	Variants    []Variant // all arms but the control, as configured
	Notes       []string
	Assumptions []string
}

// ControlArm is the arm that the others are compared with.
type ControlArm struct {
	Name              string
	Configured        float64
	Clients, Requests int64
}

// Variant is an arm compared with the control.
type Variant struct {
	Name              string
	Configured        float64 // share of clients
	Clients, Requests int64
	Verdict           Verdict
	Reason            string
	Metrics           []Metric
	Traffic           TrafficShare
	Notes             []string
}

// Metric is one metric of a variant and of the control.
type Metric struct {
	Name, Unit string
	Tested     bool // it may carry a verdict
	Primary    bool
	Verdict    Verdict // "" if it only describes
	Withheld   Verdict // what it would be, but for a doubt or rates as counted; mostly ""
	Value      float64 // plain: of all requests with the same weight
	Control    float64

	// Ratio is the variant's rate as a multiple of the control's, with its interval;
	// Plain is Value to Control, 0 if that is 0.
	Ratio, Low, High float64
	Plain            float64

	// Difference is the ratio's in the unit of the metric, from the control's plain
	// rate: -Inf and +Inf are open.
	Difference, DifferenceLow, DifferenceHigh float64

	LnEvidence float64
	Detectable float64   // the ratio that would be seen with 80 % probability; +Inf: none
	Score      Score     // zero for quantiles and where there is not enough data
	Affected   *Affected // of server errors alone
	ByAffected bool      // the score alone would not have had a verdict
	Placebo    float64   // share of pseudo-arms with a verdict; of tested metrics alone

	Concentrations []Concentration
	Notes          []string
}
