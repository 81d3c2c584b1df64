package tailer

// valueScanner finds the end of a JSON value by its quotes and brackets alone,
// in whatever pieces the value comes, so without ever holding it.
type valueScanner struct {
	depth    int  // open brackets
	inString bool // between two quotes
	escaped  bool // the byte after a backslash is next
	begun    bool // some byte of the value has been seen
}

// find goes through data, which continues the value from its first byte or
// from where the last call ended, and returns the offset behind the value.
func (s *valueScanner) find(data []byte) (end int, found bool) {
	for i, c := range data {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			switch c {
			case '\\':
				s.escaped = true
			case '"':
				s.inString = false
				if s.depth == 0 {
					return i + 1, true
				}
			}
		case c == '"':
			s.inString = true
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			if s.depth <= 1 {
				return i + s.depth, true // 0: the bracket is not the value's but closes what holds it
			}
			s.depth--
		case s.depth == 0 && s.begun && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return i, true
		}
		s.begun = true
	}
	return len(data), false
}
