package nginxconf

import (
	"math"
	"strconv"
	"time"
)

// parseNumber reads digits and nothing else.
func parseNumber(text string) (int, bool) {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// parseSize reads a number of bytes such as "32k" or "1M".
func parseSize(text string) (int, bool) {
	scale := 1
	if text != "" {
		switch lower(text[len(text)-1]) {
		case 'k':
			scale = 1 << 10
		case 'm':
			scale = 1 << 20
		}
	}
	if scale > 1 {
		text = text[:len(text)-1]
	}
	n, ok := parseNumber(text)
	if !ok || n > math.MaxInt/scale {
		return 0, false
	}
	return n * scale, true
}

// lowerCase lowers case as nginx does, which knows it in ASCII only.
func lowerCase(text string) string {
	lowered := []byte(text)
	for i, b := range lowered {
		lowered[i] = lower(b)
	}
	return string(lowered)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// timeUnits are nginx's units of time, in the order in which they have to be.
var timeUnits = []struct {
	name string
	unit time.Duration
}{
	{"y", 365 * 24 * time.Hour},
	{"M", 30 * 24 * time.Hour},
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
}

// parseTime reads a time such as "30s" or "1h 30m"; a number without a unit is
// seconds. Times that do not fit a Duration become the longest that do.
// Milliseconds are taken only where nginx takes them.
func parseTime(text string, milliseconds bool) (time.Duration, bool) {
	var total time.Duration
	next := 0 // index of the first unit that may come
	for text != "" {
		digits := 0
		for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
			digits++
		}
		n, ok := parseNumber(text[:digits])
		if !ok {
			return 0, false
		}
		name := timeUnit(text[digits:])
		at := unitIndex(name)
		if at < next || timeUnits[at].name == "ms" && !milliseconds {
			return 0, false
		}
		next = at + 1
		total = addTime(total, n, timeUnits[at].unit)
		text = text[digits+len(name):]
		for text != "" && text[0] == ' ' {
			text = text[1:]
		}
		if text == "" {
			return total, true
		}
	}
	return 0, false
}

// timeUnit returns the unit at the start of text: letters, or nothing.
func timeUnit(text string) string {
	for i := range len(text) {
		if b := lower(text[i]); b < 'a' || b > 'z' {
			return text[:i]
		}
	}
	return text
}

// unitIndex returns the index of a unit, or -1. No unit is seconds.
func unitIndex(name string) int {
	if name == "" {
		name = "s"
	}
	for i, unit := range timeUnits {
		if unit.name == name {
			return i
		}
	}
	return -1
}

// addTime returns total and n units more, or the longest time there is.
func addTime(total time.Duration, n int, unit time.Duration) time.Duration {
	if time.Duration(n) > (math.MaxInt64-total)/unit {
		return math.MaxInt64
	}
	return total + time.Duration(n)*unit
}
