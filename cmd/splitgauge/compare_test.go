package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// comparisonDocument is what compare -o json writes, as far as tests look at it.
type comparisonDocument struct {
	Schema      string
	Experiments []struct {
		Experiment, Key, Control, Verdict, Reason, Cause string
		AA                                               bool
		Epoch                                            *string
		Assignment                                       struct{ Checked, Mismatches int64 }
		Split                                            struct {
			LnBayesFactor  float64            `json:"ln_bayes_factor"`
			Clients        map[string]int64   `json:"clients"`
			DetectableLoss map[string]float64 `json:"detectable_loss"`
		}
		Variants []struct {
			Variant, Verdict  string
			Configured        float64
			Clients, Requests int64
			Metrics           []struct {
				Metric, Verdict       string
				Value, Control, Ratio float64
				Low                   float64
				High                  *float64
				LnEvidence            float64  `json:"ln_evidence"`
				Detectable            *float64 `json:"detectable_ratio"`
			}
		}
		Notes []string
	}
}

// comparison reads what a run with -o json wrote.
func (r result) comparison(t *testing.T) (d comparisonDocument) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), &d); err != nil {
		t.Fatalf("%v; exit code %d, stderr %q, stdout %.300q", err, r.code, r.err, r.out)
	}
	if d.Schema != "splitgauge.compare/1" {
		t.Errorf("schema %q", d.Schema)
	}
	return d
}

// TestCompareVerdicts runs the command on traffic of which the truth is known, and
// takes the verdict and the exit code.
func TestCompareVerdicts(t *testing.T) {
	const half = `split_clients "${remote_addr}AAA" $variant { 50% b; * a; }`
	even := world{clients: 3000, requests: 4, errors: 0.03, seed: 1, assigned: half}
	for _, test := range []struct {
		name      string
		world     world
		arguments []string
		verdict   string
		code      int
	}{
		{"worse", world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}, nil, "WORSE", 4},
		{"worse than a margin allows", world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}, []string{"--margin", "100"}, "WORSE", 4},
		{"better", world{clients: 3000, requests: 4, errors: 0.005, seed: 2, assigned: half, fail: map[string]float64{"a": 0.1}}, []string{"--split", half}, "BETTER", 0},
		{"nothing, without a margin", even, []string{"--split", half}, "UNDECIDED", 5},
		{"nothing, within a margin", even, []string{"--split", half, "--margin", "2.5"}, "EQUIVALENT", 0},
		{"nothing, within a narrow margin", even, []string{"--split", half, "--margin", "1.01"}, "UNDECIDED", 5},
		{"less, within a margin", world{clients: 2000, requests: 4, errors: 0.03, seed: 1, assigned: half, slow: map[string]float64{"a": 1.1}},
			[]string{"--split", half, "--margin", "1.1", "--metric", "latency_mean"}, "NO HARM ABOVE", 0},
		{"few", world{clients: 40, requests: 4, errors: 0.03, seed: 1, assigned: half}, []string{"--split", half}, "NOT ENOUGH DATA", 5},
		{"another key", even, []string{"--split", strings.Replace(half, "AAA", "BBB", 1)}, "ASSIGNMENT BROKEN", 5},
		{"clients are missing", world{clients: 5000, requests: 2, errors: 0.01, seed: 4, lose: map[string]float64{".two": 0.5}}, nil, "SPLIT NOT AS CONFIGURED", 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.world.compare(t, append(test.arguments, "-o", "json")...)
			document := got.comparison(t)
			if len(document.Experiments) != 1 || document.Experiments[0].Verdict != test.verdict || got.code != test.code {
				t.Fatalf("exit code %d, want %d with %s: %.600s", got.code, test.code, test.verdict, got.out)
			}
			if said := map[int]string{0: "", 4: "splitgauge: a variant is worse than the control\n", 5: "splitgauge: no answer: whether a variant is worse is not known\n"}[test.code]; got.err != said {
				t.Errorf("stderr %q, want %q", got.err, said)
			}
		})
	}
}

