package conformance

import "encoding/json"

// reportedExperiment is what the agent's report says of a split, as far as the
// truth about it is known.
type reportedExperiment struct {
	Experiment, Control string
	Assignment          struct{ Checked, Mismatches int64 }
	Split               struct{ Clients map[string]int64 }
	Variants            []struct {
		Variant  string
		Clients  int64
		Requests int64
	}
}

// experiment returns what the agent's report says of the one split that there is.
func (a *agent) experiment() reportedExperiment {
	t := a.trial
	t.Helper()
	var report struct{ Experiments []reportedExperiment }
	t.must(json.Unmarshal([]byte(a.report()), &report))
	if len(report.Experiments) != 1 || report.Experiments[0].Experiment != "variant" || report.Experiments[0].Control != "" {
		t.Fatalf("the report has the experiments %+v, want one, with the largest variant as the control%s", report.Experiments, a.said())
	}
	return report.Experiments[0]
}

// compareExperiment compares what the agent's report says of the split with the
// truth. That the verdict and its figures follow from the lines is what comparing
// the report with that of replay shows.
func (a *agent) compareExperiment(truth *truth) {
	t := a.trial
	t.Helper()
	e := a.experiment()
	t.equal("variants that the split was asked for", e.Assignment.Checked, truth.lines)
	t.equal("variants that are not the split's", e.Assignment.Mismatches, 0)
	clients, requests := map[string]int64{}, map[string]int64{}
	for _, variant := range truth.clients {
		clients[variant]++
	}
	for key, n := range truth.requests {
		requests[key.variant] += n
	}
	differences(t, "clients of variants", e.Split.Clients, clients)
	gotClients, gotRequests := map[string]int64{}, map[string]int64{}
	for _, v := range e.Variants {
		gotClients[v.Variant], gotRequests[v.Variant] = v.Clients, v.Requests
	}
	differences(t, "clients of variants in the table", gotClients, clients)
	differences(t, "requests of variants in the table", gotRequests, requests)
}
