package main

import (
	"bytes"
	"fmt"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// shareRow is a value with its shares before and after.
type shareRow struct {
	value         string
	before, after splitclients.Share
}

// shares returns the values of both splits, those of the new one first.
func (d *splitDiff) shares() []shareRow {
	var rows []shareRow
	index := make(map[string]int)
	row := func(value string) *shareRow {
		i, ok := index[value]
		if !ok {
			i = len(rows)
			index[value] = i
			rows = append(rows, shareRow{value: value})
		}
		return &rows[i]
	}
	for _, share := range d.after.Table.Shares() {
		row(share.Value).after = share
	}
	for _, share := range d.before.Table.Shares() {
		row(share.Value).before = share
	}
	return rows
}

// writeText writes the difference for people.
func (d *splitDiff) writeText(out *bytes.Buffer, width int, unicode bool) {
	quote := func(text string) string { return report.Quoted(text, unicode) }
	show := func(text string) string { return report.Visible(text, unicode) }
	fmt.Fprintf(out, "%s, as %s divides it\n\n", show(describeSplit(d.after)), d.after.Rule)
	about := ""
	if d.keysDiffer {
		about = "About "
	}
	switch {
	case d.Moved == 0 && d.keysDiffer:
		out.WriteString("There is one variant: no client gets another.\n\n")
	case d.Moved == 0:
		out.WriteString("No client gets another variant.\n\n")
	default:
		fmt.Fprintf(out, "%s%s of clients get another variant: %s of 1,000,000.\n\n",
			about, percentOfKeys(d.Moved), clientsOfMillion(d.Moved))
	}
	shares := columns{names: 1}
	shares.add("variant", "configured before", "and after", "exactly before", "and after")
	for _, row := range d.shares() {
		shares.add(quote(row.value), hundredths(row.before.Percent), hundredths(row.after.Percent),
			percentOfKeys(row.before.Hashes), percentOfKeys(row.after.Hashes))
	}
	shares.write(out)
	if len(d.Moves) > 0 {
		out.WriteString("\n")
		moves := columns{names: 2}
		moves.add("from", "to", "clients", "of 1,000,000", "hashes of 4,294,967,296")
		for _, move := range d.Moves {
			moves.add(quote(move.From), quote(move.To), percentOfKeys(move.Hashes), clientsOfMillion(move.Hashes), report.Grouped(int64(move.Hashes)))
		}
		moves.write(out)
	}
	for _, warning := range d.warnings() {
		out.WriteString("\n")
		writeParagraph(out, show("Warning: "+warning), width)
	}
	for _, note := range d.notes() {
		out.WriteString("\n")
		writeParagraph(out, show("Note: "+note), width)
	}
	if d.better != nil {
		fmt.Fprintf(out, "\nThe same shares by a block with which %s change variant:\n\n", percentOfKeys(d.bestMoved))
		for line := range bytes.Lines([]byte(d.better.String())) {
			text := string(bytes.TrimSuffix(line, []byte("\n")))
			out.WriteString(show(text) + "\n")
		}
	}
}

// hashesJSON is a share of the hash space; percent and clients_per_million are
// exact.
type hashesJSON struct {
	Hashes            uint64  `json:"hashes"`
	Percent           float64 `json:"percent"`
	ClientsPerMillion float64 `json:"clients_per_million"`
}

func newHashesJSON(hashes uint64) hashesJSON {
	return hashesJSON{hashes, exactPercent(hashes), exactClients(hashes)}
}

type moveJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
	hashesJSON
}

type shareJSON struct {
	ConfiguredPercent float64 `json:"configured_percent"`
	hashesJSON
}

func newShareJSON(share splitclients.Share) shareJSON {
	return shareJSON{float64(share.Percent) / 100, newHashesJSON(share.Hashes)}
}

type diffVariantJSON struct {
	Variant string    `json:"variant"`
	Before  shareJSON `json:"before"`
	After   shareJSON `json:"after"`
}

// diffJSON is the document of split diff.
type diffJSON struct {
	Schema    string            `json:"schema"`
	KeyBefore string            `json:"key_before"`
	KeyAfter  string            `json:"key_after"`
	Rule      string            `json:"rule"`
	Exact     bool              `json:"exact"` // false: the keys differ
	HashSpace uint64            `json:"hash_space"`
	Moved     hashesJSON        `json:"moved"`
	Needed    hashesJSON        `json:"needed"` // what the new shares ask for
	Moves     []moveJSON        `json:"moves"`
	Variants  []diffVariantJSON `json:"variants"`
	Better    *betterJSON       `json:"better"` // null where nothing is
	Warnings  []string          `json:"warnings"`
	Notes     []string          `json:"notes"`
}

// betterJSON is a block with the same shares and fewer moves.
type betterJSON struct {
	Block string     `json:"block"`
	Moved hashesJSON `json:"moved"`
}

func (d *splitDiff) writeJSON(out *bytes.Buffer) error {
	document := diffJSON{
		Schema:    "splitgauge.split.diff/1",
		KeyBefore: d.before.Key.String(),
		KeyAfter:  d.after.Key.String(),
		Rule:      d.after.Rule.String(),
		Exact:     !d.keysDiffer,
		HashSpace: splitclients.HashSpace,
		Moved:     newHashesJSON(d.Moved),
		Needed:    newHashesJSON(d.Needed),
		Moves:     []moveJSON{},
		Variants:  []diffVariantJSON{},
		Warnings:  append([]string{}, d.warnings()...),
		Notes:     append([]string{}, d.notes()...),
	}
	for _, move := range d.Moves {
		document.Moves = append(document.Moves, moveJSON{move.From, move.To, newHashesJSON(move.Hashes)})
	}
	for _, row := range d.shares() {
		document.Variants = append(document.Variants, diffVariantJSON{row.value, newShareJSON(row.before), newShareJSON(row.after)})
	}
	if d.better != nil {
		document.Better = &betterJSON{d.better.String(), newHashesJSON(d.bestMoved)}
	}
	text, err := report.JSON(document, "  ")
	if err != nil {
		return err
	}
	out.Write(text)
	out.WriteString("\n")
	return nil
}
