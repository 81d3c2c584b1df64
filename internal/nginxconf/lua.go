package nginxconf

import "strings"

// isLua reports whether a block of this name holds Lua code.
func isLua(name string) bool { return strings.HasSuffix(name, "_by_lua_block") }

// lua reads Lua code up to the brace that closes the block of directive, whose
// opening brace has been read. Braces in strings and comments do not count, as
// in the module that nginx runs Lua by. That module also has a limit for the
// bytes between two tokens, which is not kept here.
func (l *lexer) lua(directive *Directive) (string, error) {
	start := l.offset
	for depth := 1; !l.done(); {
		switch b := l.text[l.offset]; {
		case b == '{':
			depth++
		case b == '}':
			if depth--; depth == 0 {
				code := l.text[start:l.offset]
				l.next()
				return code, nil
			}
		default:
			length, closed := luaToken(l.text[l.offset:])
			if !closed {
				return "", directive.problemAt(l.position(), "long bracket is not closed, want %q before the end of the file",
					strings.ReplaceAll(l.text[l.offset:l.offset+length], "[", "]"))
			}
			l.skip(length - 1)
		}
		l.next()
	}
	return "", directive.problem("the block of %q is not closed, want %q before the end of the file", directive.Name.Text, "}")
}

// skip consumes n bytes.
func (l *lexer) skip(n int) {
	for range n {
		l.next()
	}
}

// luaToken returns the length of the string or comment at the start of code,
// or of one byte of anything else. A long bracket that is not closed has the
// length of what opens it.
func luaToken(code string) (length int, closed bool) {
	switch {
	case strings.HasPrefix(code, "--"):
		if opening := luaLongBracket(code[2:]); opening > 0 {
			length, closed = luaLong(code[2:], opening)
			return length + 2, closed
		}
		if end := strings.IndexByte(code, '\n'); end >= 0 {
			return end, true
		}
		return len(code), true
	case code[0] == '[':
		if opening := luaLongBracket(code); opening > 0 {
			return luaLong(code, opening)
		}
	case code[0] == '"', code[0] == '\'':
		return luaString(code), true
	}
	return 1, true
}

// luaLongBracket returns the length of the opening long bracket at the start
// of code, such as "[[" or "[==[", or 0.
func luaLongBracket(code string) int {
	if !strings.HasPrefix(code, "[") {
		return 0
	}
	end := 1
	for end < len(code) && code[end] == '=' {
		end++
	}
	if end == len(code) || code[end] != '[' {
		return 0
	}
	return end + 1
}

// luaLong returns the length of the long string or comment at the start of
// code, opening bytes of which open it.
func luaLong(code string, opening int) (length int, closed bool) {
	closing := strings.ReplaceAll(code[:opening], "[", "]")
	end := strings.Index(code[opening:], closing)
	if end < 0 {
		return opening, false
	}
	return opening + end + len(closing), true
}

// luaString returns the length of the string at the start of code. A quote
// that has no other on its line is none, and one byte long; so is one that is
// further from it than the Lua module's buffer reaches.
func luaString(code string) int {
	for i := 1; i < min(len(code), bufferSize); i++ {
		switch code[i] {
		case '\\':
			i++
		case '\n':
			return 1
		case code[0]:
			return i + 1
		}
	}
	return 1
}
