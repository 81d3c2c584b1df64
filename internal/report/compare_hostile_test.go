package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/experiment"
)

// hostileComparisons are reports with the text in every place that has one, with
// figures and without.
func hostileComparisons(text string) (list []*Report) {
	for _, verdict := range []experiment.Verdict{experiment.Worse, experiment.AssignmentBroken, experiment.NotEnoughData} {
		r := hostile(text)
		v := variantOf(text, 0.02, errorsOf(verdict, 0.0437, 0.0021, 20.9, 8.33, open))
		v.Reason = fmt.Sprintf("%q", text)
		v.Notes = []string{fmt.Sprintf("Not isolated from the control: both are served by %q.", text)}
		v.Metrics[0].Notes = v.Notes
		v.Metrics[0].Concentrations = []experiment.Concentration{{Kind: "server", Name: text, Share: 0.6, Ratio: 2, Known: true}}
		result := resultOf(verdict, v)
		result.Control.Name, result.Split.Arms[1].Name = text+"'", text+"'"
		result.Reason, result.Notes = fmt.Sprintf("Of %q.", text), []string{fmt.Sprintf("Of %q.", text)}
		result.Log.Missing = []experiment.Missing{{Field: "key", Variant: text, Missing: 1, Requests: 2}}
		shares := []ConfiguredShare{{text, 200}, {text + "'", 9800}}
		r.Experiments = []Experiment{
			{Name: "variant", Key: text, Variants: shares, Result: result, Cause: fmt.Sprintf("It empties %q.", text)},
			{Name: "other", Key: text, Variants: shares, Without: fmt.Sprintf("nothing was counted under %q", text)},
			{Name: "made_up", Key: text, Variants: shares, Result: result, AA: true},
		}
		r.Warnings = []string{text}
		list = append(list, r)
	}
	return list
}

// markdownTexts are names that are markup where they are not code.
var markdownTexts = append([]string{
	"a|b", "``` code ```", "`a`", "<img src=x onerror=alert(1)>", "</code></details><script>", "![x](http://e.example/x.png)", "[a](javascript:x)",
	"@everyone", "#1", "org/repo#1", ":tada:", "www.e.example", "https://e.example/", "a@e.example", "~~a~~", "**a**", "__a__", "$a$", "$$a$$",
	"# a", "- a", "1. a", "> a", "| - |", "&lt;b&gt;", "&#60;b&#62;", "a\n\n# b", "\\", `\"`, `"`, `""`, "'", " ", "--", "<!--", "\u202eevil", "a  ",
}, hostileTexts...)

func TestCompareTextShowsNothingRaw(t *testing.T) {
	for _, hostileText := range hostileTexts {
		for _, r := range hostileComparisons(hostileText)[:2] {
			for _, width := range []int{33, 80} {
				for _, o := range []Options{{width, true, true}, {width, false, false}} {
					for name, write := range map[string][]byte{"compare": written(t, compareText(o), r), "replay": written(t, text(o), r)} {
						got := string(write)
						if o.Colour {
							got = ownStyles.ReplaceAllString(got, "")
						}
						if err := checkTerminal(got, o); err != nil {
							t.Errorf("%s of %q, %+v: %v", name, hostileText, o, err)
						}
					}
				}
			}
		}
	}
}

// TestMarkdownHasNoMarkupOfOthers: whatever names are, there is no markup but ours,
// as much of it as for a harmless name, and code shows the name.
func TestMarkdownHasNoMarkupOfOthers(t *testing.T) {
	for number, harmless := range hostileComparisons("harmless") {
		want := markupOf(t, written(t, WriteCompareMarkdown, harmless))
		for _, text := range markdownTexts {
			got := written(t, WriteCompareMarkdown, hostileComparisons(text)[number])
			if found := markupOf(t, got); found != want {
				t.Errorf("%q: the markup is\n%s\nwant\n%s", text, found, want)
			}
			if shown := "<code>" + visible(text, true) + "</code>"; !strings.Contains(html.UnescapeString(string(got)), shown) {
				t.Errorf("%q: want %q in\n%s", text, shown, got)
			}
		}
	}
}

var (
	codeSpan  = regexp.MustCompile(`<code>((?:[a-zA-Z0-9_ ,;()%'/.\-]|[^\x00-\x7f]|&#[0-9]+;)+)</code>`)
	reference = regexp.MustCompile(`&#[0-9]+;`)
	link      = regexp.MustCompile(`(?i)www\.|://|xmpp:|mailto:`)
)

