package parser

import (
	"fmt"
	"slices"
	"strings"
)

// The texts of the formats that need no configuration: nginx's own "combined",
// and the Common Log Format that it extends.
const (
	CombinedText = CommonText + ` "$http_referer" "$http_user_agent"`
	CommonText   = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`
)

// Options says how lines of a format are to be read, and what for.
type Options struct {
	// Name is what the format is called in reports; the text where empty.
	Name string

	// Escape is how values were written; JSON formats take EscapeJSON.
	Escape Escape

	// Variants are the variables that may hold the variant; the first that the
	// line has is taken.
	Variants []string

	// Host says that Entry.Host is wanted.
	Host bool

	// Values are variables whose values are wanted in Entry.Values.
	Values []string

	// UpstreamName is a variable that names the server of the last attempt, where
	// the line has a value of it, instead of $upstream_addr: a header of the
	// answer, say, where the address is that of a balancer in between.
	UpstreamName string

	// Keys maps, for JSON, an nginx variable or one of its usual other names to
	// the key that holds it. A dotted path names a key of a nested object.
	Keys map[string]string
}

// check refuses more names than there is room for.
func (o *Options) check() error {
	n := len(o.Variants) + len(o.Values)
	if o.UpstreamName != "" {
		n++
	}
	if n > maxFields-int(numFields) {
		return fmt.Errorf("cannot look for %d variables in a line: want at most %d", n, maxFields-int(numFields))
	}
	return nil
}

// upstreamName returns where the value of Options.UpstreamName goes; unused where
// there is none.
func (o *Options) upstreamName() field {
	if o.UpstreamName == "" {
		return unused
	}
	return numFields + field(len(o.Variants)+len(o.Values))
}

// Format says how to read the lines of one log_format. It is immutable.
type Format struct {
	options Options
	text    string
	lead    literal // before the first op
	ops     []op    // nil for JSON
	prefix  int     // how many ops make a line a request
	keys    *keyTable
}

// op reads a variable and the literal text after it.
type op struct {
	variable string
	target   uint8   // index of its value; 0, a place nobody reads, where it is not needed
	more     []uint8 // further indices
	field    field   // unused for variants, values and what is not measured
	width    int     // bytes of the usual value; 0 where that differs
	literal  literal
}

// Compile reads the text of a log_format: bare, as quoted pieces, or as the
// whole directive. It refuses a text in which a variable that is needed cannot
// be told from the one next to it.
func Compile(text string, options Options) (*Format, error) {
	plain, escape, err := unquoteFormat(text, options.Escape)
	if err != nil {
		return nil, err
	}
	plain = strings.TrimRight(plain, "\n")
	if line := strings.IndexByte(plain, '\n'); line >= 0 {
		return nil, fmt.Errorf("cannot use log_format: it has a line break at column %d, and a record of several lines cannot be read", line+1)
	}
	pieces, err := splitFormat(plain)
	if err != nil {
		return nil, err
	}
	if err := options.check(); err != nil {
		return nil, err
	}
	options.Escape = escape
	f := &Format{options: options, text: plain, lead: newLiteral("", escape)}
	if err := f.addOps(pieces); err != nil {
		return nil, err
	}
	if len(f.ops) == 0 {
		return nil, fmt.Errorf("cannot use log_format %q: it has no variable", firstRunes(plain, 60))
	}
	f.ops[len(f.ops)-1].widthToEnd()
	f.prefix = f.requestPrefix()
	return f, nil
}

// addOps turns pieces into ops.
func (f *Format) addOps(pieces []piece) error {
	used := usedVariables(pieces, &f.options)
	for i, p := range pieces {
		if p.variable == "" {
			if len(f.ops) == 0 {
				f.lead = newLiteral(p.literal, f.options.Escape)
			} else {
				f.ops[len(f.ops)-1].literal = newLiteral(p.literal, f.options.Escape)
			}
			continue
		}
		next := op{variable: p.variable, literal: newLiteral("", f.options.Escape)}
		if targets := used[p.variable]; len(targets) > 0 {
			next.target, next.more = targets[0], targets[1:]
			if targets[0] < uint8(numFields) {
				next.field = field(targets[0])
			}
			next.width = usualWidth(next.field)
			delete(used, p.variable) // where it stands twice, the first counts
		} else if slices.Contains(oneWordVariables, p.variable) {
			next.field = oneWord
		}
		if i == 0 || pieces[i-1].variable == "" {
			f.ops = append(f.ops, next)
			continue
		}
		before := &f.ops[len(f.ops)-1]
		if before.target != 0 || next.target != 0 {
			return fmt.Errorf("cannot tell $%s from $%s in log_format at column %d: nothing stands between them; put a space or a quote there",
				before.variable, p.variable, p.column)
		}
		before.variable = p.variable // two that nobody needs are as good as one
	}
	return nil
}

// widthToEnd takes the usual width off an op that nothing follows: its value
// goes to the end of the line.
func (o *op) widthToEnd() {
	if o.literal.text == "" {
		o.width = 0
	}
}

// usedVariables returns, for the variables of a format that are needed, where
// their values go. Of variables that say the same, the best one is needed.
func usedVariables(pieces []piece, o *Options) map[string][]uint8 {
	has := func(name string) bool {
		return slices.ContainsFunc(pieces, func(p piece) bool { return p.variable == name })
	}
	used := make(map[string][]uint8)
	for _, alternatives := range [...][]field{
		{remoteAddr}, {statusField}, {msec, timeISO8601Field, timeLocalField}, {bodyBytesSent, bytesSent}, {requestTime},
		hostFields(o), {upstreamAddr}, {upstreamStatus}, {upstreamConnectTime}, {upstreamHeaderTime},
		{upstreamResponseTime}, {upstreamCacheStatus},
	} {
		for _, field := range alternatives {
			if name := variableOf(field); has(name) {
				used[name] = append(used[name], uint8(field))
				break
			}
		}
	}
	if has("request") {
		used["request"] = []uint8{uint8(request)}
	} else {
		for _, field := range [...]field{requestMethod, requestURI, uri} {
			used[variableOf(field)] = []uint8{uint8(field)}
		}
	}
	for i, name := range o.Variants {
		if has(name) {
			used[name] = append(used[name], uint8(numFields)+uint8(i))
			break
		}
	}
	for i, name := range o.Values {
		used[name] = append(used[name], uint8(numFields)+uint8(len(o.Variants)+i))
	}
	if f := o.upstreamName(); f != unused {
		used[o.UpstreamName] = append(used[o.UpstreamName], uint8(f))
	}
	return used
}

// hostFields are the fields that say the host, where it is wanted.
func hostFields(o *Options) []field {
	if !o.Host {
		return nil
	}
	return []field{host, httpHost, serverName}
}

// usualWidth returns how many bytes a field's value mostly has, for a first
// guess at its end.
func usualWidth(f field) int {
	switch f {
	case statusField:
		return len("200")
	case timeLocalField:
		return len(timeLocal)
	case timeISO8601Field:
		return len(timeISO8601)
	}
	return 0
}

// requestPrefix returns how many ops have to match for a line to be a request:
// up to and including $status, in a format without it up to its last literal.
func (f *Format) requestPrefix() int {
	for i, op := range f.ops {
		if op.field == statusField {
			return i + 1
		}
	}
	return len(f.ops)
}

// Name returns what the format is called.
func (f *Format) Name() string {
	if f.options.Name != "" {
		return f.options.Name
	}
	return f.text
}

// Escape returns how the format writes values.
func (f *Format) Escape() Escape { return f.options.Escape }

// Text returns the log_format's text; it is empty for JSON told by its keys.
func (f *Format) Text() string { return f.text }

// measured returns how many fields the format has that are used; for JSON, 0:
// what a line has is known only when it is read.
func (f *Format) measured() (n int) {
	for _, op := range f.ops {
		if op.target != 0 {
			n += 1 + len(op.more)
		}
	}
	return n
}
