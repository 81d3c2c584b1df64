package parser

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The reference is what the package says it does, done in the plainest way: all
// ways to place the literals are tried in order, without memory of what failed;
// values are read with regular expressions. It takes of a compiled format only
// its text.

// refOp is a variable and the literal after it.
type refOp struct{ variable, literal string }

// reference parses lines of one format.
type reference struct {
	escape   Escape
	lead     string
	ops      []refOp
	variants []string
	values   []string
	steps    int // how many more ends may be tried
}

var refVariable = regexp.MustCompile(`\$(\w+)`)

func newReference(text string, options Options) *reference {
	r := &reference{escape: options.Escape, variants: options.Variants, values: options.Values}
	places := refVariable.FindAllStringSubmatchIndex(text, -1)
	r.lead = text[:places[0][0]]
	for i, place := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		r.ops = append(r.ops, refOp{text[place[2]:place[3]], text[place[1]:end]})
	}
	return r
}

// refMaxSteps bounds the exponential search.
const refMaxSteps = 300_000

// parse returns what Parse has to return; ok is false where that takes too long.
func (r *reference) parse(line string) (o outcome, ok bool) {
	if line == "" {
		return unparsed(ReasonEmpty), true
	}
	if !strings.HasPrefix(line, r.lead) {
		return unparsed(ReasonFormat), true
	}
	r.steps = refMaxSteps
	prefix := len(r.ops)
	if status := slices.IndexFunc(r.ops, func(op refOp) bool { return op.variable == "status" }); status >= 0 {
		prefix = status + 1
	}
	if found, _, ok := r.way(line, len(r.lead), 0, len(r.ops), true, true); ok {
		return r.outcome(found, false), r.steps > 0
	}
	for _, strict := range []bool{true, false} {
		if found, end, ok := r.way(line, len(r.lead), 0, prefix, strict, false); ok {
			rest, trailing := r.rest(line, end, prefix)
			return r.outcome(append(found, rest...), trailing), r.steps > 0
		}
	}
	return unparsed(ReasonFormat), r.steps > 0
}

// way returns the values of ops[i:n] on the first way through the line from
// position on, and where the last one ends.
func (r *reference) way(line string, position, i, n int, strict, whole bool) (found []string, end int, ok bool) {
	op, last := r.ops[i], i == n-1
	for _, end := range r.ends(line, position, op, last && !whole) {
		if r.steps--; r.steps < 0 {
			return nil, 0, false
		}
		value := line[position:end]
		if !(r.possible(i, value) || !strict && op.variable != "status") {
			continue
		}
		behind := end + len(op.literal)
		if last {
			if !whole || behind == len(line) {
				return []string{value}, end, true
			}
			continue
		}
		if found, end, ok := r.way(line, behind, i+1, n, strict, whole); ok {
			return append([]string{value}, found...), end, true
		}
	}
	return nil, 0, false
}

