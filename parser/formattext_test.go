package parser

import (
	"slices"
	"testing"
)

// TestFormatTexts writes one format in all the ways in which people copy it.
func TestFormatTexts(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		escape Escape // given
		want   string
		wants  Escape
	}{
		{"bare", `$remote_addr "$request" $status`, EscapeDefault, `$remote_addr "$request" $status`, EscapeDefault},
		{"bare, escape given", `$remote_addr "$request" $status`, EscapeJSON, `$remote_addr "$request" $status`, EscapeJSON},
		{"bare, with spaces around", ` $remote_addr $status `, EscapeDefault, ` $remote_addr $status `, EscapeDefault},
		{"bare, ending in a newline", "$remote_addr $status\n", EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"bare, ending in newlines", "$remote_addr $status\n\n", EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"bare, starting with a quote", `"$request" $status`, EscapeDefault, `"$request" $status`, EscapeDefault},
		{"bare, starting with an apostrophe", `'$request' $status`, EscapeDefault, `'$request' $status`, EscapeDefault},
		{"bare, an apostrophe that is never closed", `'$request $status`, EscapeDefault, `'$request $status`, EscapeDefault},
		{"bare, backslashes", `$status\t\\$request`, EscapeDefault, `$status\t\\$request`, EscapeDefault},
		{"bare, called log_formatted", `log_formatted $status`, EscapeDefault, `log_formatted $status`, EscapeDefault},
		{"one piece", `'$remote_addr "$request" $status'`, EscapeDefault, `$remote_addr "$request" $status`, EscapeDefault},
		{"one piece and a semicolon", `'$remote_addr $status';`, EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"pieces", `'$remote_addr ' '"$request" ' '$status'`, EscapeNone, `$remote_addr "$request" $status`, EscapeNone},
		{"pieces on lines", "'$remote_addr '\n\t  '\"$request\" '\r\n '$status';\n", EscapeDefault, `$remote_addr "$request" $status`, EscapeDefault},
		{"piece, escapes", `'\'$request\' \"\\\t$status\q'`, EscapeDefault, "'$request' \"\\\t$status\\q", EscapeDefault},
		{"piece, newline at the end", `'$remote_addr $status\n'`, EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"pieces, one in double quotes", `'$remote_addr ' "$status"`, EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"directive", `log_format main '$remote_addr "$request" $status';`, EscapeDefault, `$remote_addr "$request" $status`, EscapeDefault},
		{"directive without semicolon", `log_format main '$remote_addr $status'`, EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"directive, name quoted", `log_format "main" '$remote_addr $status';`, EscapeDefault, `$remote_addr $status`, EscapeDefault},
		{"directive, unquoted text", `log_format main $remote_addr|$status;`, EscapeDefault, `$remote_addr|$status`, EscapeDefault},
		{"directive, tabs", "\tlog_format\tmain\t'$remote_addr\t$status'\t;\n", EscapeDefault, "$remote_addr\t$status", EscapeDefault},
		{"directive, escape=json", `log_format main escape=json '$remote_addr $status';`, EscapeDefault, `$remote_addr $status`, EscapeJSON},
		{"directive, escape=none", `log_format main escape=none '$remote_addr $status';`, EscapeJSON, `$remote_addr $status`, EscapeNone},
		{"directive, escape=default wins", `log_format main escape=default '$remote_addr $status';`, EscapeJSON, `$remote_addr $status`, EscapeDefault},
		{"directive, no escape: the one given", `log_format main '$remote_addr $status';`, EscapeNone, `$remote_addr $status`, EscapeNone},
		{"directive, many lines", "log_format  main  escape=none\n    '$remote_addr - $remote_user [$time_local] '\n    '\"$request\" $status'\n    ' \"$http_referer\"';\n", EscapeDefault,
			`$remote_addr - $remote_user [$time_local] "$request" $status "$http_referer"`, EscapeNone},
		{"directive, double quotes", `log_format main "$remote_addr \"$request\" $status";`, EscapeDefault, `$remote_addr "$request" $status`, EscapeDefault},
		{"directive, semicolon in the text", `log_format main '$remote_addr;$status;';`, EscapeDefault, `$remote_addr;$status;`, EscapeDefault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.text, Options{Escape: tt.escape})
			if err != nil {
				t.Fatalf("Compile(%q): %v", tt.text, err)
			}
			if f.Text() != tt.want || f.Escape() != tt.wants {
				t.Errorf("Compile(%q) is %q with escape=%v, want %q with escape=%v", tt.text, f.Text(), f.Escape(), tt.want, tt.wants)
			}
		})
	}
}

func TestSplitFormat(t *testing.T) {
	tests := []struct {
		text string
		want []piece
	}{
		{"$a", []piece{{variable: "a", column: 1}}},
		{"${a}", []piece{{variable: "a", column: 1}}},
		{"x", []piece{{literal: "x", column: 1}}},
		{"${a}b$c", []piece{{variable: "a", column: 1}, {literal: "b", column: 5}, {variable: "c", column: 6}}},
		{"$a_1$B2 -$3", []piece{{variable: "a_1", column: 1}, {variable: "B2", column: 5}, {literal: " -", column: 8}, {variable: "3", column: 10}}},
		{"{$a}", []piece{{literal: "{", column: 1}, {variable: "a", column: 2}, {literal: "}", column: 4}}},
		{"$a-$b.$c", []piece{{variable: "a", column: 1}, {literal: "-", column: 3}, {variable: "b", column: 4}, {literal: ".", column: 6}, {variable: "c", column: 7}}},
		{"$aé", []piece{{variable: "a", column: 1}, {literal: "é", column: 3}}},
	}
	for _, tt := range tests {
		got, err := splitFormat(tt.text)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("splitFormat(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
	}
}
