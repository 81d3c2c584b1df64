package parser

// Method is an HTTP method by number, so that it can index a table.
type Method uint8

// The methods told apart: those of RFC 9110, PATCH (RFC 5789), any other
// well-formed one, and none at all (an empty or binary request line).
const (
	NoMethod Method = iota
	OtherMethod
	Get
	Head
	Post
	Put
	Delete
	Connect
	OptionsMethod
	Trace
	Patch

	Methods // how many there are
)

var methodNames = [Methods]string{
	NoMethod: "-", OtherMethod: "other", Get: "GET", Head: "HEAD", Post: "POST", Put: "PUT", Delete: "DELETE",
	Connect: "CONNECT", OptionsMethod: "OPTIONS", Trace: "TRACE", Patch: "PATCH",
}

// String returns the method's name, "other" or "-".
func (m Method) String() string { return methodNames[m] }
