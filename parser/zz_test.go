package parser

import (
	"bytes"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

func BenchmarkZ(b *testing.B) {
	for _, format := range []loggen.Format{loggen.Combined, loggen.Extended, loggen.JSON} {
		generator, _ := loggen.New(loggen.Config{Seed: 1, Lines: 4096, Format: format})
		var log bytes.Buffer
		generator.WriteTo(&log)
		lines := bytes.Split(bytes.TrimSuffix(log.Bytes(), []byte("\n")), []byte("\n"))
		var f *Format
		if format == loggen.JSON {
			f, _ = JSON(Options{Variants: []string{"variant"}})
		} else {
			f, _ = Compile(format.Text(), Options{Variants: []string{"variant"}})
		}
		p := f.NewParser()
		var e Entry
		for _, set := range []struct {
			name string
			n    int
		}{{"1", 1}, {"4096", 4096}} {
			b.Run(format.String()+"/index"+set.name, func(b *testing.B) {
				var m marks
				for i := 0; b.Loop(); i++ {
					m.index(lines[i%set.n], '"', ' ')
				}
			})
			b.Run(format.String()+"/match"+set.name, func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if p.json != nil {
						p.json.scan(lines[i%set.n])
					} else {
						p.text.matchFirst(lines[i%set.n])
					}
				}
			})
			b.Run(format.String()+"/parse"+set.name, func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					p.Parse(lines[i%set.n], &e)
				}
			})
		}
	}
}
