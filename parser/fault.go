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

// failure is what a Fault is made of, cheap to note where most are not asked for.
type failure struct {
	reason     string
	variable   string
	start, end int // of the text, in the line
	want       want
	field      field  // for wantPossible
	literal    string // for wantLiteral and wantStart
}

// want is what would have been right.
type want uint8

const (
	wantRequest  want = iota // anything at all
	wantPossible             // a value that the field can have
	wantLiteral              // the literal after the value
	wantStart                // the literal at the start of the line
	wantEnd                  // the end of the line after the last literal
	wantLists                // lists of one length
	wantObject               // a JSON object
	wantKeys                 // an object that is a request
)

// String says it in words.
func (f *failure) String() string {
	switch f.want {
	case wantPossible:
		return expectation(f.field)
	case wantLiteral:
		return quoted(f.literal) + " after it"
	case wantStart:
		return "the line to start with " + quoted(f.literal)
	case wantEnd:
		return "the line to end after $" + f.variable
	case wantLists:
		return "as many elements in every $upstream_ list"
	case wantObject:
		return "a JSON object"
	case wantKeys:
		return "an object with a status, a request or a request_method"
	}
	return "a request"
}

func (f *failure) fault(line []byte) Fault {
	start := min(max(f.start, 0), len(line))
	return Fault{f.reason, f.variable, start, line[start:min(max(f.end, start), len(line))], f.String()}
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
