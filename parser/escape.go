package parser

// Escape is the escape= parameter of an nginx log_format.
type Escape uint8

// nginx's three ways of escaping the values of variables.
const (
	EscapeDefault Escape = iota // \xHH for quotes, backslashes, control characters and bytes above 0x7E
	EscapeJSON                  // JSON string escapes
	EscapeNone                  // nothing is escaped
)

func AppendUnescaped(dst, src []byte, escape Escape) []byte { return append(dst, src...) }
