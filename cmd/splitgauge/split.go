package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/splitclients"
)

func newSplitCommand(t terminal) *cobra.Command {
	command := &cobra.Command{
		Use:   "split",
		Short: "Which variant a key gets, and what a change of percentages would do",
		Long: `Split computes what nginx's split_clients does, bit for bit: which variant keys
get (assign), who gets another one when percentages change (diff), and how real
traffic would be divided (simulate).

A block is given as it stands in nginx.conf; @FILE reads it from a file.`,
		Example: `  splitgauge split assign --split 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; * ""; }' 10.0.1.250
  splitgauge split diff @old.conf @new.conf
  splitgauge split simulate --split @new.conf /var/log/nginx/access.log*`,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newSplitAssignCommand(t), newSplitDiffCommand(t), newSplitSimulateCommand(t))
	return command
}

// fileMark before a name says that the block is in that file.
const fileMark = "@"

// maxBlockFile is more than any block takes; past it, a file is something else.
const maxBlockFile = 4 << 20 // bytes

// loadSplit reads a split from the text of a block or, as @FILE, from a file that
// holds one. An error of the text names the file.
func loadSplit(block string, rule splitclients.Rule) (*splitclients.Split, error) {
	name, isFile := strings.CutPrefix(block, fileMark)
	if !isFile {
		return splitclients.Parse(block, rule)
	}
	text, err := readBlockFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the split_clients block: %w", err)
	}
	split, err := splitclients.Parse(text, rule)
	if err != nil {
		return nil, fmt.Errorf("file %q: %w", name, err)
	}
	return split, nil
}

func readBlockFile(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0 { // <(…) is a pipe
		return "", fmt.Errorf("%q is no file", name)
	}
	if info.Size() > maxBlockFile {
		return "", fmt.Errorf("file %q is %d bytes long, want at most %d", name, info.Size(), maxBlockFile)
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// requireSplit reads the flag --split of a verb that cannot do without.
func requireSplit(block, nginxVersion string) (*splitclients.Split, error) {
	if block == "" {
		return nil, fmt.Errorf("no split: give a block, for example --split '%s', or a file that holds one, --split @FILE",
			`split_clients "${remote_addr}AAA" $variant { 0.5% .one; * ""; }`)
	}
	_, rule, err := parseSplit("", nginxVersion)
	if err != nil {
		return nil, err
	}
	split, err := loadSplit(block, rule)
	if err != nil {
		return nil, fmt.Errorf("cannot use --split: %w", err)
	}
	return split, nil
}

// checkOutput refuses what is neither text nor JSON.
func checkOutput(output string) error {
	if !slices.Contains([]string{"text", "json"}, output) {
		return fmt.Errorf("cannot write output %q: want text or json", output)
	}
	return nil
}

// describeSplit says in one line what is computed.
func describeSplit(split *splitclients.Split) string {
	definition := splitclients.Definition{Key: split.Key.String(), Variable: "$" + split.Variable}
	head, _, _ := strings.Cut(definition.String(), " {")
	return head
}
