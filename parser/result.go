package parser

// Result says how much of a line could be read.
type Result uint8

// The results of parsing a line. Parsed and Partial lines are requests.
const (
	Unparsed Result = iota // the line is no request
	Partial                // a request some of whose fields could not be read
	Parsed                 // a request, read whole
)
