package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/splitgauge/splitgauge/splitclients"
)

// An A/A has a split of its own: a key with a salt, so that its arms have nothing
// to do with those of the site's splits, and a variable that no log has.
const (
	armsSalt     = "splitgauge"
	armsVariable = "splitgauge_aa"
	defaultArms  = "50/50"
	mostArms     = 8
)

// armsSplit makes the split of an A/A: who shares a value of the variable by is in
// the same arm, and the arms A, B, ... have the shares that are asked for.
func armsSplit(by, arms string, rule splitclients.Rule) (*splitclients.Split, error) {
	variable, err := armsKey(by)
	if err != nil {
		return nil, err
	}
	shares, err := parseArms(arms)
	if err != nil {
		return nil, err
	}
	definition := splitclients.Definition{Key: "${" + variable + "}" + armsSalt, Variable: "$" + armsVariable}
	for i, share := range shares {
		percent := hundredths(share)
		if i == len(shares)-1 {
			percent = "*"
		}
		definition.Parts = append(definition.Parts, splitclients.DefinitionPart{Percent: percent, Value: string(rune('A' + i))})
	}
	split, err := splitclients.New(definition, rule)
	if err != nil {
		return nil, fmt.Errorf("cannot use --arms %q: %w", arms, err)
	}
	return split, nil
}

// armsKey returns the name of a variable, however nginx writes it.
func armsKey(by string) (string, error) {
	name := strings.TrimPrefix(by, "$")
	if inner, braced := strings.CutPrefix(name, "{"); braced && name != by {
		name = strings.TrimSuffix(inner, "}")
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if name == "" || strings.Trim(name, letters) != "" {
		return "", fmt.Errorf("cannot use --assign-by %q: want the variable that tells clients apart, for example remote_addr or cookie_uid", by)
	}
	return name, nil
}

// parseArms reads "50/50" or "0.5/2/97.5" as hundredths of a percent.
func parseArms(text string) (shares []uint32, err error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > mostArms {
		return nil, fmt.Errorf("cannot use --arms %q: want 2 to %d percentages with a slash between them, such as 50/50 or 0.5/2/97.5", text, mostArms)
	}
	sum := uint32(0)
	for _, part := range parts {
		share, ok := parseHundredths(part)
		if !ok {
			return nil, fmt.Errorf("cannot use --arms %q: %q is no percentage above 0 and below 100 with at most two decimals, such as 0.25", text, part)
		}
		shares = append(shares, share)
		sum += share
	}
	if sum != 10_000 {
		return nil, fmt.Errorf("cannot use --arms %q: its percentages add up to %s, want 100%%", text, hundredths(sum))
	}
	return shares, nil
}

// parseHundredths reads a percentage, with or without its sign.
func parseHundredths(text string) (hundredths uint32, ok bool) {
	whole, decimals, point := strings.Cut(strings.TrimSuffix(strings.TrimSpace(text), "%"), ".")
	if point && decimals == "" || len(decimals) > 2 || whole == "" || len(whole) > 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+decimals+strings.Repeat("0", 2-len(decimals)), 10, 32)
	return uint32(n), err == nil && n > 0
}

// armsConflict says what does not go with --assign-by, or is of no use without it.
func (o *compareOptions) armsConflict(armsGiven bool) error {
	switch {
	case o.assignBy == "" && armsGiven:
		return errors.New("cannot use --arms alone: want --assign-by with it, the variable that tells clients apart, for example --assign-by remote_addr")
	case o.assignBy == "":
		return nil
	case o.reading.split != "":
		return errors.New("cannot use --assign-by with --split: an A/A makes a split of its own, want one of the two")
	case o.reading.variant != "":
		return errors.New("cannot use --assign-by with --variant: the arms of an A/A are in no log, want one of the two")
	}
	return nil
}
