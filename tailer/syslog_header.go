package tailer

// syslogMessage returns what follows the header of a datagram as nginx sends it,
// after RFC 3164:
//
//	<190>Nov 25 10:15:00 web1 nginx: message
//	<190>Nov 25 10:15:00 nginx: message        with nohostname
//
// A datagram that does not begin like that is a message as a whole.
func syslogMessage(datagram []byte) []byte {
	rest := datagram
	for _, skip := range []func([]byte) int{syslogPriority, syslogTime} {
		size := skip(rest)
		if size == 0 {
			return datagram
		}
		rest = rest[size:]
	}
	if size := syslogTag(rest); size > 0 {
		return rest[size:]
	}
	for i, c := range rest { // the name of the host: anything but spaces
		switch {
		case c == ' ':
			if size := syslogTag(rest[i+1:]); size > 0 {
				return rest[i+1+size:]
			}
			return datagram
		case c < ' ' || c == 0x7f:
			return datagram
		}
	}
	return datagram
}

// syslogPriority returns the length of "<0>" to "<191>"; 0 where there is none.
func syslogPriority(text []byte) int {
	if len(text) == 0 || text[0] != '<' {
		return 0
	}
	priority := 0
	for i, c := range text[1:min(5, len(text))] {
		switch {
		case c == '>' && i > 0 && priority <= 191:
			return i + 2
		case !isDigit(c):
			return 0
		}
		priority = 10*priority + int(c-'0')
	}
	return 0
}

// syslogTime returns the length of "Mmm dd hh:mm:ss "; 0 where there is none.
func syslogTime(text []byte) int {
	const form = "Aaa _9 99:99:99 "
	if len(text) < len(form) {
		return 0
	}
	for i := range len(form) {
		c := text[i]
		ok := c == form[i]
		switch form[i] {
		case 'A':
			ok = 'A' <= c && c <= 'Z'
		case 'a':
			ok = 'a' <= c && c <= 'z'
		case '_':
			ok = c == ' ' || isDigit(c)
		case '9':
			ok = isDigit(c)
		}
		if !ok {
			return 0
		}
	}
	return len(form)
}

// syslogTag returns the length of a tag with the ": " behind it; 0 where there
// is none. A tag is letters, digits and underscores: nginx allows no others.
func syslogTag(text []byte) int {
	for i, c := range text {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), c == '_':
		case c == ':' && i > 0 && i+1 < len(text) && text[i+1] == ' ':
			return i + 2
		default:
			return 0
		}
	}
	return 0
}
