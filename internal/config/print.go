package config

import (
	"fmt"
	"io"
	"strings"
)

// PrintDefault writes a file that says, by comments, what every key means, and
// that reads as Default.
func PrintDefault(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# The configuration of splitgauge run. What is not here has its default, and a file\n" +
		"# is needed for nothing but to change one. splitgauge config check -c FILE checks it.\n")
	table := keys()
	for i := range table.keys {
		b.WriteByte('\n')
		printKey(&b, &table.keys[i], "", "# ")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printKey writes a key at an indent. off is what switches off a key that has no
// default: nothing where the block around it is off already.
func printKey(b *strings.Builder, k *key, indent, off string) {
	fmt.Fprintf(b, "%s# %s\n", indent, k.about)
	if len(k.choices) > 0 {
		fmt.Fprintf(b, "%s# One of %s.\n", indent, listed(k.choices))
	}
	switch {
	case k.kind == mapping && !k.hasDefaults():
		fmt.Fprintf(b, "%s%s%s:\n", indent, off, k.name)
		printInner(b, k, indent+off+"  ", "")
	case k.kind == mapping:
		fmt.Fprintf(b, "%s%s:\n", indent, k.name)
		printInner(b, k, indent+"  ", off)
	case k.kind == list:
		fmt.Fprintf(b, "%[1]s%[2]s%[3]s:\n%[1]s%[2]s  -\n", indent, off, k.name)
		printInner(b, k, indent+off+"    ", "")
	case k.instead:
		fmt.Fprintf(b, "%s# %s: %s\n", indent, k.name, k.example)
	case k.usual != "":
		fmt.Fprintf(b, "%s%s: %s\n", indent, k.name, k.usual)
	default:
		fmt.Fprintf(b, "%s%s%s: %s\n", indent, off, k.name, k.example)
	}
}

func printInner(b *strings.Builder, k *key, indent, off string) {
	for i := range k.keys {
		printKey(b, &k.keys[i], indent, off)
	}
}

// hasDefaults reports whether a mapping has keys with defaults.
func (k *key) hasDefaults() bool {
	for i := range k.keys {
		if k.keys[i].usual != "" {
			return true
		}
	}
	return false
}
