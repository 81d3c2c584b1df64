package splitclients

import "strings"

// full is 100 %, in hundredths of a percent.
const full = 10000

// largestPercent is the largest percentage that is told exactly, in hundredths
// of a percent. Anything from full up is refused later, so that it only has to
// be larger than full and far from overflowing.
const largestPercent = 1 << 40

// parsePercent reads nginx's notation of a percentage: digits with at most one
// point, at most two of them after it, and a percent sign. It returns
// hundredths of a percent, 1 or more, and whether nginx would take the text.
func parsePercent(text string) (hundredths uint64, ok bool) {
	number, found := strings.CutSuffix(text, "%")
	if !found {
		return 0, false
	}
	whole, decimals, _ := strings.Cut(number, ".")
	if len(decimals) > 2 {
		return 0, false
	}
	for _, digits := range [...]string{whole, decimals, "00"[len(decimals):]} {
		for i := range len(digits) {
			if digits[i] < '0' || digits[i] > '9' {
				return 0, false
			}
			hundredths = min(hundredths*10+uint64(digits[i]-'0'), largestPercent)
		}
	}
	// Zero is refused by nginx, and with it "%" and ".%".
	return hundredths, hundredths > 0
}
