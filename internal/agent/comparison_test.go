package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/internal/report"
)

// comparedBy writes a log of clients in the combined format, and compares the splits
// of a configuration of nginx in it.
func comparedBy(t *testing.T, splits string, compare Comparison) *report.Report {
	t.Helper()
	directory := t.TempDir()
	var log strings.Builder
	for client := range 3000 {
		for request := range 1 + client%4 {
			status := 200
			if (client+request)%20 == 0 {
				status = 502
			}
			fmt.Fprintf(&log, "10.1.%d.%d - - [25/Nov/2026:10:%02d:%02d +0000] \"GET / HTTP/1.1\" %d 5 \"-\" \"-\"\n", client/250, client%250, client%60, request, status)
		}
	}
	files := map[string]string{
		"access.log": log.String(),
		"nginx.conf": "events {}\nhttp {\n" + splits + "\naccess_log access.log combined;\n}\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Replay(t.Context(), ReplayConfig{
		Inputs:  []string{filepath.Join(directory, "access.log")},
		Reading: Reading{NginxConf: filepath.Join(directory, "nginx.conf"), Compare: compare},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTwoSplitsOfAVariable: nginx takes two split_clients that set the same variable,
// and goes by the last one.
func TestTwoSplitsOfAVariable(t *testing.T) {
	two, four := `split_clients $remote_addr $variant { 50% a; * b; }`, `split_clients "x$remote_addr" $variant { 20% c; 20% d; 20% e; * f; }`
	for _, blocks := range [][2]string{{two, four}, {four, two}} {
		r := comparedBy(t, blocks[0]+"\n"+blocks[1], Comparison{})
		if len(r.Experiments) != 1 || r.Experiments[0].Result == nil {
			t.Fatalf("experiments of %q: %+v", blocks, r.Experiments)
		}
		requests := r.Experiments[0].Result.Control.Requests
		for _, v := range r.Experiments[0].Result.Variants {
			requests += v.Requests
		}
		if want := map[bool]int{true: 3, false: 1}[blocks[1] == four]; len(r.Experiments[0].Result.Variants) != want || requests != r.Snapshot.Lines.Total() {
			t.Errorf("%d requests of %d lines in %d variants beside the control, want %d", requests, r.Snapshot.Lines.Total(), len(r.Experiments[0].Result.Variants), want)
		}
	}
}

// TestThirds: percentages that do not quite add up to 100 leave a few clients without
// a variant, who are no arm to wait for.
func TestThirds(t *testing.T) {
	r := comparedBy(t, `split_clients $remote_addr $variant { 33.33% a; 33.33% b; 33.33% c; }`, Comparison{Margin: 3, Metrics: []string{experiment.Errors5xx}})
	result := r.Experiments[0].Result
	if len(result.Variants) != 2 || result.Control.Name != "c" || !result.Verdict.Harmless() {
		t.Errorf("%s beside %q with %d variants: %s", result.Verdict, result.Control.Name, len(result.Variants), result.Reason)
	}
	if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, "do not quite add up to 100") {
		t.Errorf("notes: %s", notes)
	}
}

// TestNothingInAnyVariant: what is not in the log cannot be compared, and is said to be
// what is missing.
func TestNothingInAnyVariant(t *testing.T) {
	r := comparedBy(t, `split_clients $cookie_uid $variant { 50% a; * b; }`, Comparison{})
	result := r.Experiments[0].Result
	if result.Verdict != experiment.NotEnoughData || !strings.Contains(result.Reason, "neither the variant nor what the key is made of") {
		t.Errorf("%s: %s", result.Verdict, result.Reason)
	}
	var text strings.Builder
	if err := report.WriteCompareText(&text, r, report.Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"None of 7,500 requests has a variant: the log has neither $variant nor", "Not checked: no request is in any variant."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "Every request has its key") {
		t.Errorf("says that every request has its key:\n%s", &text)
	}
}

// TestChooseExperiment: the bound on how many are compared is of those that were
// chosen.
func TestChooseExperiment(t *testing.T) {
	var splits []string
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		splits = append(splits, `split_clients "`+name+`$remote_addr" $`+name+` { 50% a; * b; }`)
	}
	all := comparedBy(t, strings.Join(splits, "\n"), Comparison{})
	if len(all.Experiments) != 5 || all.Experiments[3].Result == nil || !strings.Contains(all.Experiments[4].Without, "at most 4") {
		t.Errorf("experiments: %+v", all.Experiments)
	}
	five := comparedBy(t, strings.Join(splits, "\n"), Comparison{Only: "five"})
	if len(five.Experiments) != 1 || five.Experiments[0].Name != "five" || five.Experiments[0].Result == nil {
		t.Errorf("experiments: %+v", five.Experiments)
	}
}
