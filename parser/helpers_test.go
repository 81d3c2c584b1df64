package parser

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// describe writes an entry as text: all that it has, in one order, and nothing
// of what it has not. It copies what it shows.
func describe(e *Entry) string {
	var text strings.Builder
	show := func(format string, args ...any) {
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		fmt.Fprintf(&text, format, args...)
	}
	showBytes := func(name string, value []byte) {
		if value != nil {
			show("%s=%q", name, value)
		}
	}
	if e.Time != NoTime {
		show("time=%s", time.UnixMilli(e.Time).UTC().Format("2006-01-02T15:04:05.000"))
	}
	if e.Status != Absent {
		show("status=%03d", e.Status)
	}
	if e.HasRequest {
		show("method=%s", e.Method)
	} else if e.Method != NoMethod {
		show("method=%s without HasRequest", e.Method)
	}
	showBytes("target", e.Target)
	showBytes("client", e.RemoteAddr)
	showBytes("host", e.Host)
	if e.BytesSent != Absent {
		show("bytes=%d", e.BytesSent)
	}
	if e.RequestTime != Absent {
		show("took=%d", e.RequestTime)
	}
	if e.HasVariant {
		show("variant=%q", e.Variant)
	} else if e.Variant != nil {
		show("variant=%q without HasVariant", e.Variant)
	}
	for i, value := range e.Values {
		showBytes(fmt.Sprintf("value%d", i), value)
	}
	for _, a := range e.Attempts {
		show("attempt(%s)", describeAttempt(a))
	}
	showBytes("cache", e.CacheStatus)
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"retried", e.Retried}, {"redirected", e.Redirected}, {"no-upstream", e.NoUpstream}, {"no-live-upstream", e.NoLiveUpstream},
	} {
		if flag.set {
			show("%s", flag.name)
		}
	}
	return text.String()
}

// describeAttempt writes server, status, connect, header and response time.
func describeAttempt(a Attempt) string {
	number := func(n int64) string {
		if n == Absent {
			return "-"
		}
		return fmt.Sprint(n)
	}
	status := "-"
	if a.Status != Absent {
		status = fmt.Sprintf("%03d", a.Status)
	}
	return fmt.Sprintf("%s %s %s %s %s", a.Server, status, number(a.ConnectTime), number(a.HeaderTime), number(a.ResponseTime))
}

// outcome is all that Parse says about a line.
type outcome struct {
	result Result
	reason string // of the fault; empty where the line is parsed
	entry  string // described; empty where the line is unparsed
}

func (o outcome) String() string {
	result := [...]string{Unparsed: "Unparsed", Partial: "Partial", Parsed: "Parsed"}[o.result]
	if o.reason != "" {
		result += "(" + o.reason + ")"
	}
	return result + " " + o.entry
}

// parse parses a copy of line, so that nothing can be read behind its end
// unnoticed by the race detector or the bounds check.
func parse(p *Parser, line string) outcome {
	var e Entry
	return parseInto(p, line, &e)
}

func parseInto(p *Parser, line string, e *Entry) outcome {
	text := []byte(line)
	o := outcome{result: p.Parse(text[:len(text):len(text)], e)}
	if o.result != Parsed {
		o.reason = p.Fault().Reason
	}
	if o.result != Unparsed {
		o.entry = describe(e)
	}
	return o
}

func mustCompile(t testing.TB, text string, options Options) *Format {
	t.Helper()
	f, err := Compile(text, options)
	if err != nil {
		t.Fatalf("Compile(%q): %v", text, err)
	}
	return f
}

func mustJSON(t testing.TB, options Options) *Format {
	t.Helper()
	f, err := JSON(options)
	if err != nil {
		t.Fatalf("JSON(%+v): %v", options, err)
	}
	return f
}

// lineTest is a line and what Parse says about it.
type lineTest struct {
	name string
	line string
	want outcome
}

// checkLines parses each line with a parser of its own.
func checkLines(t *testing.T, f *Format, tests []lineTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(f.NewParser(), tt.line); got != tt.want {
				t.Errorf("Parse(%q)\n got %v\nwant %v", tt.line, got, tt.want)
			}
		})
	}
}

// parsed, partial and unparsed are outcomes.
func parsed(entry string) outcome          { return outcome{Parsed, "", entry} }
func partial(reason, entry string) outcome { return outcome{Partial, reason, entry} }
func unparsed(reason string) outcome       { return outcome{Unparsed, reason, ""} }
