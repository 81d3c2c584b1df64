package main

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
)

// checkWriter writes the result of check for people.
type checkWriter struct{ page }

func (w *checkWriter) write(result *agent.CheckResult) {
	switch {
	case result.Nginx != nil:
		w.writeNginx(result.Nginx)
	case result.NginxProblem != "":
		w.heading("NGINX")
		w.hang("  ", w.show(result.NginxProblem))
	}
	for _, format := range result.Formats {
		w.writeFormat(format)
	}
	for _, file := range result.Files {
		w.writeFile(file)
	}
	if len(result.Failures) > 0 {
		w.heading("NOT READ TO THE END")
		for _, failure := range result.Failures {
			w.hang("  ", w.show(failure.Error))
		}
	}
}

func (w *checkWriter) writeNginx(nginx *agent.CheckedNginx) {
	name := nginx.Main
	if name == "-" {
		name = "standard input"
	}
	files := "1 file"
	if nginx.Files != 1 {
		files = report.Grouped(int64(nginx.Files)) + " files"
	}
	w.heading("NGINX   " + w.show(name) + ", " + files)
	w.heading("LOGS")
	if len(nginx.Logs) == 0 {
		w.line("  none")
	}
	for i := range nginx.Logs {
		w.writeLog(&nginx.Logs[i])
	}
	w.heading("FORMATS")
	table := columns{names: 4}
	table.add("name", "escape", "where", "logs")
	for _, format := range nginx.Formats {
		table.add(w.show(format.Name), format.Escape, w.show(format.At), report.Grouped(int64(format.Logs)))
	}
	table.write(w.out)
	w.heading("SPLITS")
	if len(nginx.Splits) == 0 {
		w.line("  none")
	}
	for _, split := range nginx.Splits {
		w.writeSplit(split)
	}
	w.heading("UPSTREAMS")
	if len(nginx.Upstreams) == 0 {
		w.line("  none")
	}
	for _, upstream := range nginx.Upstreams {
		w.hang("  ", w.show(fmt.Sprintf("%s   %s, %s, %s", upstream.Name, upstream.Protocol, upstream.Method, upstream.At)))
		for _, server := range upstream.Servers {
			w.hang("    ", w.show(server))
		}
	}
}

func (w *checkWriter) writeLog(log *agent.CheckedLog) {
	w.hang("  ", w.show(fmt.Sprintf("%s   format %s, %s", log.Path, log.Format, log.At)))
	var facts []string
	add := func(stated bool, format string, arguments ...any) {
		if stated {
			facts = append(facts, fmt.Sprintf(format, arguments...))
		}
	}
	add(log.Scope != "", "in %s", log.Scope)
	add(log.File != "" && log.File != log.Path, "as %s", log.File)
	add(log.If != "", "only requests with %s", log.If)
	add(log.Buffer > 0, "held back up to %s bytes", report.Grouped(int64(log.Buffer)))
	add(log.Flush != "", "for at most %s", log.Flush)
	add(log.Gzip > 0, "compressed at level %d", log.Gzip)
	if len(facts) > 0 {
		w.hang("    ", w.show(strings.Join(facts, ", ")))
	}
	switch {
	case log.NotRead != "":
		w.hang("    ! ", w.show("not read: "+log.NotRead))
	case !log.Exists:
		w.hang("    ! ", "not there")
	}
	if log.Clash != "" {
		w.hang("    ! ", w.show(log.Clash))
	}
}

func (w *checkWriter) writeSplit(split agent.CheckedSplit) {
	w.hang("  ", w.show(fmt.Sprintf("$%s   key %q, %s", split.Variable, split.Key, split.At)))
	table := columns{names: 1}
	table.add("  value", "configured", "exactly", "of 1,000,000 clients")
	for _, share := range split.Shares {
		table.add("  "+w.quote(share.Value), hundredths(share.Hundredths), percentOfKeys(share.Hashes), clientsOfMillion(share.Hashes))
	}
	table.write(w.out)
	for _, note := range split.Notes {
		w.hang("    ! ", w.show(note))
	}
}

// findingMarks are the marks of findings: what is there, what is to be known,
// what is missing.
var findingMarks = map[agent.FindingLevel]string{agent.Told: "+", agent.Noted: "!", agent.Missing: "-"}

func (w *checkWriter) writeFormat(format *agent.FormatAdvice) {
	title := "FORMAT   " + format.Name
	if format.At != "" {
		title += ", " + format.At
	}
	w.heading(w.show(title))
	w.hang("  of ", w.show(strings.Join(format.Logs, ", ")))
	if format.Unreadable != "" {
		w.hang("  - ", w.show(format.Unreadable))
		return
	}
	for _, finding := range format.Findings {
		label := fmt.Sprintf("  %s %-10s", findingMarks[finding.Level], finding.About)
		w.hang(label, w.show(finding.Text))
	}
	if format.Fix != nil {
		w.writeFix(format.Fix)
	}
}

// writeFix writes lines to paste: not wrapped, whatever their length.
func (w *checkWriter) writeFix(fix *agent.Fix) {
	w.line("")
	if fix.Replaces != "" {
		w.hang("  ", w.show("To log what is missing, in place of the log_format at "+fix.Replaces+":"))
	} else {
		w.hang("  ", "To log what is missing, in http { } before the access_log that is to use it:")
	}
	w.line("")
	for _, line := range fix.Lines {
		w.line("    " + w.show(line))
	}
	for i, statement := range fix.AccessLogs {
		if i == 0 {
			w.line("")
		}
		w.line("    " + w.show(statement))
	}
}
