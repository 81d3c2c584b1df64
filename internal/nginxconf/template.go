package nginxconf

import (
	"fmt"
	"strings"
)

// checkVariables says what is wrong with the variables in a text, or nothing.
// Whether nginx knows them is not checked. Texts in which captures of regular
// expressions are variables take one digit for "$1" to "$9".
func checkVariables(text string, captures bool) (problem string) {
	for {
		_, rest, found := strings.Cut(text, "$")
		if !found {
			return ""
		}
		if captures && rest != "" && '1' <= rest[0] && rest[0] <= '9' {
			text = rest[1:]
			continue
		}
		inner, braced := strings.CutPrefix(rest, "{")
		name := inner[:nameLength(inner)]
		after := inner[len(name):]
		switch {
		case name == "" && !braced:
			return fmt.Sprintf("%s is not followed by a variable's name, want letters, digits or underscores",
				quoteStart("$"+after))
		case braced && !strings.HasPrefix(after, "}"):
			return fmt.Sprintf("closing brace of variable %q is missing, want %q", "${"+name, "${"+name+"}")
		case name == "":
			return `"${}" has no name, want a variable's between the braces`
		}
		text = after
	}
}

// nameLength returns the length of the variable's name at the start of text.
func nameLength(text string) int {
	for i := range len(text) {
		if !isNameByte(text[i]) {
			return i
		}
	}
	return len(text)
}

func isNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// variableName returns the name in a word such as "$variant", or an error.
func (d *Directive) variableName(word Word) (string, error) {
	name, found := strings.CutPrefix(word.Text, "$")
	if !found || name == "" {
		return "", d.problemAt(word.Position, "%q is not a variable, want %q and a name, for example %q", word.Text, "$", "$variant")
	}
	return name, nil
}

// checkWord says what is wrong with the variables in an argument.
func (d *Directive) checkWord(word Word, captures bool) error {
	if problem := checkVariables(word.Text, captures); problem != "" {
		return d.problemAt(word.Position, "cannot read %s: %s", quoteStart(word.Text), problem)
	}
	return nil
}
