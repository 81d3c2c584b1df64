package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/parser"
)

// Fix is a log_format that tells what another one does not.
type Fix struct {
	// Lines are its two lines, or more where a text is very long, ready to be
	// pasted into nginx.conf.
	Lines []string `json:"lines"`

	// Replaces is where the format stands whose place it takes; empty where it
	// is a new one. AccessLogs are then the statements that use it.
	Replaces   string   `json:"replaces,omitempty"`
	AccessLogs []string `json:"access_logs,omitempty"`
}

// ownName is what a format is called that nothing else is known to be.
const ownName = "splitgauge"

// fix returns the format with what is missing; nil where nothing is, or where
// it could not be read either.
func (a *adviser) fix(name string, f *formats) *Fix {
	var missing []string
	for _, finding := range a.findings {
		for _, variable := range finding.Missing {
			if !slices.Contains(missing, variable) {
				missing = append(missing, variable)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if f.nginx == nil || !f.nginx.declares(name) {
		name = f.nginx.freeName()
	}
	before, after := a.addition(missing)
	if _, err := parser.Compile(before+after, parser.Options{Escape: a.escape, Values: missing}); err != nil {
		return nil
	}
	first := "log_format " + quoteName(name)
	if a.escape != parser.EscapeDefault {
		first += " escape=" + a.escape.String()
	}
	pieces := quotePieces(before)
	lines := []string{first + " " + pieces[0]}
	for _, piece := range append(pieces[1:], quotePieces(after)...) {
		lines = append(lines, "    "+piece)
	}
	lines[len(lines)-1] += ";"
	return &Fix{Lines: lines}
}

// addition returns the format's text up to where variables are added, and what
// follows with them: members before the closing brace of JSON, pairs at the end
// of other text.
func (a *adviser) addition(variables []string) (before, after string) {
	if !jsonShaped(a.text) {
		for _, name := range variables {
			after += fmt.Sprintf(` %s="$%s"`, name, name)
		}
		return a.text, after
	}
	brace := strings.LastIndexByte(a.text, '}')
	before, after = strings.TrimRight(a.text[:brace], " \t"), a.text[brace:]
	var members []string
	for _, name := range variables {
		members = append(members, fmt.Sprintf(`"%s":"$%s"`, name, name))
	}
	comma := ","
	if strings.HasSuffix(before, ",") || strings.HasSuffix(before, "{") {
		comma = ""
	}
	return before, comma + strings.Join(members, ",") + after
}

// place says where the fix goes for a format of a configuration. nginx's own
// format cannot be replaced.
func (f *Fix) place(format *nginxconf.LogFormat, logs []*nginxconf.AccessLog) {
	if format.Position != (nginxconf.Position{}) {
		f.Replaces = format.Position.String()
		return
	}
	name := strings.Fields(f.Lines[0])[1]
	for _, log := range logs {
		if statement := logStatement(log, name); !slices.Contains(f.AccessLogs, statement) {
			f.AccessLogs = append(f.AccessLogs, statement)
		}
	}
}

// logStatement returns an access_log with another format.
func logStatement(log *nginxconf.AccessLog, format string) string {
	words := []string{"access_log", quoteName(log.Path), format}
	if log.Gzip > 0 {
		words = append(words, fmt.Sprintf("gzip=%d", log.Gzip))
	}
	if log.Buffer > 0 {
		words = append(words, fmt.Sprintf("buffer=%d", log.Buffer))
	}
	if log.Flush > 0 {
		words = append(words, fmt.Sprintf("flush=%dms", log.Flush.Milliseconds()))
	}
	if log.If != "" {
		words = append(words, quoteName("if="+log.If))
	}
	return strings.Join(words, " ") + ";"
}

// declares reports whether a configuration has a log_format of its own of that
// name.
func (n *nginx) declares(name string) bool {
	return n != nil && slices.ContainsFunc(n.config.LogFormats, func(format *nginxconf.LogFormat) bool {
		return strings.EqualFold(format.Name, name) && format.Position != (nginxconf.Position{})
	})
}

// freeName returns a name that no log_format has.
func (n *nginx) freeName() string {
	name := ownName
	for i := 2; n.declares(name); i++ {
		name = fmt.Sprintf("%s%d", ownName, i)
	}
	return name
}

// maxPiece is how long a quoted piece may be: nginx reads at most 4096 bytes
// from one quote to the next.
const maxPiece = 3000

// quotePieces returns a text in single quotes, as it stands in nginx.conf; in
// several pieces where it is long.
func quotePieces(text string) (pieces []string) {
	for len(text) > maxPiece {
		cut := strings.LastIndexAny(text[:maxPiece], " ,|$")
		if cut <= 0 {
			break
		}
		pieces = append(pieces, quoteForNginx(text[:cut]))
		text = text[cut:]
	}
	return append(pieces, quoteForNginx(text))
}

// quoteForNginx returns a text in single quotes with what nginx would read
// otherwise escaped.
func quoteForNginx(text string) string {
	return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(text) + `'`
}

// quoteName returns a word of nginx.conf, in quotes only where it has to be.
func quoteName(name string) string {
	if name == "" || strings.ContainsAny(name, " \t\r\n;{}'\"\\#") {
		return quoteForNginx(name)
	}
	return name
}
