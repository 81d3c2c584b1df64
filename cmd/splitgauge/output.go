package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/splitgauge/splitgauge/internal/report"
)

// write writes a report as text, json or csv.
func (t terminal) write(r *report.Report, output string) error {
	out := bufio.NewWriter(t.out)
	var err error
	switch output {
	case "json":
		err = report.WriteJSON(out, r)
	case "csv":
		err = report.WriteCSV(out, r)
	default:
		err = report.WriteText(out, r, textOptions(t.out))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// Widths of the text, in columns.
const (
	plainWidth = 100 // where there is no terminal
	maxWidth   = 140 // wider lines are hard to read
)

// textOptions fits the text to where it goes.
func textOptions(out io.Writer) report.Options {
	o := report.Options{Width: plainWidth, Unicode: isUTF8()}
	width, ok := terminalWidth(out)
	if !ok {
		o.Unicode = true
		return o
	}
	o.Width = min(width, maxWidth)
	o.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return o
}

// terminalWidth returns how many columns out has, if it is a terminal.
func terminalWidth(out io.Writer) (width int, ok bool) {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return 80, true
	}
	return width, true
}

// isUTF8 reports whether the locale is one in which bars and dots show.
func isUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := os.Getenv(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}
