package splitclients

import "strings"

// String returns the definition as it may stand in nginx.conf, one part a
// line. Parse reads it back.
func (d *Definition) String() string {
	var b strings.Builder
	b.WriteString("split_clients " + writeWord(d.Key) + " " + writeWord(d.Variable) + " {\n")
	width := 0
	for _, part := range d.Parts {
		width = max(width, len(writeWord(part.Percent)))
	}
	for _, part := range d.Parts {
		percent := writeWord(part.Percent)
		b.WriteString("    " + percent + strings.Repeat(" ", width-len(percent)) + "  " + writeWord(part.Value) + ";\n")
	}
	b.WriteString("}")
	return b.String()
}

// writeWord returns a word as nginx reads it, in quotes where it takes them.
func writeWord(text string) string {
	if text != "" && !strings.ContainsAny(text, " \t\r\n;{}\"'#\\") {
		return text
	}
	return `"` + wordEscapes().Replace(text) + `"`
}

func wordEscapes() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\r", `\r`, "\n", `\n`)
}
