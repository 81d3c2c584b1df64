package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/splitclients"
)

// splitAssignOptions are the flags of split assign.
type splitAssignOptions struct {
	split        string
	nginxVersion string
	rawKey       bool
	output       string
}

// standardInput as a value stands for all the values there.
const standardInput = "-"

// maxValue bounds a value of standard input, in bytes. nginx's own bound is its
// buffer for a request's headers, 32 KiB by default.
const maxValue = 1 << 20

func newSplitAssignCommand(t terminal) *cobra.Command {
	var o splitAssignOptions
	command := &cobra.Command{
		Use:   "assign --split BLOCK VALUE... | -",
		Short: "Which variant nginx gives to keys",
		Long: `Assign puts each value in place of the variable of the split's key and says
which variant nginx gives it. "-" reads values from standard input, one a line;
an empty line is the empty value.

Exit codes: 0 done; 1 failed; 2 wrong usage.`,
		Example: `  splitgauge split assign --split 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; * ""; }' 10.0.1.250 ::1
  cut -d' ' -f1 access.log | sort -u | splitgauge split assign --split @split.conf -o json -
  splitgauge split assign --split @split.conf --raw-key 10.0.1.250AAA
  splitgauge split assign --split @split.conf --nginx-version 1.22.1 10.0.1.250`,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, values []string) error {
			return runSplitAssign(command.Context(), t, o, values)
		},
	}
	f := command.Flags()
	f.StringVar(&o.split, "split", "", "the `split_clients` block, or @FILE that holds it")
	f.StringVar(&o.nginxVersion, "nginx-version", "", "the `version` of nginx; 1.31.2 changed the upper end of the hash range (default newest)")
	f.BoolVar(&o.rawKey, "raw-key", false, "values are whole keys, not the variable of one")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	return command
}

func runSplitAssign(ctx context.Context, t terminal, o splitAssignOptions, values []string) error {
	split, err := o.check(values)
	if err != nil {
		return usageError(err)
	}
	a := &assigning{split: split, rawKey: o.rawKey, out: bufio.NewWriter(t.out)}
	if o.output == "json" {
		a.writer = &assignmentJSON{out: a.out}
	} else {
		a.writer = newAssignmentText(a.out, split, textOptions(t.out).Unicode)
	}
	if len(values) == 1 && values[0] == standardInput {
		_, err := untilInterrupted(ctx, func() (struct{}, error) { return struct{}{}, a.assignLines(ctx, t.in) })
		return err
	}
	for _, value := range values {
		if err := a.assign([]byte(value)); err != nil {
			return err
		}
	}
	return a.close()
}

// check returns the split, or what is wrong with the command line.
func (o *splitAssignOptions) check(values []string) (*splitclients.Split, error) {
	if err := checkOutput(o.output); err != nil {
		return nil, err
	}
	split, err := requireSplit(o.split, o.nginxVersion)
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, errors.New(`nothing to assign: give values, or "-" for standard input`)
	}
	for _, value := range values {
		if value == standardInput && len(values) > 1 {
			return nil, fmt.Errorf(`cannot read standard input among other values: want %q alone`, standardInput)
		}
	}
	names := split.Key.Variables()
	switch {
	case o.rawKey || len(names) == 1:
		return split, nil
	case len(names) == 0:
		return nil, fmt.Errorf("cannot put a value into key %q: it has no variable; --raw-key takes values for whole keys", split.Key.String())
	}
	return nil, fmt.Errorf("cannot put a value into key %q: it has %d variables, $%s; --raw-key takes values for whole keys",
		split.Key.String(), len(names), strings.Join(names, " and $"))
}

// assignment is what becomes of one value. Its bytes are valid until the next.
type assignment struct {
	value, key []byte
	hash       uint32
	variant    string
}

// assignmentWriter writes assignments down, in the order in which they come.
type assignmentWriter interface {
	add(assignment) error
	close() error
}

// assigning is one run of split assign.
type assigning struct {
	split  *splitclients.Split
	rawKey bool
	writer assignmentWriter
	out    *bufio.Writer
	key    []byte
}

func (a *assigning) assign(value []byte) error {
	if a.rawKey {
		a.key = append(a.key[:0], value...)
	} else {
		a.key = a.split.Key.Append(a.key[:0], func(int) []byte { return value })
	}
	err := a.writer.add(assignment{value, a.key, splitclients.Hash(a.key), a.split.Table.Variant(a.key)})
	if err != nil {
		return fmt.Errorf("cannot write the variants: %w", err)
	}
	return nil
}

func (a *assigning) close() error {
	err := a.writer.close()
	if err == nil {
		err = a.out.Flush()
	}
	if err != nil {
		return fmt.Errorf("cannot write the variants: %w", err)
	}
	return nil
}

// assignLines assigns every line of in. What it has read before an error is
// written.
func (a *assigning) assignLines(ctx context.Context, in io.Reader) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if line, err = readValue(reader, line[:0]); err != nil {
			if err == io.EOF {
				return a.close()
			}
			if closeErr := a.close(); closeErr != nil {
				return closeErr
			}
			return fmt.Errorf("cannot read line %d of standard input: %w", number, err)
		}
		if err := a.assign(line); err != nil {
			return err
		}
	}
}

// readValue appends the next line to dst, without what ends it: "\n" or "\r\n".
// A last line need not be ended. It returns io.EOF if there is none.
func readValue(reader *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		piece, err := reader.ReadSlice('\n')
		dst = append(dst, piece...)
		if len(dst) > maxValue+len("\r\n") {
			return dst, fmt.Errorf("it is longer than %d bytes", maxValue)
		}
		switch {
		case err == nil:
			dst = dst[:len(dst)-1]
			if n := len(dst); n > 0 && dst[n-1] == '\r' {
				dst = dst[:n-1]
			}
			return dst, nil
		case err == io.EOF && len(dst) > 0:
			return dst, nil
		case err != bufio.ErrBufferFull:
			return dst, err
		}
	}
}
