package loggen

const upperHex = "0123456789ABCDEF"

// appendEscaped appends text as nginx logs a variable of that value in f.
func appendEscaped(dst []byte, f Format, text string) []byte {
	if f == JSON {
		return appendEscapedJSON(dst, text)
	}
	return appendEscapedDefault(dst, text)
}

// appendEscapedDefault is nginx's escape=default: control characters, quotes,
// backslashes and all that is not ASCII as \xHH.
func appendEscapedDefault(dst []byte, text string) []byte {
	for i := range len(text) {
		if b := text[i]; b < 0x20 || b == '"' || b == '\\' || b >= 0x7f {
			dst = append(dst, '\\', 'x', upperHex[b>>4], upperHex[b&15])
		} else {
			dst = append(dst, b)
		}
	}
	return dst
}

// appendEscapedJSON is nginx's escape=json: what is above 0x7E stays as it is,
// UTF-8 or not.
func appendEscapedJSON(dst []byte, text string) []byte {
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b >= 0x20:
			dst = append(dst, b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b == '\r':
			dst = append(dst, '\\', 'r')
		case b == '\t':
			dst = append(dst, '\\', 't')
		case b == '\b':
			dst = append(dst, '\\', 'b')
		case b == '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', upperHex[b>>4], upperHex[b&15])
		}
	}
	return dst
}
