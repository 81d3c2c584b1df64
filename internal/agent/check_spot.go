package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
)

// CheckedLine is a line that was not fully parsed, and the spot where.
type CheckedLine struct {
	Line    int64 `json:"line,omitempty"`     // from 1; 0 where only FromEnd is known
	FromEnd int64 `json:"from_end,omitempty"` // 1 is the last line
	Column  int   `json:"column"`             // of the spot, from 1, in bytes

	Field string `json:"field,omitempty"` // variable that could not be read, without its $
	Want  string `json:"want"`            // what would have been right

	// Text is the line around the spot, which is Spot bytes into it and Length
	// bytes long; 0 where only its start is known.
	Text      string `json:"text"`
	Spot      int    `json:"spot"`
	Length    int    `json:"length"`
	CutBefore bool   `json:"cut_before,omitempty"`
	CutAfter  bool   `json:"cut_after,omitempty"`
}

// Of a line, this many bytes are kept before and after the spot.
const (
	textBefore = 400
	textAfter  = 400
)

// spot is where a line is wrong, and what would be right.
type spot struct {
	start, length int
	field, want   string
}

func newCheckedLine(line *excerptLine, fault parser.Fault, format *parser.Format) CheckedLine {
	s := findSpot(line.text, fault, format)
	from, to := max(0, s.start-textBefore), min(len(line.text), s.start+textAfter)
	return CheckedLine{
		Line: line.number, FromEnd: line.fromEnd, Column: s.start + 1, Field: s.field, Want: s.want,
		Text: string(line.text[from:to]), Spot: s.start - from, Length: min(s.length, to-s.start),
		CutBefore: from > 0, CutAfter: to < len(line.text),
	}
}

// findSpot narrows down what the parser says: to where the text after a value
// begins to differ, and to where JSON ends to be JSON.
func findSpot(line []byte, fault parser.Fault, format *parser.Format) spot {
	s := spot{start: fault.Offset, length: len(fault.Text), field: fault.Variable, want: fault.Want}
	if s.start+s.length >= len(line) {
		s.length = 0 // the rest of the line is not what is wrong
		if fault.Reason != parser.ReasonFormat && fault.Reason != parser.ReasonTrailing && fault.Reason != parser.ReasonJSON {
			s.length = len(fault.Text)
		}
	}
	switch {
	case fault.Reason == parser.ReasonJSON:
		s.narrowJSON(line)
	case strings.HasSuffix(fault.Want, " after it"):
		s.narrowLiteral(line, literalAfter(format.Text(), fault.Variable))
	default:
		s.moveToSpace(line, format.Text())
	}
	return s
}

// moveToSpace moves the spot to a space that the format does not have: a field
// between two spaces is read as empty there, and only the next one is odd.
func (s *spot) moveToSpace(line []byte, text string) {
	places := variablePattern.FindAllStringSubmatchIndex(text, -1)
	for i := 1; i < len(places); i++ {
		before, this := places[i-1], places[i]
		if variableAt(text, this) != s.field || text[before[1]:this[0]] != " " || before[0] == 0 || text[before[0]-1] != ' ' {
			continue
		}
		if s.start >= 2 && line[s.start-1] == ' ' && line[s.start-2] == ' ' {
			s.start, s.length = s.start-1, 1
			s.field = variableAt(text, before)
			s.want = "a value, found another space"
		}
		return
	}
}

// variableAt returns the name of a variable that variablePattern has found.
func variableAt(text string, place []int) string {
	return strings.Trim(text[place[0]:place[1]], "${}")
}

// narrowLiteral moves the spot from the start of a value to where the text that
// ends it is most nearly met.
func (s *spot) narrowLiteral(line []byte, literal string) {
	if literal == "" {
		return
	}
	best, length := -1, 0
	for at := s.start; at < len(line); at++ {
		if n := commonPrefix(line[at:], literal); n > length {
			best, length = at, n
		}
	}
	if best < 0 {
		return
	}
	found := line[best:min(len(line), best+len(literal))]
	s.start, s.length = best+length, 0
	s.want = fmt.Sprintf("%q after it, found %q", literal, found)
}

func commonPrefix(line []byte, literal string) (n int) {
	for n < len(line) && n < len(literal) && line[n] == literal[n] {
		n++
	}
	return n
}

// literalAfter returns the text between a variable of a format and the next
// one; empty where the format ends with the variable.
func literalAfter(text, variable string) string {
	for _, place := range variablePattern.FindAllStringSubmatchIndex(text, -1) {
		if variableAt(text, place) == variable {
			literal, _, _ := strings.Cut(text[place[1]:], "$")
			return literal
		}
	}
	return ""
}

var keyPattern = regexp.MustCompile(`"([A-Za-z0-9_.@-]+)"\s*:`)

// narrowJSON moves the spot to where the line stops being JSON, and names the
// key before it.
func (s *spot) narrowJSON(line []byte) {
	var value map[string]any
	err := json.Unmarshal(line, &value)
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) {
		return
	}
	s.start, s.length = min(max(0, int(syntax.Offset)-1), len(line)), 0
	if bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
		s.want += ": " + syntax.Error()
		if keys := keyPattern.FindAllSubmatch(line[:s.start], -1); len(keys) > 0 {
			s.field = string(keys[len(keys)-1][1])
		}
	}
}
