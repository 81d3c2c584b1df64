package parser

import (
	"bytes"
	"strings"
	"testing"
)

// readBySonic reads a line with sonic alone, as the last resort of Parse does;
// ok is false where sonic rejects it.
func readBySonic(p *Parser, line []byte) (o outcome, ok bool) {
	r := p.json
	line = bytes.TrimLeft(bytes.TrimPrefix(line, []byte("\ufeff")), " \t\r\n")
	if len(line) == 0 || line[0] != '{' {
		return o, false
	}
	r.line = line
	if !r.decode(line) {
		return o, false
	}
	if !r.has(statusField) && !r.has(request) && !r.has(requestMethod) {
		return unparsed(ReasonJSON), true
	}
	var e Entry
	o.result = Partial
	if r.fill(&e) {
		o.result = Parsed
	} else {
		o.reason = r.oddity().reason
	}
	o.entry = describe(&e)
	return o, true
}

// everyJSONKey asks for the value of every key as it stands in the line.
func everyJSONKey() Options {
	options := Options{Host: true, Variants: []string{"variant", "x"}, Values: []string{"x", "y"}, Keys: map[string]string{"y": "nested.y"}}
	for _, v := range variables {
		options.Values = append(options.Values, v.name)
	}
	return options
}

// FuzzJSONAgainstSonic holds the readers of JSON lines against sonic: what sonic
// accepts has sonic's values, what it rejects is not taken by the fast reader, and
// no line has an influence on another.
func FuzzJSONAgainstSonic(f *testing.F) {
	format := mustJSON(f, everyJSONKey())
	used := format.NewParser() // by all inputs
	f.Add([]byte(`{"status":200}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) > 1000 {
			return
		}
		text := string(line)
		want := parse(format.NewParser(), text)
		bySonic, accepted := readBySonic(format.NewParser(), bytes.Clone(line))
		if accepted && want != bySonic {
			t.Errorf("Parse(%q)\n got %v\nwant %v as sonic", text, want, bySonic)
		}
		if !accepted && format.NewParser().json.scan(bytes.Clone(line)) {
			t.Errorf("scan accepts %q, which sonic rejects", text)
		}
		check := func(p *Parser, after string) {
			t.Helper()
			if got := parse(p, text); got != want {
				t.Errorf("Parse(%q) after %q\n got %v\nwant %v", text, after, got, want)
			}
		}
		check(used, "the inputs before")
		check(used, "itself")
		for _, before := range []string{
			`{"status":404,"x":"before","nested":{"y":1},"upstream_addr":"a:1, b:2"}`, // sonic's
			`{"status":404,"x":"before","request":"GET / HTTP/1.1"}`,                  // scanned
			`{"status":404,"x":"before","urt":}`,                                      // repaired
			`{"status":404,"x":"before`,                                               // broken
			strings.ReplaceAll(text, `":"`, `":"longer `),                             // of the same layout
			strings.NewReplacer("0", "", "1", "22").Replace(text),
		} {
			p := format.NewParser()
			parse(p, before)
			check(p, before)
			check(p, before+" and itself")
		}
	})
}