// TestCompareIncomplete: harm is harm though part of the log is missing, no answer
// is none, and no harm has to be seen in all of it.
func TestCompareIncomplete(t *testing.T) {
	harm := world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}.log(t)
	const half = `split_clients "${remote_addr}AAA" $variant { 50% b; * a; }`
	even := world{clients: 3000, requests: 4, errors: 0.03, seed: 1, assigned: half}.log(t)
	// less than what is refused as LOG INCOMPLETE
	odd := func(log []byte) []byte { return append(log[:len(log):len(log)], strings.Repeat("odd\n", 60)...) }
	strict := []string{"--split", worldSplit, "--max-unparsed", "0"}
	const unparsed = "lines could not be parsed, more than --max-unparsed 0"

	compareLog(t, odd(harm), strict...).check(t, exitWorse, "a variant is worse", unparsed)
	strict[1] = half
	compareLog(t, odd(even), strict...).check(t, exitNoAnswer, "no answer", unparsed)
	compareLog(t, odd(even), append(strict, "--margin", "10")...).check(t, exitUnparsed, unparsed)
	compareLog(t, even, append(strict, "--margin", "10")...).check(t, 0)

	// More than that is refused, whatever --max-unparsed allows.
	refused := compareLog(t, append(even[:len(even):len(even)], strings.Repeat("odd\n", 600)...), "--split", half, "--margin", "10", "--max-unparsed", "50%")
	refused.check(t, exitNoAnswer, "no answer")
	refused.shows(t, "$variant: LOG INCOMPLETE", "No ratios are shown", "600 of 21,")

	path := writeFile(t, t.TempDir(), "access.log", even)
	whole := []string{"compare", "--format", worldFormat, "--split", half, "--margin", "10", path}
	run(t, nil, whole...).check(t, 0)
	run(t, nil, append(whole, path+".gone")...).check(t, exitUnparsed, "an input could not be read whole", "access.log.gone")
	run(t, nil, "compare", "--split", worldSplit, path+".gone").check(t, exitFailed, "no input could be read")
}

// TestCompareOptions makes sure that every flag gets where it counts.
func TestCompareOptions(t *testing.T) {
	log := world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}.log(t)
	for name, test := range map[string]struct {
		arguments []string
		shows     []string
	}{
		"defaults":   {nil, []string{`"control": ""`, `"margin": null`, `"primary": "errors_5xx"`, `"epoch": "2025-11-25T10:00:0`}},
		"metrics":    {[]string{"--metric", "latency_mean", "--metric", "bytes,errors_5xx"}, []string{`"primary": "latency_mean"`}},
		"margin":     {[]string{"--margin", "1.2"}, []string{`"margin": 1.2`}},
		"control":    {[]string{"--control", ".two"}, []string{`"control": ".two"`}},
		"empty":      {[]string{"--control", ""}, []string{`"control": ""`}},
		"experiment": {[]string{"--experiment", "$variant"}, []string{`"experiment": "variant"`}},
		"since":      {[]string{"--since", "2025-11-25T12:00:00"}, []string{`"epoch": "2025-11-25T12:00:0`}},
		"until":      {[]string{"--until", "2025-11-25T09:00:00"}, []string{`"epoch": null`, "NOT ENOUGH DATA"}},
		"workers":    {[]string{"--workers", "3"}, []string{`"checked": `}},
	} {
		t.Run(name, func(t *testing.T) {
			compareLog(t, log, append([]string{"--split", worldSplit, "-o", "json"}, test.arguments...)...).shows(t, test.shows...)
		})
	}
	slow := func(threshold string) float64 {
		d := compareLog(t, log, "--split", worldSplit, "-o", "json", "--slow", threshold).comparison(t)
		for _, m := range d.Experiments[0].Variants[0].Metrics {
			if m.Metric == "slow_share" {
				return m.Value
			}
		}
		return -1
	}
	if some, many := slow("300ms"), slow("10ms"); !(some > 0 && some < 0.3 && many > 0.9) {
		t.Errorf("slower than 300 ms are %v, than 10 ms %v", some, many)
	}
}

