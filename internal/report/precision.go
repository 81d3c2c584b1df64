package report

import (
	"math"
	"strconv"
	"strings"
)

// Numbers that are estimates. They are shown with no more digits than their
// interval allows.

// The digits that are shown, from the widest interval to the narrowest.
const (
	fewDigits  = 2
	someDigits = 3
	manyDigits = 4
	mostDigits = 6 // to tell the end of an interval from what it is compared with
)

// digitsWithin returns with how many digits to show a ratio that lies within an
// interval: an open or wide one has two, one of less than 20 % has three, one of
// less than 2 % four.
func digitsWithin(low, high float64) int {
	if !(low > 0) || math.IsInf(high, 1) {
		return fewDigits
	}
	switch width := math.Log(high / low); {
	case width < 0.02:
		return manyDigits
	case width < 0.2:
		return someDigits
	}
	return fewDigits
}

// significant returns a value rounded to so many digits, without an exponent where
// that is readable.
func significant(value float64, digits int) string {
	scientific := strconv.FormatFloat(value, 'e', digits-1, 64)
	exponent, err := strconv.Atoi(scientific[strings.IndexByte(scientific, 'e')+1:])
	switch {
	case err != nil || value == 0:
		return "0"
	case exponent < -7:
		return "<0.0000001"
	case exponent > 15:
		return strconv.FormatFloat(value, 'g', digits, 64)
	case exponent >= 3:
		if exponent < digits {
			digits = exponent + 1
		}
		return grouped(int64(roundsTo(value, digits)))
	}
	return strconv.FormatFloat(roundsTo(value, digits), 'f', max(0, digits-1-exponent), 64)
}

// apart is significant with as many more digits as it takes to tell the value from
// each of the marks, which it differs from; no more, where that would take too many.
func apart(value float64, digits int, marks ...float64) string {
	for _, mark := range marks {
		if value == mark {
			continue
		}
		for more := digits; more <= mostDigits; more++ {
			if !equalText(value, mark, more) {
				digits = more
				break
			}
		}
	}
	return significant(value, digits)
}

// equalText reports whether a value shown with so many digits would be read as the
// mark.
func equalText(value, mark float64, digits int) bool {
	shown := roundsTo(value, digits)
	return shown == mark || (shown < mark) != (value < mark)
}

// roundsTo returns a value rounded to so many digits.
func roundsTo(value float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'e', digits-1, 64), 64)
	if err != nil {
		return value // too large for its last digit
	}
	return rounded
}

// amount returns a value of a unit of the metrics: "1.2%", "142 ms", "5.1 kB".
func amount(value float64, unit string, digits int) string {
	switch {
	case math.IsInf(value, 0):
		return "off scale"
	case unit == "share":
		return significant(100*value, digits) + "%"
	case unit == "ms" && roundsTo(value, digits) >= 1000:
		return significant(value/1000, digits) + " s"
	case unit == "ms":
		return significant(value, digits) + " ms"
	}
	for _, prefix := range []string{" B", " kB", " MB", " GB"} {
		if roundsTo(value, digits) < 1000 || prefix == " GB" {
			return significant(value, digits) + prefix
		}
		value /= 1000
	}
	return ""
}

// shareText returns a share as a percentage of at most so many digits, without
// zeros at its end.
func shareText(share float64, digits int) string {
	text := significant(100*share, digits)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + "%"
}

// significantShort returns a value with at most two digits, without zeros at its end.
func significantShort(value float64) string {
	text := significant(value, fewDigits)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
