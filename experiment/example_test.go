package experiment_test

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// A tenth of all clients gets a new version, which fails for some of them.
func ExampleCompare() {
	split, err := splitclients.Parse(`split_clients $cookie_uid $variant { 10% new; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		fmt.Println(err)
		return
	}
	shard := aggregator.NewShard(aggregator.Config{Experiments: []aggregator.ExperimentConfig{
		{Name: "variant", Definition: "10% new", Arms: []string{"new", ""}, Slow: 1000},
	}})
	for client := range 10_000 {
		key := fmt.Appendf(nil, "client %d", client)
		arm := split.Table.Index(key)
		for request := range 1 + client%7 {
			entry := parser.Entry{Status: 200, RequestTime: int64(20 + client%50), Time: 1764000000000 + int64(request)*60_000}
			if client%200 == request || arm == 0 && client%29 == request {
				entry.Status = 502
			}
			shard.AddToArm(0, arm, key, &entry)
			shard.AddAudit(0, arm, arm, &entry)
		}
	}

	x := shard.Experiments()["variant"]
	result, err := experiment.Compare(x, experiment.Options{Shares: experiment.Shares(&split.Table, x.Arms), Margin: 1.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Verdict)
	fmt.Println(result.Reason)
	for _, m := range result.Variants[0].Metrics {
		if m.Tested {
			fmt.Printf("%s: %.4g, control %.4g, ratio %.2f, %.2f to %.2f: %s\n", m.Name, m.Value, m.Control, m.Ratio, m.Low, m.High, m.Verdict)
		}
	}
	for _, note := range result.Notes {
		fmt.Println(note)
	}
	// Output:
	// WORSE
	// "new", beside "" as the control: errors_5xx ×7.76, at least ×4.16, at most ×49.7.
	// errors_5xx: 0.03796, control 0.004891, ratio 7.76, 4.16 to 49.68: WORSE
	// errors_4xx: 0, control 0, ratio 1.00, 0.00 to +Inf: UNDECIDED
	// slow_share: 0, control 0, ratio 1.00, 0.00 to +Inf: UNDECIDED
	// latency_mean: 44.04, control 44.55, ratio 0.99, 0.95 to 1.03: EQUIVALENT
	// The split is as configured, as far as can be seen. What would be seen is a loss of clients of 17.5 % or more of "new", 17.2 % or more of "".
}

// No quantity may be more than a fifth of what is left of all.
func ExampleCap() {
	limit, ok := experiment.Cap([]float64{2, 3, 50, 1, 2, 2, 20, 2}, 0.2)
	fmt.Printf("%.3f %v\n", limit, ok)
	_, ok = experiment.Cap([]float64{7, 9}, 0.2)
	fmt.Println(ok)
	// Output:
	// 4.000 true
	// false
}

// Of 100000 clients, 20 % of those of a small variant are missing.
func ExampleNewSplitCheck() {
	check := experiment.NewSplitCheck([]string{".one", ""}, []float64{0.005, 0.995}, []int64{400, 99_500}, []int{0, 0})
	fmt.Printf("mismatch: %v, ln Bayes factor %.1f\n", check.Mismatch, check.LnBayesFactor)
	fmt.Printf("a loss of %.0f %% would be seen\n", 100*check.Arms[0].DetectableLoss)
	// Output:
	// mismatch: true, ln Bayes factor 7.9
	// a loss of 23 % would be seen
}

func ExampleLnEvidence() {
	// Three standard errors, of 5 % of the rate each: a verdict needs ln 20.
	fmt.Printf("%.2f of %.2f\n", experiment.LnEvidence(3, 0.05, 1), math.Log(20))
	fmt.Printf("%.2f standard errors would do\n", experiment.CriticalZ(0.05, 1, math.Log(20)))
	fmt.Printf("a difference of %.0f %% would be seen\n", 100*experiment.DetectableEffect(0.05, 1, math.Log(20)))
	// Output:
	// 2.03 of 3.00
	// 3.35 standard errors would do
	// a difference of 21 % would be seen
}

// Requests that failed, by groups of clients; one group fails all the time.
func ExampleNewRatio() {
	var arm, control experiment.Sums
	for g := range int64(64) {
		arm.N, arm.X = append(arm.N, 100+g%7), append(arm.X, 4+g%3)
		control.N, control.X = append(control.N, 200+g%5), append(control.X, 3+g%4)
	}
	arm.N[0], arm.X[0] = 10_000, 10_000
	ratio := experiment.NewRatio(arm, control, 1.0/3, math.Log(20))
	fmt.Printf("%.2f, from %.2f to %.2f; of all requests alike %.2f\n", ratio.Estimate, ratio.Low, ratio.High, ratio.Plain)
	// Output:
	// 2.45, from 1.10 to 3.75; of all requests alike 28.08
}

// One client with errors all the time is no evidence, 16 of 60 in a tenth are.
func ExampleNewAffected() {
	for _, clients := range [][2]int64{{1, 0}, {6, 54}, {16, 44}} {
		a := experiment.NewAffected(clients[0], clients[1], 0.1)
		fmt.Printf("%v: ln evidence %.1f, enough %v\n", clients, a.LnEvidence, a.Enough)
	}
	// Output:
	// [1 0]: ln evidence 0.7, enough false
	// [6 54]: ln evidence -0.6, enough true
	// [16 44]: ln evidence 4.0, enough true
}

func ExampleEBH() {
	evidence := []float64{math.Log(3), math.Log(600), math.Log(45), math.Log(90), 0}
	fmt.Println(experiment.EBH(evidence, 0.05))
	// Output:
	// [1 3 2]
}

func ExampleMover() {
	low, high := experiment.Mover(120, 110, 135, 100, 96, 105)
	fmt.Printf("20 ms more, %.1f to %.1f\n", low, high)
	// Output:
	// 20 ms more, 8.8 to 35.5
}
