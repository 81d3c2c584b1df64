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
		{"plain", log},
		{"gzip", gzipped(b, log)},
		{"zstd", zstded(b, log)},
		{"array", jsonArray(200_000)},
		{"concatenated", bytes.ReplaceAll(bytes.Trim(jsonArray(200_000), "[]"), []byte("},{"), []byte("}{"))},
		{"wrapped", append(append([]byte(`{"logs":`), jsonArray(200_000)...), '}')},
	} {
		b.Run(file.name, func(b *testing.B) {
			path := writeFile(b, b.TempDir(), "access.log", file.content)
			sources, _ := Discover([]string{path}, Config{}, Events{})
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
				if total < int64(len(file.content)) || len(a.Failures()) > 0 {
					b.Fatal("not read whole", a.Failures())
				}
				b.SetBytes(total)
			}
		})
	}
}

func jsonArray(records int) []byte {
	var array bytes.Buffer
	for i := range records {
		fmt.Fprintf(&array, `,{"time":"2026-11-25T10:%02d:%02d+00:00","remote_addr":"10.%d.%d.%d","method":"GET","uri":"/api/v1/users/%d/orders","args":"page=%d","status":200,"body_bytes_sent":%d,"request_time":0.%03d,"upstream_addr":"10.0.0.%d:8080","upstream_status":"200","upstream_response_time":"0.0%02d","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/133.0","http_referer":"https://shop.example/","variant":".one"}`,
			i/60%60, i%60, i%7, i%251, i%241, i*7919%100000, i%9, i*31%50000, i%1000, i%4, i%100)
	}
	return append(append([]byte{'['}, array.Bytes()[1:]...), ']')
}
