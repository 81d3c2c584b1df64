package main

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestWrongUsage says what is wrong before anything is read.
func TestWrongUsage(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"repaly"}, `unknown command "repaly" for "splitgauge"`},
		{[]string{"--version"}, "unknown flag: --version"},
		{[]string{"version", "x"}, `unknown command "x" for "splitgauge version"`},
		{[]string{"demo", "x"}, `unknown command "x" for "splitgauge demo"`},
		{[]string{"demo", "--lines", "0"}, "cannot generate 0 lines: want a positive number"},
		{[]string{"demo", "--lines", "-5"}, "cannot generate -5 lines"},
		{[]string{"demo", "--seed", "-1"}, `invalid argument "-1" for "--seed"`},
		{[]string{"replay"}, `name files, or "-" for standard input`},
		{[]string{"replay", "--bogus", "-"}, "unknown flag: --bogus"},
		{[]string{"replay", "-x", "-"}, "unknown shorthand flag: 'x' in -x"},
		{[]string{"replay", "--format"}, "flag needs an argument: --format"},
		{[]string{"replay", "-o", "xml", "-"}, `cannot write output "xml": want text, json or csv`},
		{[]string{"replay", "-o", "", "-"}, `cannot write output "": want text, json or csv`},
		{[]string{"replay", "--escape", "html", "-"}, `cannot use escape "html": want default, json or none`},
		{[]string{"replay", "--top", "-1", "-"}, "cannot use --top: want a positive number"},
		{[]string{"replay", "--top", "x", "-"}, `invalid argument "x" for "--top" flag`},
		{[]string{"replay", "--workers", "-1", "-"}, "cannot use --workers"},
		{[]string{"replay", "--max-line", "0", "-"}, "cannot use --max-line"},
		{[]string{"replay", "--max-line", "-1", "-"}, "cannot use --max-line"},
		{[]string{"replay", "--max-unparsed", "1.5", "-"}, `cannot read --max-unparsed "1.5": want a share such as 1% or 0.01`},

		{[]string{"replay", "--format", "apache", "-"}, `cannot use format "apache": want auto, combined, common, json, or the text of a log_format`},
		{[]string{"replay", "--format", "$a $", "-"}, `cannot read log_format at column 4: "$" is no variable`},
		{[]string{"replay", "--format", "$a ${b", "-"}, `cannot read log_format at column 4: "${b" is no variable`},
		{[]string{"replay", "--format", "$remote_addr$status", "-"}, "cannot tell $remote_addr from $status in log_format at column 13"},
		{[]string{"replay", "--format", "$status\n$request", "-"}, "it has a line break"},
		{[]string{"replay", "--format", "log_format x '$status", "-"}, "is never closed"},
		{[]string{"replay", "--format", "log_format $x;", "-"}, "want a name and a text"},
		{[]string{"replay", "--format", "log_format x escape=html '$status';", "-"}, `cannot use escape "html"`},

		{[]string{"replay", "--json-map", "time", "-"}, "time must be formatted as key=value"},
		{[]string{"replay", "--json-map", "time=", "-"}, `cannot use JSON key "" for "time"`},
		{[]string{"replay", "--json-map", "time=a..b", "-"}, `cannot use JSON key "a..b" for "time"`},

		{[]string{"replay", "--since", "yesterday", "-"}, `cannot read --since "yesterday": want a time such as 2026-11-25T10:00:00Z`},
		{[]string{"replay", "--since", "2026-13-01", "-"}, `cannot read --since "2026-13-01"`},
		{[]string{"replay", "--until", "25/Nov/2026:10:00:00 +0000", "-"}, `cannot read --until "25/Nov/2026:10:00:00 +0000"`},

		{[]string{"replay", "--split", "x", "-"}, "cannot use --split: cannot read split_clients block at 1:2"},
		{[]string{"replay", "--split", "split_clients $a $b {\n  10% x;\n  foo;\n}", "-"}, "split_clients block at 3:3"},
		{[]string{"replay", "--split", "split_clients $a $b {\n  110% x;\n}", "-"}, "split_clients block at 2:3"},
		{[]string{"replay", "--split", `split_clients $a $b { 60% x; 60% y; }`, "-"}, "split_clients block at 1:30"},
		{[]string{"replay", "--split", `split_clients $a $b { 60% x;`, "-"}, "split_clients block at 1:"},
		{[]string{"replay", "--nginx-version", "new", "-"}, "cannot use --nginx-version"},
	} {
		got := run(t, mustNotRead{t, test.arguments}, test.arguments...)
		got.check(t, exitUsage, test.says)
		if got.out != "" || !strings.HasPrefix(got.err, "splitgauge: ") {
			t.Errorf("%q: stdout %q, want nothing; stderr %q", test.arguments, got.out, got.err)
		}
	}
}

