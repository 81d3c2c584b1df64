package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// simulationView is a simulation as it is shown.
type simulationView struct {
	*agent.Simulation
	split *splitclients.Split
}

// warnings are what to mind about the numbers, in sentences.
func (v simulationView) warnings() (warnings []string) {
	key := "$" + strings.Join(v.split.Key.Variables(), " and $")
	if v.NotLogged > 0 {
		warnings = append(warnings, fmt.Sprintf("%s have no variant: the log does not say %s, of which the key is made. "+
			"They are not in the numbers above.", counted(v.NotLogged, "request"), key))
	}
	if v.EmptyKey > 0 && len(v.split.Key.Variables()) > 0 {
		warnings = append(warnings, fmt.Sprintf("%s have no value for %s: all of them have one key and get one variant.",
			counted(v.EmptyKey, "request"), key))
	}
	if v.SeveralVariants > 0 {
		warnings = append(warnings, fmt.Sprintf("%s would get more than one variant, for the key is not made of $remote_addr alone; "+
			"they count for each of them.", counted(v.SeveralVariants, "client")))
	}
	if v.Estimated {
		warnings = append(warnings, "There are more than 1,000,000 clients: their numbers are estimates, with a standard error of 0.8%.")
	}
	return warnings
}

// counted returns a number and what it counts.
func counted(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Grouped(n) + " " + one + "s"
}

// ratio returns part/whole, and 0 where there is no whole.
func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// percentOf returns part/whole as a percentage, "-" where there is no whole.
func percentOf(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f%%", 100*ratio(part, whole))
}

// writeText writes the simulation for people.
func (v simulationView) writeText(out *bytes.Buffer, width int, unicode bool) {
	quote := func(text string) string { return report.Quoted(text, unicode) }
	show := func(text string) string { return report.Visible(text, unicode) }
	fmt.Fprintf(out, "%s, as %s divides it\n\n", show(describeSplit(v.split)), v.split.Rule)
	about := ""
	if v.Estimated {
		about = "about "
	}
	lines := &v.Report.Snapshot.Lines
	fmt.Fprintf(out, "%s of %s%s, from %s\n\n", counted(v.Requests, "request"), about, counted(v.Clients, "client"), counted(lines.Total(), "line"))
	table := columns{names: 1}
	table.add("variant", "expected", "clients", "share", "requests", "share")
	for _, variant := range v.Variants {
		table.add(quote(variant.Value), fmt.Sprintf("%.3f%%", exactPercent(variant.Hashes)),
			report.Grouped(variant.Clients), percentOf(variant.Clients, v.Clients),
			report.Grouped(variant.Requests), percentOf(variant.Requests, v.Requests))
	}
	table.write(out)
	for _, warning := range v.warnings() {
		out.WriteString("\n")
		writeParagraph(out, show("Warning: "+warning), width)
	}
	if lines.Unparsed > 0 {
		fmt.Fprintf(out, "\n%s could not be parsed; splitgauge replay shows some.\n", counted(lines.Unparsed, "line"))
	}
	for _, source := range v.Report.Sources {
		fmt.Fprintf(out, "\n%s", show(fmt.Sprintf("%s: %s as %s", source.Name, counted(source.Lines, "line"), source.Format)))
		if source.Reason != "" {
			out.WriteString(show(", " + source.Reason))
		}
	}
	if len(v.Report.Sources) > 0 {
		out.WriteString("\n")
	}
}

// simulatedJSON is one variant: shares are of 1.
type simulatedJSON struct {
	Variant       string  `json:"variant"`
	Configured    float64 `json:"configured"`
	Expected      float64 `json:"expected"` // exactly what nginx gives it
	Clients       int64   `json:"clients"`
	ClientsShare  float64 `json:"clients_share"`
	Requests      int64   `json:"requests"`
	RequestsShare float64 `json:"requests_share"`
}

// simulationJSON is the document of split simulate.
type simulationJSON struct {
	Schema   string `json:"schema"`
	Key      string `json:"key"`
	Variable string `json:"variable"`
	Rule     string `json:"rule"`
	Lines    struct {
		Total    int64 `json:"total"`
		Unparsed int64 `json:"unparsed"`
	} `json:"lines"`
	Requests         int64 `json:"requests"` // that have a variant
	KeyNotLogged     int64 `json:"key_not_logged"`
	KeyEmpty         int64 `json:"key_empty"`
	Clients          int64 `json:"clients"`
	ClientsEstimated bool  `json:"clients_estimated"`
	// ClientsInSeveral is null where clients are estimated.
	ClientsInSeveral *int64          `json:"clients_in_several_variants"`
	Variants         []simulatedJSON `json:"variants"`
	Warnings         []string        `json:"warnings"`
}

func (v simulationView) writeJSON(out *bytes.Buffer) error {
	document := simulationJSON{
		Schema:           "splitgauge.split.simulate/1",
		Key:              v.split.Key.String(),
		Variable:         v.split.Variable,
		Rule:             v.split.Rule.String(),
		Requests:         v.Requests,
		KeyNotLogged:     v.NotLogged,
		KeyEmpty:         v.EmptyKey,
		Clients:          v.Clients,
		ClientsEstimated: v.Estimated,
		Variants:         []simulatedJSON{},
		Warnings:         append([]string{}, v.warnings()...),
	}
	document.Lines.Total, document.Lines.Unparsed = v.Report.Snapshot.Lines.Total(), v.Report.Snapshot.Lines.Unparsed
	if !v.Estimated {
		document.ClientsInSeveral = &v.SeveralVariants
	}
	for _, variant := range v.Variants {
		document.Variants = append(document.Variants, simulatedJSON{
			Variant:       variant.Value,
			Configured:    float64(variant.Percent) / 10_000,
			Expected:      float64(variant.Hashes) / splitclients.HashSpace,
			Clients:       variant.Clients,
			ClientsShare:  ratio(variant.Clients, v.Clients),
			Requests:      variant.Requests,
			RequestsShare: ratio(variant.Requests, v.Requests),
		})
	}
	text, err := report.JSON(document, "  ")
	if err != nil {
		return err
	}
	out.Write(text)
	out.WriteString("\n")
	return nil
}
