package parser

import (
	"fmt"
	"strconv"
)

// The reasons for which a line is not fully parsed, besides the name of the
// variable whose value is impossible.
const (
	ReasonEmpty    = "empty"    // unparsed: nothing stands on the line
	ReasonTooLong  = "too_long" // unparsed: longer than the limit; counted by whoever reads lines
	ReasonFormat   = "format"   // unparsed: the line is not of the format
	ReasonJSON     = "json"     // unparsed: no JSON object, or none of a request
	ReasonTrailing = "trailing" // partial: what follows the request does not match
	ReasonLists    = "lists"    // partial: upstream lists of different lengths
)

// Fault says why a line is not fully parsed. Text aliases the line.
type Fault struct {
	Reason   string // what the line is counted under
	Variable string // nginx variable that could not be read; may be empty
	Offset   int    // of Text in the line, in bytes
	Text     []byte // what could not be read, up to the end of the line
	Want     string // what would have been right
}

// String says it in one line. Text from the log is quoted.
func (f Fault) String() string {
	text := f.Text
	const most = 80
	dots := ""
	if len(text) > most {
		text, dots = text[:most], "…"
	}
	if f.Variable == "" {
		return fmt.Sprintf("cannot read %s%s: want %s", strconv.QuoteToASCII(string(text)), dots, f.Want)
	}
	return fmt.Sprintf("$%s: cannot read %s%s: want %s", f.Variable, strconv.QuoteToASCII(string(text)), dots, f.Want)
}

func quoted(literal string) string {
	if literal == "" {
		return "the end of the line"
	}
	return strconv.QuoteToASCII(literal)
}
