// Command sonicloop is the least that a program can do that decodes each line
// of a JSON log with sonic: it reads the same blocks as replay does, on as many
// workers, decodes each line into a struct of strings, and drops it. It prints
// how many lines it has decoded.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"github.com/bytedance/sonic/decoder"

	"github.com/splitgauge/splitgauge/tailer"
)

// A record has the fields of the JSON log that a report is made of.
type record struct {
	TimeISO8601          string `json:"time_iso8601"`
	Msec                 string `json:"msec"`
	RemoteAddr           string `json:"remote_addr"`
	Host                 string `json:"host"`
	Request              string `json:"request"`
	Status               string `json:"status"`
	BodyBytesSent        string `json:"body_bytes_sent"`
	RequestTime          string `json:"request_time"`
	UpstreamAddr         string `json:"upstream_addr"`
	UpstreamStatus       string `json:"upstream_status"`
	UpstreamConnectTime  string `json:"upstream_connect_time"`
	UpstreamHeaderTime   string `json:"upstream_header_time"`
	UpstreamResponseTime string `json:"upstream_response_time"`
	UpstreamCacheStatus  string `json:"upstream_cache_status"`
	Variant              string `json:"variant"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sonicloop FILE")
		os.Exit(2)
	}
	lines, err := decodeFile(os.Args[1], runtime.GOMAXPROCS(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "sonicloop:", err)
		os.Exit(1)
	}
	fmt.Println(lines)
}

// decodeFile decodes every line of a file and returns how many there were.
func decodeFile(name string, workers int) (lines int, err error) {
	config := tailer.Config{}
	sources, failures := tailer.Discover([]string{name}, config, tailer.Events{})
	if len(failures) > 0 {
		return 0, failures[0]
	}
	archive := tailer.NewArchive(sources, config)
	defer archive.Close()

	counts, failed := make([]int, workers), make([]error, workers)
	var running sync.WaitGroup
	for i := range workers {
		running.Go(func() { counts[i], failed[i] = decodeBatches(archive) })
	}
	running.Wait()
	for _, count := range counts {
		lines += count
	}
	return lines, errors.Join(failed...)
}

// decodeBatches is one worker.
func decodeBatches(archive *tailer.Archive) (lines int, err error) {
	json := decoder.NewDecoder("")
	var fields record
	for {
		batch, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
			if defect != tailer.Whole {
				return lines, fmt.Errorf("line %d of a batch is not whole", batch.Lines())
			}
			fields = record{}
			json.Reset(unsafe.String(unsafe.SliceData(line), len(line)))
			if err := json.Decode(&fields); err != nil {
				return lines, err
			}
			if err := json.CheckTrailings(); err != nil {
				return lines, err
			}
			lines++
		}
		batch.Release()
	}
}
