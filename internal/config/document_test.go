package config

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestProxyDocument holds the keys that docs/proxy.md lists against the table.
func TestProxyDocument(t *testing.T) {
	const path, begin, end = "../../docs/proxy.md", "-update -->\n", "<!-- keys: end -->"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := bytes.Cut(page, []byte(begin))
	_, tail, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		t.Fatalf("no place for the keys between %q and %q", begin, end)
	}
	var b strings.Builder
	b.WriteString("\n| key | value, or an example | what it is |\n|---|---|---|\n")
	table := keys()
	documentKeys(&b, table.find("proxies"), "proxies")
	b.WriteString("\nOf a log, for what it says of servers:\n\n| key | value, or an example | what it is |\n|---|---|---|\n")
	logs := table.find("logs")
	for _, name := range []string{"node", "upstream_name"} {
		documentKey(&b, logs.find(name), "logs[]."+name)
	}
	b.WriteString("\n")
	want := bytes.Join([][]byte{head, []byte(begin), []byte(b.String()), []byte(end), tail}, nil)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(page, want) {
		t.Errorf("the keys of docs/proxy.md are not those of the table; go test -run %s -update writes them", t.Name())
	}
}

// documentKeys writes a row for each key of a mapping, and for those within.
func documentKeys(b *strings.Builder, k *key, path string) {
	for i := range k.keys {
		documentKey(b, &k.keys[i], path+"."+k.keys[i].name)
	}
}

func documentKey(b *strings.Builder, k *key, path string) {
	kinds := map[kind]string{text: "text", boolean: "`true` or `false`", duration: "time", size: "size", mapping: "keys", list: "list", words: "list", texts: "keys and words"}
	value := kinds[k.kind]
	switch {
	case len(k.choices) > 0:
		value = "`" + strings.Join(k.choices, "`, `") + "`"
	case k.example != "" && k.kind == text:
		value = "`" + strings.Trim(k.example, "'") + "`"
	case k.example != "":
		value += ", `" + k.example + "`"
	}
	about := k.about
	if k.usual != "" {
		about += fmt.Sprintf(" Default `%s`.", k.usual)
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", path, strings.ReplaceAll(value, "|", `\|`), strings.ReplaceAll(about, "|", `\|`))
	if k.kind == list {
		path += "[]"
	}
	documentKeys(b, k, path)
}