// mustNotRead is standard input that nobody may look at.
type mustNotRead struct {
	t         *testing.T
	arguments []string
}

func (r mustNotRead) Read([]byte) (int, error) {
	r.t.Errorf("%q reads standard input", r.arguments)
	return 0, io.EOF
}

// TestHelp makes sure that every verb has help, with examples and with the exit
// codes where there is more than one, and that every flag is explained.
func TestHelp(t *testing.T) {
	root := newRootCommand(terminal{})
	for _, command := range root.Commands() {
		got := run(t, nil, command.Name(), "--help")
		got.check(t, 0)
		got.shows(t, "Usage:", "splitgauge "+command.Name())
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: short help %q, want one without a full stop", command.Name(), command.Short)
		}
		if command.Example == "" {
			t.Errorf("%s: want an example", command.Name())
		}
		for line := range strings.Lines(command.Flags().FlagUsages()) {
			if explained := regexp.MustCompile(`--\S+( \S+)?   +\S`); !explained.MatchString(line) {
				t.Errorf("%s: a flag is not explained: %s", command.Name(), line)
			}
		}
	}
	run(t, nil, "replay", "--help").shows(t, "Exit codes: 0 done; 1 failed", "3 done, but")
	run(t, nil).shows(t, "Exit codes: 0 done; 1 failed; 2 wrong usage", "replay", "demo", "version")
}

// TestExamplesParse makes sure that every example of the help is one. Those of
// replay read nothing instead of files; where they name a configuration, only
// their flags are read.
func TestExamplesParse(t *testing.T) {
	for _, command := range newRootCommand(terminal{}).Commands() {
		for line := range strings.Lines(command.Example) {
			words := shellWords(t, line)
			for i, word := range words {
				if word == "splitgauge" {
					checkExample(t, words[i+1:])
				}
			}
		}
	}
}

func checkExample(t *testing.T, arguments []string) {
	t.Helper()
	root := newRootCommand(terminal{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	verb, rest, err := root.Find(arguments)
	if err == nil {
		err = verb.ParseFlags(rest)
	}
	if err == nil && verb.Name() == "replay" && !slices.Contains(arguments, "--nginx-conf") {
		verb.SetContext(context.Background())
		err = verb.RunE(verb, []string{"-"})
		if coded, ok := err.(*exitError); !ok || coded.code != exitUsage {
			err = nil
		}
	}
	if err != nil {
		t.Errorf("example %q: %v", arguments, err)
	}
}

// shellWords splits a line at spaces that are not between single quotes.
func shellWords(t *testing.T, line string) (words []string) {
	t.Helper()
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestVerbsAreWrappedAlike makes sure that no verb keeps cobra from telling a
// wrong flag by exit code 2.
func TestVerbsAreWrappedAlike(t *testing.T) {
	var visit func(command *cobra.Command)
	visit = func(command *cobra.Command) {
		arguments := append(strings.Fields(command.CommandPath())[1:], "--no-such-flag")
		if command.Name() != "help" && command.Name() != "completion" {
			run(t, nil, arguments...).check(t, exitUsage, "unknown flag")
		}
		for _, verb := range command.Commands() {
			visit(verb)
		}
	}
	visit(newRootCommand(terminal{}))
}
