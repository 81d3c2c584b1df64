package loggen

import (
	"fmt"
	"time"

	"github.com/splitgauge/splitgauge/splitclients"
)

// DefaultSplit is the block that decides about variants unless Config says
// otherwise: the one of nginx's documentation.
const DefaultSplit = `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`

// Config is what to generate. Its zero value is 0 lines of Combined.
type Config struct {
	// Seed tells one log from another of the same shape.
	Seed uint64

	// Lines is how many lines WriteTo writes in all.
	Lines int

	// Format is what they look like.
	Format Format

	// Start is the event time of the first line; its offset from UTC is the
	// one that is logged. The zero time stands for 2026-03-01 10:00 UTC.
	Start time.Time

	// Duration is how long after Start the last of Lines lies, roughly.
	// 0 stands for a millisecond a line.
	Duration time.Duration

	// Clients is how many addresses there are to choose from, at most
	// 1 << 20. 0 stands for 50,000.
	Clients int

	// Split is the split_clients block that gives each client its variant.
	// Its key may hold $remote_addr and text. It is always logged as
	// $variant. "" stands for DefaultSplit.
	Split string

	// Worse is a variant of Split whose requests to upstreams fail more often, one
	// in 50 on top, and take a quarter longer. Empty stands for none.
	Worse string

	// Rule is how nginx lays out Split.
	Rule splitclients.Rule

	// Bad is the share of lines that are not quite what the format says, from
	// 0 to 1.
	Bad float64
}

const (
	defaultClients = 50_000
	maxClients     = 1 << 20
)

// withDefaults returns the configuration with zeros replaced.
func (c Config) withDefaults() Config {
	if c.Start.IsZero() {
		c.Start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	}
	if c.Duration == 0 {
		c.Duration = time.Duration(c.Lines) * time.Millisecond
	}
	if c.Clients == 0 {
		c.Clients = defaultClients
	}
	if c.Split == "" {
		c.Split = DefaultSplit
	}
	return c
}

// check says what is wrong with a configuration.
func (c Config) check() error {
	switch {
	case c.Lines < 0:
		return fmt.Errorf("cannot generate %d lines: want 0 or more", c.Lines)
	case c.Format > JSON:
		return fmt.Errorf("cannot generate format %d: want Combined, Extended or JSON", c.Format)
	case c.Duration < 0:
		return fmt.Errorf("cannot generate a log of duration %v: want 0 or more", c.Duration)
	case c.Clients < 1 || c.Clients > maxClients:
		return fmt.Errorf("cannot generate %d clients: want 1 to %d", c.Clients, maxClients)
	case !(c.Bad >= 0 && c.Bad <= 1): // so that NaN is refused too
		return fmt.Errorf("cannot generate a share of %v bad lines: want 0 to 1", c.Bad)
	}
	return nil
}

// parseSplit reads the split_clients block.
func (c Config) parseSplit() (*splitclients.Split, error) {
	split, err := splitclients.Parse(c.Split, c.Rule)
	if err != nil {
		return nil, fmt.Errorf("cannot generate variants: %w", err)
	}
	for _, name := range split.Key.Variables() {
		if name != "remote_addr" {
			return nil, fmt.Errorf("cannot generate variants by key %q: want no variable but %q", split.Key.String(), "$remote_addr")
		}
	}
	return split, nil
}
