package parser

import "testing"

func TestDetect(t *testing.T) {
	combined := mustCompile(t, CombinedText, Options{Name: "combined"})
	common := mustCompile(t, CommonText, Options{Name: "common"})
	object := mustJSON(t, Options{})
	short := mustCompile(t, `$remote_addr $body_bytes_sent`, Options{Name: "short"})
	long := mustCompile(t, `$remote_addr $request_time`, Options{Name: "long"})
	rich := mustCompile(t, `$remote_addr $status`, Options{Name: "rich"})
	poor := mustCompile(t, `$pipe $status`, Options{Name: "poor"})
	all := []*Format{combined, common, object}
	const (
		combinedLine = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "agent"`
		commonLine   = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12`
		objectLine   = `{"status":200}`
	)
	tests := []struct {
		name       string
		lines      []string
		candidates []*Format
		want       *Format
		fits       int
		ok         bool
	}{
		{"combined", []string{combinedLine, combinedLine}, all, combined, 2, true},
		{"common", []string{commonLine, commonLine}, all, common, 2, true},
		{"json", []string{objectLine}, all, object, 1, true},
		{"order of candidates does not matter", []string{combinedLine}, []*Format{object, common, combined}, combined, 1, true},
		{"most lines", []string{combinedLine, objectLine, commonLine, commonLine}, all, common, 2, true},
		{"requests where none parses whole", []string{combinedLine[:len(combinedLine)-1], objectLine + "x"}, all, combined, 0, true},
		{"requests decide among as many parsed", []string{combinedLine, commonLine, objectLine}, []*Format{object, common}, common, 1, true},
		{"fields decide among as many requests", []string{`10.0.0.1 200`}, []*Format{poor, rich}, rich, 1, true},
		{"the first of equals", []string{`10.0.0.1 12`}, []*Format{short, long}, short, 1, true},
		{"the first of equals, reversed", []string{`10.0.0.1 12`}, []*Format{long, short}, long, 1, true},
		{"nothing fits", []string{"hello", ""}, all, combined, 0, false},
		{"no lines", nil, all, combined, 0, false},
		{"no candidates", []string{combinedLine}, nil, nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lines [][]byte
			for _, line := range tt.lines {
				lines = append(lines, []byte(line))
			}
			best, fits, ok := Detect(lines, tt.candidates)
			name := func(f *Format) string {
				if f == nil {
					return "none"
				}
				return f.Name()
			}
			// Where nothing fits, which format comes back says nothing.
			if fits != tt.fits || ok != tt.ok || best != tt.want && tt.ok {
				t.Errorf("Detect = %s, %d, %t, want %s, %d, %t", name(best), fits, ok, name(tt.want), tt.fits, tt.ok)
			}
		})
	}
}
