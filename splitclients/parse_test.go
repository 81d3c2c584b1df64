package splitclients

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{ // key, variable, percent=value…
		documented: `${remote_addr}AAA|variant|50=.one|200=.two|9750=`,
		"# a test\n\tsplit_clients  $remote_addr\n$Variant\r\n{ # of two\n\t50%\t'a b';\n50% \"c;}\" ; #}\n}\n# end": `$remote_addr|variant|5000=a b|5000=c;}`,
		`split_clients "a\"b\\c\td" $v{10% \ x;20% a\'b\q;}`:                                                         "a\"b\\c\td|v|1000=\\ x|2000=a'b\\q",
		`split_clients ${cookie_uid}x $v { * $literal; }`:                                                            `${cookie_uid}x|v|10000=$literal`,
		`split_clients "" $v {}`:                     `|v`,
		`split_clients k $v { 5% a}b; 5% c#d; }`:     `k|v|500=a}b|500=c#d`,
		`split_clients k $v { '5%' ${{a; }`:          `k|v|500=${{a`,
		`split_clients k $a-b { "*" привет; }`:       `k|a-b|10000=привет`,
		`"split_clients" k "$v" { 1% x; * y; * z; }`: `k|v|100=x|9900=y|0=z`,
	} {
		split, err := Parse(text, RuleNewest)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if got := describe(split); got != want {
			t.Errorf("Parse(%q):\n got %q\nwant %q", text, got, want)
		}
	}
}

func describe(split *Split) string {
	var b strings.Builder
	b.WriteString(split.Key.String() + "|" + split.Variable)
	for _, part := range split.Table.Parts() {
		b.WriteString("|" + strconv.Itoa(int(part.Percent)) + "=" + part.Value)
	}
	return b.String()
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       `1:1: unexpected "end of text", want "split_clients"`,
		`}`:                                      `1:1: unexpected "}", want "split_clients"`,
		`{`:                                      `1:1: unexpected "{", want a word before it`,
		`map $a $b { }`:                          `1:1: unexpected "map", want "split_clients"`,
		`split_clients k $v;`:                    `1:19: unexpected ";", want "{"`,
		`split_clients k { }`:                    `1:1: "split_clients" has 1 words after it`,
		`split_clients a b $v { }`:               `1:1: "split_clients" has 3 words after it`,
		`split_clients k v { }`:                  `1:17: "v" is not a variable`,
		`split_clients k $ { }`:                  `1:17: "$" is not a variable`,
		`split_clients "k${" $v { }`:             `1:15: cannot read key template "k${"`,
		`split_clients k $v {`:                   `1:21: unexpected end of text, want "}"`,
		`split_clients k $v`:                     `1:19: unexpected end of text after "$v"`,
		`split_clients k $v { 5% "a }`:           `1:25: quote "\"" is not closed`,
		`split_clients k $v { 5% "a"b; }`:        `1:28: unexpected "b" after closing quote`,
		`split_clients k $v { 5% "a"ж; }`:        `1:28: unexpected "ж" after closing quote`,
		`split_clients k $v { 5% a }`:            `1:27: unexpected "}", want ";" before it`,
		`split_clients k $v { ; }`:               `1:22: unexpected ";", want a word before it`,
		`split_clients k $v { 5% a { } }`:        `1:27: unexpected "{", want ";"`,
		"split_clients k $v {\n  5%;\n}":         `2:3: part "5%" has 1 words, want two`,
		"split_clients k $v {\n  5% a b;\n}":     `2:3: part "5%" has 3 words, want two`,
		"split_clients k $v {\n 1% a;\n 5 b;}":   `3:2: "5" is not a percentage`,
		`split_clients k $v { 0% a; }`:           `1:22: "0%" is not a percentage`,
		`split_clients k $v { ** a; }`:           `1:22: "**" is not a percentage`,
		`split_clients k $v { "" a; }`:           `1:22: "" is not a percentage`,
		`split_clients k $v { include x; }`:      `1:22: "include" is not a percentage`,
		`split_clients k $v { 60% a; 41% b; }`:   `1:29: "41%" brings the total to more than 100 %`,
		`split_clients k $v { * a; 1% b; }`:      `1:27: "1%" brings the total to more than 100 %`,
		`split_clients k $v { 42949672.96% a; }`: `1:22: "42949672.96%" brings the total to more than 100 %`,
		`split_clients k $v { } x`:               `1:24: unexpected "x" after the block`,
		`split_clients k $v { 5% ` + strings.Repeat("x", 5000) + `; }`: `1:25: word "xxxxxxxxxxxxxxxx"… is 5000 bytes long`,
	} {
		_, err := Parse(text, RuleNewest)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q) gives %v, want a *SyntaxError", text, err)
			continue
		}
		if want := "cannot read split_clients block at " + want; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Parse(%q):\n got %v\nwant %s…", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(documented)
	f.Fuzz(func(t *testing.T, text string) {
		for _, rule := range []Rule{RuleBefore1312, RuleFrom1312} {
			split, err := Parse(text, rule)
			if err != nil {
				continue
			}
			total := uint64(split.Table.Rest())
			for i, part := range split.Table.Parts() {
				total += uint64(part.Percent)
				if part.Percent > 0 && split.Table.IndexOfHash(part.Threshold-1) > i {
					t.Errorf("part %d does not hold hash %d", i, part.Threshold-1)
				}
			}
			if total != full {
				t.Errorf("shares add up to %d, want %d", total, full)
			}
			var hashes uint64
			for _, share := range split.Table.Shares() {
				hashes += share.Hashes
			}
			if hashes != HashSpace {
				t.Errorf("shares add up to %d hashes", hashes)
			}
			if moved := split.Table.Diff(&split.Table).Moved; moved != 0 {
				t.Errorf("%d hashes differ from themselves", moved)
			}
			key := split.Key.Append(nil, func(int) []byte { return []byte("x") })
			variant := split.Table.Variant(key)
			found := false
			for _, value := range split.Table.Values() {
				found = found || value == variant
			}
			if !found {
				t.Errorf("variant %q is not among %q", variant, split.Table.Values())
			}
		}
	})
}