// TestCompareJSON has the numbers that were logged.
func TestCompareJSON(t *testing.T) {
	w := world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}
	got := w.compare(t, "-o", "json")
	e := got.comparison(t).Experiments[0]
	if e.Experiment != "variant" || e.Key != "${remote_addr}AAA" || e.Control != "" || e.AA || len(e.Variants) != 3 || len(e.Notes) == 0 {
		t.Errorf("%+v", e)
	}
	counted, clients := int64(0), int64(0)
	for i, want := range []string{".one", ".two", ""} {
		v := e.Variants[i]
		if v.Variant != want || v.Configured != []float64{0.05, 0.2, 0.75}[i] {
			t.Errorf("variant %d is %q of %v", i, v.Variant, v.Configured)
		}
		if want == "" != (len(v.Metrics) == 0) {
			t.Errorf("variant %q has %d metrics", want, len(v.Metrics))
		}
		counted += v.Requests
		clients += e.Split.Clients[want]
		if loss := e.Split.DetectableLoss[want]; !(loss > 0 && loss <= 1) {
			t.Errorf("a loss of %v of %q would be seen", loss, want)
		}
	}
	if lines := int64(strings.Count(string(w.log(t)), "\n")); counted != lines || e.Assignment.Checked != lines || e.Assignment.Mismatches != 0 {
		t.Errorf("%d requests, %+v, want %d", counted, e.Assignment, lines)
	}
	if clients < 3900 || clients > 4100 {
		t.Errorf("%d clients, in truth 4000", clients)
	}
	m := e.Variants[1].Metrics[0]
	truth := (0.005*1.95 + 0.1) / (0.005 * 1.95)
	if m.Metric != "errors_5xx" || m.Verdict != "WORSE" || m.High == nil || m.Low > truth || *m.High < truth || m.LnEvidence < 4 || m.Detectable == nil {
		t.Errorf("%+v, in truth ×%v", m, truth)
	}
	if again := w.compare(t, "-o", "json", "--workers", "3"); again.out != got.out {
		t.Error("the number of workers matters")
	}
}

// TestReplayHasTheSameExperiments: replay and compare write the same objects.
func TestReplayHasTheSameExperiments(t *testing.T) {
	log := world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}.log(t)
	experiments := func(verb string) string {
		got := run(t, bytes.NewReader(log), verb, "--format", worldFormat, "--split", worldSplit, "-o", "json", "-")
		var document struct{ Experiments json.RawMessage }
		if err := json.Unmarshal([]byte(got.out), &document); err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		return string(document.Experiments)
	}
	if compared, replayed := experiments("compare"), experiments("replay"); compared != replayed || !strings.Contains(compared, "WORSE") {
		t.Errorf("compare writes %.300s, replay %.300s", compared, replayed)
	}
	got := run(t, bytes.NewReader(log), "replay", "--format", worldFormat, "--split", worldSplit, "-")
	got.check(t, 0)
	got.shows(t, "EXPERIMENTS splitgauge compare says more $variant: WORSE", `".two" is worse than the control "": server errors (5xx) ×`)
	got = run(t, bytes.NewReader(log), "replay", "--format", worldFormat, "--split", worldSplit, "-o", "csv", "-")
	got.shows(t, "\nexperiments,variant,verdict,WORSE\n", "\nexperiments.variant,.two,errors_5xx.verdict,WORSE\n", "\nexperiments.variant,.two,configured,0.2\n")
	got = run(t, bytes.NewReader(log), "replay", "--format", worldFormat, "-")
	if strings.Contains(got.out, "EXPERIMENTS") {
		t.Errorf("experiments without a split:\n%s", got.out)
	}
}

// TestCompareAA makes up a split: whatever was done to a variant, it is none of its
// business.
func TestCompareAA(t *testing.T) {
	log := world{clients: 4000, requests: 4, errors: 0.03, seed: 5, fail: map[string]float64{".two": 0.1}}.log(t)
	got := compareLog(t, log, "--assign-by", "$remote_addr", "--arms", "0.5/10/89.5", "--margin", "1.5", "-o", "json")
	e := got.comparison(t).Experiments[0]
	if !e.AA || e.Key != "${remote_addr}splitgauge" || e.Control != "C" || len(e.Variants) != 3 || e.Variants[0].Variant != "A" || e.Variants[0].Configured != 0.005 {
		t.Errorf("%+v", e)
	}
	if e.Verdict == "WORSE" || e.Assignment.Checked != 0 || got.code == exitWorse {
		t.Errorf("exit code %d, %s; %d checked", got.code, e.Verdict, e.Assignment.Checked)
	}
	compareLog(t, log, "--assign-by", "${remote_addr}", "--margin", "2").check(t, 0)
	got = compareLog(t, log, "--assign-by", "http_user_agent")
	got.check(t, exitNoAnswer, "no answer")
}

