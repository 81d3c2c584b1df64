package parser

// Event times, in Unix milliseconds. Neighbouring lines mostly carry the same
// second, so the last one is kept as text and as number.

// The forms of nginx's $time_local, $time_iso8601 and $msec.
const (
	timeLocal   = "02/Jan/2006:15:04:05 -0700"
	timeISO8601 = "2006-01-02T15:04:05-07:00"
	timeMsec    = "1136239445.000"
)

// lastTime is the time that was read last, as far as its text says the second.
type lastTime struct {
	text [len(timeLocal)]byte
	size int   // bytes of text in use
	ms   int64 // what it stands for
}

// is reports whether text is what was read last.
func (l *lastTime) is(text []byte) bool {
	return len(text) == l.size && string(text) == string(l.text[:len(text)])
}

func (l *lastTime) keep(text []byte, ms int64) {
	if len(text) <= len(l.text) {
		l.size = copy(l.text[:], text)
		l.ms = ms
	}
}

// read reads a time of field f.
func (l *lastTime) read(f field, b []byte) (ms int64, ok bool) {
	if f == msec {
		return l.readMsec(b)
	}
	if l.is(b) {
		return l.ms, true
	}
	if ms, ok = timeParser(f)(b); ok {
		l.keep(b, ms)
	}
	return ms, ok
}

// readMsec reads an $msec, of which all but the fraction is mostly known.
func (l *lastTime) readMsec(b []byte) (ms int64, ok bool) {
	const point = len(timeMsec) - len(".000")
	if len(b) != len(timeMsec) || b[point] != '.' {
		return parseEpoch(b)
	}
	fraction, ok := parseStatus(b[point+1:])
	if !ok {
		return 0, false
	}
	if !l.is(b[:point]) {
		seconds, ok := parseDigits(b[:point])
		if !ok {
			return 0, false
		}
		l.keep(b[:point], 1000*seconds)
	}
	return l.ms + int64(fraction), true
}

// parseTimeLocal reads nginx's $time_local.
func parseTimeLocal(b []byte) (ms int64, ok bool) {
	if len(b) != len(timeLocal) || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' {
		return 0, false
	}
	month := monthOf(b[3:6])
	day, ok1 := twoDigits(b, 0)
	year, ok2 := fourDigits(b, 7)
	seconds, ok3 := clock(b[12:20])
	zone, ok4 := zoneOf(b[21:])
	if month == 0 || !ok1 || !ok2 || !ok3 || !ok4 || !validDay(year, month, day) {
		return 0, false
	}
	return 1000 * (86400*daysFromCivil(year, month, day) + seconds - zone), true
}

// parseTimeISO8601 reads nginx's $time_iso8601, and the forms that other
// writers use: "Z", a zone without colon, a fraction of a second, a space
// between date and time.
func parseTimeISO8601(b []byte) (ms int64, ok bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' {
		return 0, false
	}
	year, ok1 := fourDigits(b, 0)
	month, ok2 := twoDigits(b, 5)
	day, ok3 := twoDigits(b, 8)
	seconds, ok4 := clock(b[11:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || month < 1 || month > 12 || !validDay(year, month, day) {
		return 0, false
	}
	rest := b[19:]
	fraction := int64(0)
	if rest[0] == '.' {
		end := 1
		for end < len(rest) && rest[end]-'0' <= 9 {
			end++
		}
		if fraction, ok = addFraction(0, rest[1:end]); !ok {
			return 0, false
		}
		rest = rest[end:]
	}
	zone, ok := zoneOf(rest)
	return 1000*(86400*daysFromCivil(year, month, day)+seconds-zone) + fraction, ok
}

// parseEpoch reads seconds since the Unix epoch with a fraction, nginx's $msec;
// a whole number of 13 digits is milliseconds.
func parseEpoch(b []byte) (ms int64, ok bool) {
	if len(b) == 13 {
		if n, whole := parseDigits(b); whole {
			return n, true
		}
	}
	return parseMillis(b)
}

// parseAnyTime reads a time in any of the forms above.
func parseAnyTime(b []byte) (ms int64, ok bool) {
	switch {
	case len(b) > 4 && b[4] == '-':
		return parseTimeISO8601(b)
	case len(b) > 2 && b[2] == '/':
		return parseTimeLocal(b)
	}
	return parseEpoch(b)
}

// clock reads "15:04:05" as seconds since midnight; a leap second is one more.
func clock(b []byte) (seconds int64, ok bool) {
	hour, ok1 := twoDigits(b, 0)
	minute, ok2 := twoDigits(b, 3)
	second, ok3 := twoDigits(b, 6)
	ok = ok1 && ok2 && ok3 && b[2] == ':' && b[5] == ':' && hour < 24 && minute < 60 && second <= 60
	return hour*3600 + minute*60 + second, ok
}

// zoneOf reads "+0200", "+02:00" or "Z" as seconds east of Greenwich.
func zoneOf(b []byte) (seconds int64, ok bool) {
	if len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') {
		return 0, true
	}
	if len(b) != 5 && !(len(b) == 6 && b[3] == ':') {
		return 0, false
	}
	hours, ok1 := twoDigits(b, 1)
	minutes, ok2 := twoDigits(b, len(b)-2)
	if !ok1 || !ok2 || hours > 15 || minutes > 59 {
		return 0, false
	}
	seconds = hours*3600 + minutes*60
	switch b[0] {
	case '+':
		return seconds, true
	case '-':
		return -seconds, true
	}
	return 0, false
}

// monthOf returns the number of an English month of three letters, or 0.
func monthOf(b []byte) int64 {
	switch string(b) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

func twoDigits(b []byte, at int) (n int64, ok bool) {
	tens, ones := b[at]-'0', b[at+1]-'0'
	return int64(tens)*10 + int64(ones), tens <= 9 && ones <= 9
}

func fourDigits(b []byte, at int) (n int64, ok bool) {
	high, ok1 := twoDigits(b, at)
	low, ok2 := twoDigits(b, at+2)
	return high*100 + low, ok1 && ok2
}

func validDay(year, month, day int64) bool {
	limit := int64(31)
	switch month {
	case 4, 6, 9, 11:
		limit = 30
	case 2:
		limit = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			limit = 29
		}
	}
	return year > 0 && day >= 1 && day <= limit
}

// daysFromCivil returns the days from 1970-01-01 to a date of the Gregorian
// calendar. Years are counted from March, so that the leap day comes last
// (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func daysFromCivil(year, month, day int64) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return 365*year + year/4 - year/100 + year/400 + dayOfYear - 719468
}
