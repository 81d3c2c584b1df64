package tailer

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

func combinedLog(lines int) []byte {
	var log bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&log, "10.%d.%d.%d - - [25/Nov/2026:10:%02d:%02d +0000] \"GET /api/v1/users/%d/orders?page=%d HTTP/1.1\" 200 %d \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/133.0\" 0.%03d .one\n",
			i%7, i%251, i%241, i/60%60, i%60, i*7919%100000, i%9, i*31%50000, i%1000)
	}
	return log.Bytes()
}

func BenchmarkArchive(b *testing.B) {
	log := combinedLog(500_000)
	for _, file := range []struct {
		name    string
		content []byte
	}{
		{"plain", log}, {"gzip", gzipped(b, log)}, {"zstd", zstded(b, log)},
	} {
		b.Run(file.name, func(b *testing.B) {
			path := writeFile(b, b.TempDir(), "access.log", file.content)
			sources, _ := Discover([]string{path}, Config{}, Events{})
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				a := NewArchive(sources, Config{})
				var total int64
				for {
					batch, err := a.Next()
					if err == io.EOF {
						break
					}
					total += batch.Bytes()
					batch.Release()
				}
				if total != int64(len(log)) || len(a.Failures()) > 0 {
					b.Fatal("not read whole", a.Failures())
				}
			}
		})
	}
}