// TestCompareWrongUsage says what is wrong before anything is read.
func TestCompareWrongUsage(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{}, `name files, or "-" for standard input`},
		{[]string{"http://127.0.0.1:9145/report"}, `cannot compare what is at the URL "http://127.0.0.1:9145/report": want the log's files`},
		{[]string{"-", "--metric", "errors"}, `cannot test the metric "errors", want one of errors_5xx, errors_4xx, aborted_499, slow_share, latency_mean, bytes`},
		{[]string{"-", "--metric", "bytes,bytes"}, `cannot test the metric "bytes" twice`},
		{[]string{"-", "--metric", "errors_5xx,errors_4xx,slow_share,bytes,aborted_499"}, "cannot test 5 metrics, want at most 4"},
		{[]string{"-", "--margin", "0.5"}, "cannot use the margin 0.5, want a ratio above 1, for example 1.2"},
		{[]string{"-", "--margin", "0"}, "cannot use the margin 0, want a ratio above 1"},
		{[]string{"-", "--margin", "1"}, "cannot use the margin 1, want a ratio above 1"},
		{[]string{"-", "--margin", "NaN"}, "cannot use the margin NaN, want a ratio above 1"},
		{[]string{"-", "--margin", "20%"}, `invalid argument "20%" for "--margin"`},
		{[]string{"-", "--control", ".none"}, `cannot compare with the arm ".none", want one of [".one" ".two" ""]`},
		{[]string{"-", "--experiment", "other"}, `cannot compare the experiment "other": no split sets that variable`},
		{[]string{"-", "--slow", "0s"}, "cannot use --slow 0s: want a time of at least a millisecond"},
		{[]string{"-", "-o", "csv"}, `cannot write output "csv": want text, json or markdown`},
		{[]string{"-", "--since", "soon"}, `cannot read --since "soon"`},
		{[]string{"-", "--until", "soon"}, `cannot read --until "soon"`},
		{[]string{"-", "--max-unparsed", "2"}, `cannot read --max-unparsed "2"`},
		{[]string{"-", "--assign-by", "remote_addr"}, "cannot use --assign-by with --split"},
		{[]string{"-", "--arms", "50/50"}, "cannot use --arms alone: want --assign-by with it"},
	} {
		arguments := append([]string{"compare", "--split", worldSplit}, test.arguments...)
		got := run(t, mustNotRead{t, arguments}, arguments...)
		got.check(t, exitUsage, test.says)
		if got.out != "" {
			t.Errorf("%q: stdout %q, want nothing", arguments, got.out)
		}
	}
	for arms, says := range map[string]string{
		"50/49":                      "its percentages add up to 99.00%, want 100%",
		"100":                        "want 2 to 8 percentages with a slash between them, such as 50/50",
		"10/10/10/10/10/10/10/10/20": "want 2 to 8 percentages",
		"":                           "want 2 to 8 percentages",
		"0/100":                      `"0" is no percentage above 0 and below 100`,
		"33.333/66.667":              `"33.333" is no percentage above 0 and below 100 with at most two decimals`,
		"-50/150":                    `"-50" is no percentage`,
		"a/b":                        `"a" is no percentage`,
		"50./50":                     `"50." is no percentage`,
		"5e1/50":                     `"5e1" is no percentage`,
	} {
		arguments := []string{"compare", "--assign-by", "remote_addr", "--arms", arms, "-"}
		run(t, mustNotRead{t, arguments}, arguments...).check(t, exitUsage, "cannot use --arms ", says)
	}
	for _, by := range []string{"", "$", "a b", "remote addr", "${a}$b", "{a}"} {
		arguments := []string{"compare", "--assign-by=" + by, "--arms", "50/50", "-"}
		want := fmt.Sprintf("cannot use --assign-by %q: want the variable", by)
		if by == "" {
			want = "cannot use --arms alone"
		}
		run(t, mustNotRead{t, arguments}, arguments...).check(t, exitUsage, want)
	}
	run(t, nil, "compare", "--assign-by", "remote_addr", "--variant", "x", "-").check(t, exitUsage, "cannot use --assign-by with --variant")
}

