package agent

import (
	"testing"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// FuzzCheckedLine holds every spot to lie within its line, whatever the line and
// the format.
func FuzzCheckedLine(f *testing.F) {
	for _, seed := range []struct{ format, line string }{
		{parser.CombinedText, `192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl`},
		{`$status|$http_user_agent|$request_time`, `200|a|b|c`},
		{`{"status":"$status"}`, `{"status":200}`},
		{`$upstream_addr $upstream_status ${upstream_response_time}x`, `a, b 200 0.1, `},
		{`"$request"`, `"\"`},
		{`x $status`, ``},
	} {
		for escape := range byte(3) {
			f.Add(seed.format, seed.line, escape)
		}
	}
	f.Fuzz(func(t *testing.T, text, line string, escape byte) {
		if len(text) > 1000 || len(line) > 2000 {
			return
		}
		format, err := parser.Compile(text, parser.Options{Escape: parser.Escape(escape % 3)})
		if err != nil {
			return
		}
		p := format.NewParser()
		var entry parser.Entry
		if p.Parse([]byte(line), &entry) == parser.Parsed {
			return
		}
		got := newCheckedLine(&excerptLine{[]byte(line), tailer.Whole, 1, 0}, p.Fault(), format)
		if got.Spot < 0 || got.Length < 0 || got.Spot+got.Length > len(got.Text) || got.Column < 1 || got.Column > len(line)+1 || got.Want == "" {
			t.Errorf("%q by %q gives %+v", line, text, got)
		}
		slips(format.Text(), format.Escape())
	})
}
