package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/splitgauge/splitgauge/internal/report"
)

// The exit codes, the same for every verb.
const (
	exitFailed   = 1 // it could not be done
	exitUsage    = 2 // wrong flags or configuration
	exitUnparsed = 3 // done, but part of the input could not be read or parsed

	exitWorse    = 4 // of compare: a variant is worse
	exitNoAnswer = 5 // of compare: whether one is worse is not known
)

// exitError is an error with the exit code that it asks for.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// decided returns the error that says how a comparison ended, nil where no harm was
// said of all. unread is what was wrong with the input, or nil. Harm that was seen in
// part of a log is harm, and no answer is none; but no harm has to be seen in all of it.
func decided(outcome report.Outcome, unread error) error {
	code, text := exitNoAnswer, "no answer: whether a variant is worse is not known"
	switch outcome {
	case report.Harmless:
		return unread
	case report.Harmful:
		code, text = exitWorse, "a variant is worse than the control"
	}
	return &exitError{code, errors.Join(errors.New(text), unread)}
}

// usageError says that the command line or the configuration is wrong.
func usageError(err error) error { return &exitError{exitUsage, err} }

// exitCode reports err, if there is one, and returns the exit code for it.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "splitgauge: %s\n", printable(err.Error()))
	if coded := (*exitError)(nil); errors.As(err, &coded) {
		return coded.code
	}
	return exitFailed
}

// printable returns a message as a terminal may show it: whatever is not to be
// seen, from a file's name for example, is written as an escape.
func printable(message string) string {
	var b strings.Builder
	for message != "" {
		r, size := utf8.DecodeRuneInString(message)
		text := message[:size]
		if r != '\n' && (!strconv.IsPrint(r) || r == utf8.RuneError && size == 1) {
			text = strings.Trim(strconv.Quote(text), `"`)
		}
		b.WriteString(text)
		message = message[size:]
	}
	return b.String()
}
