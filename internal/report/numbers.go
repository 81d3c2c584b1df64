package report

import (
	"strconv"
	"strings"
	"time"
)

// Numbers for people. All of it is integer arithmetic, rounded half up.

// grouped returns n with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	first := (len(digits)-1)%3 + 1
	var b strings.Builder
	b.WriteString(sign + digits[:first])
	for i := first; i < len(digits); i += 3 {
		b.WriteString("," + digits[i:i+3])
	}
	return b.String()
}

// counted returns n and what it counts: "1 line", "2 lines".
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// decimal returns hundredths or tenths as a decimal number: 125, 2 is "1.25".
func decimal(n int64, places int) string {
	digits := strconv.FormatInt(n, 10)
	for len(digits) <= places {
		digits = "0" + digits
	}
	point := len(digits) - places
	return digits[:point] + "." + digits[point:]
}

// threeDigits returns value/unit with three significant digits from 1.00 on.
// The unit is a multiple of 100.
func threeDigits(value, unit int64) string {
	if hundredths := rounded(value, unit/100); hundredths < 1000 {
		return decimal(hundredths, 2)
	}
	if tenths := rounded(value, unit/10); tenths < 1000 {
		return decimal(tenths, 1)
	}
	return grouped(rounded(value, unit))
}

// rounded returns value/unit rounded half up, without running over.
func rounded(value, unit int64) int64 {
	whole := value / unit
	if rest := value % unit; rest >= unit-rest {
		whole++
	}
	return whole
}

// byteSize returns a number of bytes in decimal units: "1.25 GB".
func byteSize(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	units := [...]string{"kB", "MB", "GB", "TB", "PB", "EB"}
	unit, i := int64(1000), 0
	for i < len(units)-1 && rounded(n, unit) >= 1000 {
		unit *= 1000
		i++
	}
	return threeDigits(n, unit) + " " + units[i]
}

// latency returns milliseconds as "35 ms", "1.25 s", "12 min" or "2.50 h":
// never wider than six cells below 1,000 hours.
func latency(ms int64) string {
	const second, minute, hour = 1000, 60_000, 3_600_000
	switch {
	case ms < second:
		return strconv.FormatInt(ms, 10) + " ms"
	case ms < 10*minute:
		return threeDigits(ms, second) + " s"
	case ms < 100*minute:
		return grouped(rounded(ms, minute)) + " min"
	}
	return threeDigits(ms, hour) + " h"
}

// percent returns part/whole with so many decimals below 10 %, and one from
// there on. Only none is "0%" and only all is "100%": what is less than the
// last decimal shows as "0.00%", and what is nearly all as "99.9%".
func percent(part, whole int64, places int) string {
	switch {
	case whole <= 0 || part < 0:
		return ""
	case part == 0:
		return "0%"
	case part == whole:
		return "100%"
	}
	scaled := func(factor int64) int64 {
		for part > 1<<53/factor { // keep the product within 64 bits
			part, whole = part/2, max(1, whole/2)
		}
		return (part*factor + whole/2) / whole
	}
	if places == 2 {
		if hundredths := scaled(10_000); hundredths < 1000 {
			return decimal(hundredths, 2) + "%"
		}
	}
	tenths := scaled(1000)
	if part < whole {
		tenths = min(tenths, 999)
	}
	return decimal(tenths, 1) + "%"
}

// rate returns how often something happens that happened n times within a
// period of milliseconds: a second, or a minute or hour where that is rare.
// It is empty where there is no period.
func rate(n, period int64) string {
	if period <= 0 {
		return ""
	}
	for _, unit := range []struct {
		ms   int64
		name string
	}{{1000, "s"}, {60_000, "min"}, {3_600_000, "h"}} {
		tenths := n / period * unit.ms * 10
		tenths += (n%period*unit.ms*10 + period/2) / period
		switch {
		case tenths >= 1000:
			return grouped(rounded(tenths, 10)) + "/" + unit.name
		case tenths >= 10 || unit.name == "h":
			return decimal(tenths, 1) + "/" + unit.name
		}
	}
	return ""
}

// spanOf returns milliseconds as a length of time in at most two neighbouring
// units: "9 h", "1 d 2 h", "12 min 30 s".
func spanOf(ms int64) string {
	if ms < 1000 {
		return strconv.FormatInt(ms, 10) + " ms"
	}
	units := [...]struct {
		seconds int64
		name    string
	}{{24 * 3600, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}
	seconds, i := (ms+500)/1000, 0
	for i+1 < len(units) && seconds < units[i].seconds {
		i++
	}
	large := units[i]
	if i+1 == len(units) {
		return grouped(seconds) + " " + large.name
	}
	small := units[i+1]
	seconds = (seconds + small.seconds/2) / small.seconds * small.seconds
	text := grouped(seconds/large.seconds) + " " + large.name
	if rest := seconds % large.seconds / small.seconds; rest > 0 {
		text += " " + grouped(rest) + " " + small.name
	}
	return text
}

// moment returns a time in UTC, to the second.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
