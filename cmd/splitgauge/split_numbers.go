package main

import (
	"fmt"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// million is how many clients people reckon with.
const million = 1_000_000

// percentOfKeys returns hashes as a percentage of the hash space with six
// decimals, which tells single clients of 100 million apart.
func percentOfKeys(hashes uint64) string {
	const scale = 100 * million // hashes * scale is less than 2^59
	millionths := (hashes*scale + splitclients.HashSpace/2) / splitclients.HashSpace
	if millionths == 0 && hashes > 0 {
		return "<0.000001%"
	}
	return fmt.Sprintf("%d.%06d%%", millionths/million, millionths%million)
}

// clientsOfMillion returns how many of 1,000,000 clients hashes stand for.
func clientsOfMillion(hashes uint64) string {
	clients := (hashes*million + splitclients.HashSpace/2) / splitclients.HashSpace
	if clients == 0 && hashes > 0 {
		return "<1"
	}
	return report.Grouped(int64(clients))
}

// hundredths returns hundredths of a percent as they are configured: "0.50%".
func hundredths(percent uint32) string { return fmt.Sprintf("%d.%02d%%", percent/100, percent%100) }

// exactPercent and exactClients are exact: a number of hashes times a million
// has fewer bits than a float64, and dividing by a power of two loses none.
func exactPercent(hashes uint64) float64 { return float64(hashes) * 100 / splitclients.HashSpace }
func exactClients(hashes uint64) float64 { return float64(hashes) * million / splitclients.HashSpace }
