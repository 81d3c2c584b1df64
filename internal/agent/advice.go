package agent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// FormatAdvice is what a format can and cannot tell, and how it could.
type FormatAdvice struct {
	Name   string   `json:"name"`
	At     string   `json:"at,omitempty"` // empty where it stands in no configuration
	Text   string   `json:"text"`
	Escape string   `json:"escape"`
	Logs   []string `json:"logs"` // that have it

	// Unreadable says why no line can be read by it; empty where they can.
	Unreadable string `json:"unreadable,omitempty"`

	Findings []Finding `json:"findings"`
	Fix      *Fix      `json:"fix"` // nil where nothing is missing
}

// Finding is one thing that a format tells, or does not.
type Finding struct {
	About string       `json:"about"` // a section of the report, or "escape"
	Level FindingLevel `json:"level"`
	Text  string       `json:"text"`

	// Missing are the variables that would change it.
	Missing []string `json:"missing,omitempty"`
}

// FindingLevel says how good a finding is.
type FindingLevel string

// The levels of findings.
const (
	Told    FindingLevel = "told"    // the format tells it
	Noted   FindingLevel = "note"    // it does, with something to know
	Missing FindingLevel = "missing" // it does not
)

// adviser looks at one format.
type adviser struct {
	text     string
	escape   parser.Escape
	logged   []string // the variables that it has
	upstream bool     // requests are passed on
	splits   []*splitclients.Split
	variant  string // the variable that was said to hold the variant
	findings []Finding
}

var variablePattern = regexp.MustCompile(`\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))`)