// TestCompareManyVariants: more variants than are compared are no answer.
func TestCompareManyVariants(t *testing.T) {
	nine := `split_clients "${remote_addr}AAA" $variant { 10% a; 10% b; 10% c; 10% d; 10% e; 10% f; 10% g; 10% h; * i; }`
	got := world{clients: 300, requests: 2, errors: 0.01, seed: 3, assigned: nine}.compare(t, "--split", nine)
	got.check(t, exitNoAnswer, "no answer")
	got.shows(t, "$variant: NOT COMPARED", "it has 9 variants, at most 8 are compared")
	got = world{clients: 300, requests: 2, errors: 0.01, seed: 3, assigned: nine}.compare(t, "--split", nine, "-o", "json")
	e := got.comparison(t).Experiments[0]
	if e.Verdict != "" || len(e.Variants) != 9 || e.Variants[0].Configured != 0.1 || len(e.Notes) != 1 || e.Assignment.Checked == 0 || got.code != exitNoAnswer {
		t.Errorf("exit code %d, %+v", got.code, e)
	}
}

// TestCompareWithoutSplit says what to do where there is nothing to compare.
func TestCompareWithoutSplit(t *testing.T) {
	got := run(t, strings.NewReader(goodLog), "compare", "-")
	got.check(t, exitUsage, "no split to compare the variants of", "--split '", "--nginx-conf FILE", "--assign-by remote_addr")
	if got.out != "" {
		t.Errorf("stdout %q", got.out)
	}
	conf := writeFile(t, t.TempDir(), "nginx.conf", []byte("http { log_format combo '$remote_addr'; access_log /var/log/x.log; }"))
	run(t, strings.NewReader(goodLog), "compare", "--nginx-conf", conf, "-").check(t, exitUsage, "no split to compare")
}

// TestCompareHostileNames has variants that would act on a terminal or be markup.
func TestCompareHostileNames(t *testing.T) {
	const hostile = "split_clients \"${remote_addr}AAA\" $variant { 20% \"<img src=x>|`a` @all \x1b[31m\u202e\"; * \"[b](http://e.example)\"; }"
	w := world{clients: 2000, requests: 4, errors: 0.005, seed: 2, assigned: hostile}
	split := []string{"--split", hostile, "--max-unparsed", "0"}
	for _, output := range []string{"text", "markdown", "json"} {
		got := w.compare(t, append(split, "-o", output)...)
		got.check(t, exitNoAnswer, "no answer")
		checkPrintable(t, output, got.out)
		if output == "markdown" && strings.ContainsAny(strings.NewReplacer("<code>", "", "</code>", "", "<details>", "", "</details>", "", "<summary>", "", "</summary>", "").Replace(got.out), "<>`[]@") {
			t.Errorf("markup of a name:\n%s", got.out)
		}
	}
	got := w.compare(t, append(split, "-o", "json")...)
	if e := got.comparison(t).Experiments[0]; e.Variants[0].Variant != "<img src=x>|`a` @all \x1b[31m\u202e" || e.Assignment.Mismatches != 0 || e.Assignment.Checked == 0 {
		t.Errorf("variants %+v, assignment %+v", e.Variants, e.Assignment)
	}
}

// TestCompareOnTerminal is as wide as the terminal, and in colour only there.
func TestCompareOnTerminal(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	t.Setenv("TERM", "xterm")
	path := writeFile(t, t.TempDir(), "access.log", world{clients: 4000, requests: 4, errors: 0.005, seed: 2, fail: map[string]float64{".two": 0.1}}.log(t))
	for _, test := range []struct {
		columns          uint16
		noColour, locale string
	}{{80, "", "C.UTF-8"}, {80, "1", "C"}, {120, "1", "C.UTF-8"}} {
		t.Setenv("NO_COLOR", test.noColour)
		t.Setenv("LC_ALL", test.locale)
		got := runOnTerminal(t, test.columns, "compare", "--format", worldFormat, "--split", worldSplit, "--margin", "1.5", path)
		got.check(t, exitWorse, "a variant is worse")
		plain := styles.ReplaceAllString(got.out, "")
		if coloured := plain != got.out; coloured == (test.noColour != "") {
			t.Errorf("%+v: coloured is %v", test, coloured)
		}
		drawn := map[bool]string{true: "├", false: "["}[test.locale != "C"]
		if first, _, _ := strings.Cut(plain, "\n"); first != "$variant: WORSE" || !strings.Contains(plain, drawn) {
			t.Errorf("%+v: it begins with %q, and has %s: %v", test, first, drawn, strings.Contains(plain, drawn))
		}
		for line := range strings.Lines(plain) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > int(test.columns) {
				t.Errorf("%+v: a line of %d: %q", test, width, line)
			}
		}
	}
}
