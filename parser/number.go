package parser

// parseStatus reads a status as nginx writes it: three digits, 000 and 009
// included.
func parseStatus(b []byte) (status int, ok bool) {
	if len(b) != 3 {
		return 0, false
	}
	hundreds, tens, ones := b[0]-'0', b[1]-'0', b[2]-'0'
	if hundreds > 9 || tens > 9 || ones > 9 {
		return 0, false
	}
	return int(hundreds)*100 + int(tens)*10 + int(ones), true
}

// maxDigits keeps numbers far inside an int64; a log has no larger ones.
const maxDigits = 17

// parseDigits reads a whole number.
func parseDigits(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > maxDigits {
		return 0, false
	}
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}

// parseMillis reads a decimal number of seconds ("0.004", "12") as
// milliseconds, rounded half up.
func parseMillis(b []byte) (ms int64, ok bool) {
	if len(b) == len("0.004") && b[1] == '.' { // what nginx mostly writes
		whole, tenths, hundredths, thousandths := b[0]-'0', b[2]-'0', b[3]-'0', b[4]-'0'
		if whole > 9 || tenths > 9 || hundredths > 9 || thousandths > 9 {
			return 0, false
		}
		return int64(whole)*1000 + int64(tenths)*100 + int64(hundredths)*10 + int64(thousandths), true
	}
	return parseDecimal(b)
}

// parseDecimal is parseMillis for any number of digits.
func parseDecimal(b []byte) (ms int64, ok bool) {
	i := 0
	for ; i < len(b) && b[i] != '.'; i++ {
		c := b[i] - '0'
		if c > 9 || i == maxDigits-3 {
			return 0, false
		}
		ms = ms*10 + int64(c)
	}
	if i == 0 {
		return 0, false
	}
	ms *= 1000
	if i == len(b) {
		return ms, true
	}
	return addFraction(ms, b[i+1:])
}

// addFraction adds the digits after a decimal point to ms.
func addFraction(ms int64, fraction []byte) (sum int64, ok bool) {
	scale := int64(100)
	for i, c := range fraction {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		if i == 3 && c >= 5 {
			ms++
		}
		ms += int64(c) * scale
		scale /= 10
	}
	return ms, len(fraction) > 0
}

// maxLatency is the longest time that is believed to be one, 365 days in
// milliseconds: logs with times of 41 years exist.
const maxLatency = 365 * 24 * 3600 * 1000

// parseLatency reads a decimal number of seconds that a request can take.
func parseLatency(b []byte) (ms int64, ok bool) {
	ms, ok = parseMillis(b)
	return ms, ok && ms <= maxLatency
}
