package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"

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

// findSpot returns the spot of a line that somebody with the format in hand
// would point at; where there is no such, the one that the parser says.
func findSpot(line []byte, fault parser.Fault, format *parser.Format) spot {
	s := spot{start: fault.Offset, length: len(fault.Text), field: fault.Variable, want: fault.Want}
	switch {
	case fault.Reason == parser.ReasonTooLong, fault.Reason == parser.ReasonEmpty:
		s.length = 0
	case fault.Reason == parser.ReasonJSON:
		s.narrowJSON(line)
	case format.Text() == "":
	case bytes.HasPrefix(line, []byte("{")) && !jsonShaped(format.Text()):
		_, all := steps(format.Text())
		s = spot{field: all[0].variable, want: "the text of the format, found JSON"}
	default:
		if found, ok := walk(line, format); ok {
			return found
		}
	}
	return s
}

var keyPattern = regexp.MustCompile(`"([A-Za-z0-9_.@-]+)"\s*:`)

// narrowJSON moves the spot to where the line stops being JSON, and names the
// key before it.
func (s *spot) narrowJSON(line []byte) {
	s.length = 0
	var value map[string]any
	err := json.Unmarshal(line, &value)
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) {
		return
	}
	s.start = min(max(0, int(syntax.Offset)-1), len(line))
	if bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
		s.want += ": " + syntax.Error()
		if keys := keyPattern.FindAllSubmatch(line[:s.start], -1); len(keys) > 0 {
			s.field = string(keys[len(keys)-1][1])
		}
	}
}
