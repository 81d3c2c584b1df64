package nginxconf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns directives as configuration text. Reading it again gives the
// same directives, but for their positions and for comments. Included files
// are not printed, only the statements that include them.
func Text(directives []*Directive) string {
	var b strings.Builder
	printBlock(&b, directives, 0)
	return b.String()
}

func printBlock(b *strings.Builder, directives []*Directive, depth int) {
	for _, directive := range directives {
		indent(b, depth)
		printHead(b, directive)
		switch {
		case !directive.HasBlock:
			b.WriteString(";\n")
		case isLua(directive.Name.Text):
			fmt.Fprintf(b, " {%s}\n", directive.Lua)
		default:
			b.WriteString(" {\n")
			printBlock(b, directive.Block, depth+1)
			indent(b, depth)
			b.WriteString("}\n")
		}
	}
}

// indent is bounded, so that the text of deep blocks does not grow with the
// square of their depth.
func indent(b *strings.Builder, depth int) {
	for range min(depth, 16) {
		b.WriteString("    ")
	}
}

// printHead writes the name and the arguments.
func printHead(b *strings.Builder, directive *Directive) {
	printWord(b, directive.Name)
	for _, argument := range directive.Arguments {
		b.WriteByte(' ')
		printWord(b, argument)
	}
}

func printWord(b *strings.Builder, word Word) {
	if word.Quoted {
		printQuoted(b, word.Text)
	} else {
		printBare(b, word.Text)
	}
}

// printQuoted writes a word between the quotes that leave fewer escapes: what
// fitted nginx's buffer has to fit it again.
func printQuoted(b *strings.Builder, text string) {
	quote := byte('"')
	if strings.Count(text, `"`) > strings.Count(text, `'`) {
		quote = '\''
	}
	b.WriteByte(quote)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\\':
			i += printBackslash(b, text[i:]) - 1
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(quote)
}

// printBare writes a word without quotes, as which it was read.
func printBare(b *strings.Builder, text string) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i += printBackslash(b, text[i:]) - 1
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case i == 0 && (c == '"' || c == '\''):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
}

// printBackslash writes the backslash at the start of text, with the byte
// after it where the two would be read as what they are, and returns how many
// bytes of text it wrote.
func printBackslash(b *strings.Builder, text string) int {
	if len(text) > 1 && escaped(text[1]) == 0 {
		b.WriteString(text[:2])
		return 2
	}
	b.WriteString(`\\`)
	return 1
}

// statement returns the directive without its block, on one line and cut where
// it is long, for a message.
func (d *Directive) statement() string {
	const most = 100
	var b strings.Builder
	printWord(&b, d.Name)
	for _, argument := range d.Arguments {
		if b.Len() > most {
			break
		}
		b.WriteByte(' ')
		printWord(&b, argument)
	}
	text := strings.Map(visible, b.String())
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// visible replaces what does not belong into a line of a message by a space.
func visible(r rune) rune {
	if unicode.IsGraphic(r) {
		return r
	}
	return ' '
}