// variablesOf returns the variables in the text of a log_format.
func variablesOf(text string) (names []string) {
	for _, match := range variablePattern.FindAllStringSubmatch(text, -1) {
		if name := match[1] + match[2]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// adviseNginx advises on a format of nginx's configuration.
func (c *checker) adviseNginx(format *nginxconf.LogFormat, logs []*nginxconf.AccessLog) *FormatAdvice {
	advice := &FormatAdvice{Name: format.Name, At: format.Position.String(), Text: format.Text, Escape: format.Escape}
	for _, log := range logs {
		if !slices.Contains(advice.Logs, log.Path) {
			advice.Logs = append(advice.Logs, log.Path)
		}
	}
	compiled, err := c.formats.compile(format, c.formats.named)
	if err != nil {
		advice.Unreadable = err.Error()
		advice.Findings = []Finding{}
		return advice
	}
	c.advise(advice, compiled.Escape(), c.formats.named)
	if advice.Fix != nil {
		advice.Fix.place(format, logs)
	}
	return advice
}

// adviseOther advises on a format that stands in no configuration, once.
func (c *checker) adviseOther(format *parser.Format, splits *splitSet, file string) {
	if format.Text() == "" {
		return // JSON told by its keys
	}
	for _, known := range c.result.Formats {
		if known.Text == format.Text() && known.Escape == format.Escape().String() {
			if known.At == "" {
				known.Logs = append(known.Logs, file)
			}
			return
		}
	}
	advice := &FormatAdvice{Name: format.Name(), Text: format.Text(), Escape: format.Escape().String(), Logs: []string{file}}
	c.advise(advice, format.Escape(), splits)
	c.result.Formats = append(c.result.Formats, advice)
}

// advise fills in the findings and the fix.
func (c *checker) advise(advice *FormatAdvice, escape parser.Escape, splits *splitSet) {
	a := &adviser{
		text: strings.TrimRight(advice.Text, "\n"), escape: escape, logged: variablesOf(advice.Text),
		upstream: c.formats.nginx == nil || c.formats.nginx.passesOn(),
		splits:   splits.splits, variant: c.config.Variant,
	}
	a.basics()
	a.upstreams()
	a.variants()
	a.escapes()
	a.quotes()
	advice.Findings = a.findings
	advice.Fix = a.fix(advice.Name, c.formats)
}

func (a *adviser) has(name string) bool { return slices.Contains(a.logged, name) }

func (a *adviser) add(about string, level FindingLevel, text string, missing ...string) {
	a.findings = append(a.findings, Finding{about, level, text, missing})
}

// basics are what needs one variable of a few.
func (a *adviser) basics() {
	for _, basic := range [...]struct {
		about  string
		any    []string // one of them is enough
		lost   string   // without any
		remedy string
	}{
		{"status", []string{"status"}, "no errors, no status classes", "status"},
		{"time", []string{"msec", "time_iso8601", "time_local"}, "no timeline, no period, no --since and --until", "time_iso8601"},
		{"clients", []string{"remote_addr"}, "no unique clients", "remote_addr"},
		{"requests", []string{"request", "request_uri", "uri"}, "no paths and no methods", "request"},
		{"bytes", []string{"body_bytes_sent", "bytes_sent"}, "no traffic in bytes", "body_bytes_sent"},
		{"latency", []string{"request_time"}, "no latency", "request_time"},
	} {
		i := slices.IndexFunc(basic.any, a.has)
		if i >= 0 {
			a.add(basic.about, Told, "from $"+basic.any[i])
			continue
		}
		a.add(basic.about, Missing, "no "+dollars(basic.any, "or")+": "+basic.lost, basic.remedy)
	}
}

// upstreams are what needs the variables of upstreams.
func (a *adviser) upstreams() {
	parts := [...]struct{ name, lost string }{
		{"upstream_addr", "nothing by server, no retries"},
		{"upstream_status", "no errors by server"},
		{"upstream_response_time", "no latency by server"},
		{"upstream_connect_time", "no connect time by server"},
		{"upstream_header_time", "no time to the first byte by server"},
	}
	var missing, lost []string
	for _, part := range parts {
		if !a.has(part.name) {
			missing, lost = append(missing, part.name), append(lost, part.lost)
		}
	}
	switch {
	case len(missing) == 0:
		a.add("upstreams", Told, "from the $upstream_ variables")
	case !a.upstream:
		a.add("upstreams", Told, "none: the configuration passes no request on")
	case slices.Contains(missing, parts[0].name):
		a.add("upstreams", Missing, "no $upstream_addr: "+parts[0].lost, missing...)
	default:
		a.add("upstreams", Missing, "no "+dollars(missing, "and")+": "+strings.Join(lost, ", "), missing...)
	}
}

// escapes says what the way of escaping means for the shape of the text.
func (a *adviser) escapes() {
	switch shaped := jsonShaped(a.text); {
	case shaped && a.escape == parser.EscapeDefault:
		a.add("escape", Noted, `the text is JSON, but without escape=json quotes and all that is not ASCII are logged as \xHH, which JSON does not have, `+
			`and what is absent as "-": splitgauge reads that, other programs refuse such lines. Put escape=json after the name.`)
	case !shaped && a.escape == parser.EscapeJSON:
		a.add("escape", Noted, `the text is no JSON, but escape=json is set: what is absent is logged as nothing instead of "-", quotes as \", `+
			`and bytes that are not ASCII as they are. splitgauge reads that; without escape=json, so do other programs.`)
	case a.escape == parser.EscapeNone:
		a.add("escape", Noted, "with escape=none a client can put quotes and separators into its header fields, and line breaks into $uri: "+
			"such lines may be read wrongly or not at all. Without it, nginx escapes them.")
	}
	if bare := bareInJSON(a.text); len(bare) > 0 && a.escape != parser.EscapeDefault {
		a.add("escape", Noted, fmt.Sprintf("%s without quotes: where nginx has no value the line is no JSON. splitgauge reads it, other programs do not. Put quotes around.",
			dollars(bare, "and")))
	}
}

// quotes says where a quote is missing.
func (a *adviser) quotes() {
	if strings.Count(variablePattern.ReplaceAllString(a.text, ""), `"`)%2 == 0 {
		return
	}
	lead, all := steps(a.text)
	before := lead
	for _, step := range all {
		opened, closed := strings.HasSuffix(before, `"`), strings.HasPrefix(step.literal, `"`)
		if opened != closed {
			where := "after"
			if closed {
				where = "before"
			}
			a.add("quotes", Noted, fmt.Sprintf("an odd number of quotes: the one %s $%s may be missing", where, step.variable))
			return
		}
		before = step.literal
	}
	a.add("quotes", Noted, "an odd number of quotes: one is missing")
}

// jsonShaped reports whether the text of a format is a JSON object.
func jsonShaped(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}

var barePattern = regexp.MustCompile(`:\s*\$\{?(\w+)`)

// bareInJSON returns the variables that stand as values without quotes in JSON
// and may be absent.
func bareInJSON(text string) (names []string) {
	if !jsonShaped(text) {
		return nil
	}
	for _, match := range barePattern.FindAllStringSubmatch(text, -1) {
		if name := match[1]; strings.HasPrefix(name, "upstream_") || strings.HasPrefix(name, "http_") || strings.HasPrefix(name, "arg_") ||
			strings.HasPrefix(name, "cookie_") || strings.HasPrefix(name, "sent_http_") || name == "remote_user" {
			names = append(names, name)
		}
	}
	return names
}

// dollars lists variables: "$a, $b or $c".
func dollars(names []string, word string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" " + word + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + name)
	}
	return b.String()
}