// ends returns where a value of op that starts at position can end, the nearest
// first. The last one of a request, its status, needs nothing after it.
func (r *reference) ends(line string, position int, op refOp, open bool) (ends []int) {
	rest := line[position:]
	if open && op.variable == "status" {
		switch {
		case regexp.MustCompile(`^\d{3}(\D|$)`).MatchString(rest):
			return []int{position + 3}
		case strings.HasPrefix(rest, "-") && (len(rest) == 1 || op.literal != "" && strings.HasPrefix(rest[1:], op.literal)):
			return []int{position + 1}
		case op.literal != "" && strings.HasPrefix(rest, op.literal), op.literal == "" && rest == "":
			return []int{position}
		}
		return nil
	}
	if op.literal == "" {
		return []int{len(line)}
	}
	for end := position; end < len(line); end++ {
		stands := strings.HasPrefix(line[end:], op.literal)
		if op.literal[0] != '"' || r.escape == EscapeNone {
			if stands {
				ends = append(ends, end)
			}
			continue
		}
		before := line[:end]
		escaped := (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
		if line[end] != '"' || escaped {
			continue
		}
		if stands {
			ends = append(ends, end)
		}
		break // a value that a quote ends has none of its own
	}
	return ends
}

// rest returns the values of ops[n:], as far as they match, and whether
// something is left that does not.
func (r *reference) rest(line string, end, n int) (found []string, trailing bool) {
	for i := n - 1; ; i++ {
		if !strings.HasPrefix(line[end:], r.ops[i].literal) {
			return found, true
		}
		position := end + len(r.ops[i].literal)
		if i == len(r.ops)-1 {
			return found, position < len(line)
		}
		ends := r.ends(line, position, r.ops[i+1], false)
		if len(ends) == 0 {
			return found, true
		}
		end = ends[0]
		possible := slices.IndexFunc(ends, func(end int) bool { return r.possible(i+1, line[position:end]) })
		if possible >= 0 {
			end = ends[possible]
		} else if r.ops[i+1].literal == "" { // more fields than the format has
			if word, _, cut := strings.Cut(line[position:], " "); cut && word != "" && r.possible(i+1, word) {
				end = position + len(word)
			}
		}
		found = append(found, line[position:end])
	}
}

// possible reports whether a value is one that the i-th variable can have, which
// counts where it is measured.
func (r *reference) possible(i int, value string) bool {
	name := r.ops[i].variable
	first := slices.IndexFunc(r.ops, func(op refOp) bool { return op.variable == name })
	return first != i || !r.measured(name) || refPossible(name, value)
}

// measured reports whether a variable is read: of those that say the same, one.
func (r *reference) measured(name string) bool {
	for _, same := range [][]string{{"msec", "time_iso8601", "time_local"}, {"body_bytes_sent", "bytes_sent"}} {
		for _, variable := range same {
			if slices.ContainsFunc(r.ops, func(op refOp) bool { return op.variable == variable }) {
				if slices.Contains(same, name) {
					return name == variable
				}
				break
			}
		}
	}
	return true
}

var (
	refStatus  = regexp.MustCompile(`^\d{3}$`)
	refDigits  = regexp.MustCompile(`^\d{1,17}$`)
	refSeconds = regexp.MustCompile(`^\d{1,14}(\.\d+)?$`)
	refMillis  = regexp.MustCompile(`^\d{13}$`)
	refLocal   = regexp.MustCompile(`^\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-](0\d|1[0-5])[0-5]\d$`)
	refISO     = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-](0\d|1[0-5]):?[0-5]\d)$`)
	refServer  = regexp.MustCompile(`(?s)^(unix:.*|.+:\d+)$`)
	refSplit   = regexp.MustCompile(`, | : `)
	refMethod  = regexp.MustCompile(`(?s)^([A-Z_-]+) (.*)$`)
)

func refAbsent(value string) bool { return value == "" || value == "-" }

// refPossible reports whether a value is one that a variable can have.
func refPossible(variable, value string) bool {
	if refAbsent(value) {
		return true
	}
	elements := func(ok func(string) bool) bool {
		for _, element := range refSplit.Split(value, -1) {
			if !refAbsent(element) && !ok(element) {
				return false
			}
		}
		return true
	}
	latency := func(text string) bool {
		return refSeconds.MatchString(text) && refMilliseconds(text) <= 365*24*3600*1000
	}
	switch variable {
	case "remote_addr":
		return !strings.Contains(value, " ")
	case "status":
		return refStatus.MatchString(value)
	case "body_bytes_sent", "bytes_sent":
		return refDigits.MatchString(value)
	case "request_time":
		return latency(value)
	case "msec", "time_iso8601", "time_local":
		_, ok := refTime(variable, value)
		return ok
	case "upstream_cache_status":
		return !strings.ContainsAny(value, " ,")
	case "upstream_addr":
		return elements(func(element string) bool { return !strings.ContainsAny(element, " ,") })
	case "upstream_status":
		return elements(refStatus.MatchString)
	case "upstream_connect_time", "upstream_header_time", "upstream_response_time":
		return elements(latency)
	}
	return true
}

// refMilliseconds reads decimal seconds, rounded half up.
func refMilliseconds(text string) int64 {
	seconds, fraction, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(seconds+(fraction + "000")[:3], 10, 64)
	if len(fraction) > 3 && fraction[3] >= '5' {
		n++
	}
	return n
}

// refTime reads a time with the time package.
func refTime(variable, text string) (ms int64, ok bool) {
	layout := "02/Jan/2006:15:04:05 -0700"
	switch variable {
	case "msec":
		if refMillis.MatchString(text) {
			ms, err := strconv.ParseInt(text, 10, 64)
			return ms, err == nil
		}
		return refMilliseconds(text), refSeconds.MatchString(text)
	case "time_local":
		if !refLocal.MatchString(text) {
			return 0, false
		}
	default:
		if !refISO.MatchString(text) {
			return 0, false
		}
		layout = "2006-01-02T15:04:05Z0700"
		text = strings.ToUpper(strings.Replace(text, " ", "T", 1))
		if text[len(text)-3] == ':' {
			text = text[:len(text)-3] + text[len(text)-2:]
		}
	}
	leap := int64(0)
	if at := strings.LastIndex(text, ":60"); at == 16 || at == 17 {
		text, leap = text[:at]+":59"+text[at+3:], 1000
	}
	date, err := time.Parse(layout, text)
	if err != nil || date.Year() == 0 {
		return 0, false
	}
	return date.Round(time.Millisecond).UnixMilli() + leap, true
}