// markupOf returns a Markdown document without its code, and fails for a sign that
// nothing of ours has.
func markupOf(t *testing.T, document []byte) string {
	t.Helper()
	text := string(document)
	for _, r := range text {
		if r != '\n' && hidden(r) {
			t.Errorf("the document holds %U", r)
		}
	}
	if found := link.FindString(text); found != "" {
		t.Errorf("the document has a link, %q", found)
	}
	text = codeSpan.ReplaceAllString(text, "CODE")
	for _, ours := range []string{"<details><summary>", "</summary>", "</details>"} {
		text = strings.ReplaceAll(text, ours, "")
	}
	if at := strings.IndexAny(reference.ReplaceAllString(text, ""), "<>&`[]@$\\~!{}\""); at >= 0 {
		t.Errorf("the document has markup: %q", text[max(0, at-30):min(len(text), at+30)])
	}
	return text
}

func TestCompareJSONIsValidForAnyBytes(t *testing.T) {
	for _, text := range markdownTexts {
		for _, r := range hostileComparisons(text)[:1] {
			got := written(t, WriteCompareJSON, r)
			var document struct {
				Experiments []struct {
					Variants []struct{ Variant string }
					Split    struct{ Clients map[string]int64 }
				}
			}
			if err := json.Unmarshal(got, &document); err != nil {
				t.Errorf("%q: %v", text, err)
				continue
			}
			valid := strings.ToValidUTF8(text, "\uFFFD")
			e := document.Experiments[0]
			if name := e.Variants[0].Variant; name != string([]rune(text)) || e.Split.Clients[valid] != 2000 {
				t.Errorf("%q: variant %q with %d clients", text, name, e.Split.Clients[valid])
			}
			for _, r := range string(got) {
				if r != '\n' && hidden(r) {
					t.Errorf("%q: the document holds %U", text, r)
				}
			}
		}
	}
}

// TestCompareJSONNamesNoVariantTwice: two names that become one add up, and what
// would be seen is what would be of the worse.
func TestCompareJSONNamesNoVariantTwice(t *testing.T) {
	result := resultOf(experiment.Undecided)
	result.Split.Arms = []experiment.SplitArm{{Name: "\xff", Clients: 3, DetectableLoss: 0.5}, {Name: "\xfe", Clients: 4, DetectableLoss: 0.25}}
	got := written(t, WriteCompareJSON, comparisonOf(Experiment{Result: result}))
	for _, want := range []string{`"` + "\uFFFD" + `": 7`, `"` + "\uFFFD" + `": 0.5`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// TestCompareHoldsAnyNumber: no figure, however odd, makes a document that cannot be
// read, or a text that does not fit.
func TestCompareHoldsAnyNumber(t *testing.T) {
	odd := []float64{0, 1, -1, 1e-300, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 0.999999999999, 1.000000000001}
	for _, a := range odd {
		for _, b := range odd {
			v := variantOf(".one", 0.5, errorsOf(experiment.Undecided, a, b, a, a, b))
			v.Metrics[0].Detectable, v.Metrics[0].Plain = b, a
			v.Metrics = append(v.Metrics, metricOf(experiment.Bytes, "bytes", "", b, a, b, a, b))
			v.Metrics[4] = metricOf(experiment.LatencyMean, "ms", experiment.Worse, a, b, b, b, a)
			v.Traffic.PerClient, v.Traffic.Observed, v.Configured = a, b, a
			r := comparisonOf(Experiment{Result: resultOf(experiment.Undecided, v)})
			r.Experiments[0].Result.Margin, r.Experiments[0].Result.Split.Arms[0].DetectableLoss = a, b
			if got := written(t, WriteCompareJSON, r); !json.Valid(got) || bytes.Contains(got, []byte("-0,")) {
				t.Errorf("%v and %v: %s", a, b, got)
			}
			written(t, WriteCompareMarkdown, r)
			written(t, WriteCSV, r)
			for _, o := range []Options{{Width: 80, Unicode: true}, {Width: 200}} {
				if err := checkTerminal(string(written(t, compareText(o), r)), o); err != nil {
					t.Errorf("%v and %v: %v", a, b, err)
				}
			}
		}
	}
}
