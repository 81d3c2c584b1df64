package tailer

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// benchPoll is how often all tails of a benchmark look.
const benchPoll = 2 * time.Millisecond

// processorTime returns what the process has used, in both modes.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// eachBurst appends lines as a log grows at 50 000 lines a second, as seen ten
// times a second, and has them read; it reports processor time per line.
func eachBurst(b *testing.B, start func(name string) (read func(lines int), stop func())) {
	const lines = 5000
	name := filepath.Join(b.TempDir(), "access.log")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	text := strings.Repeat(strings.Repeat("x", 200)+"\n", lines)
	read, stop := start(name)
	defer stop()
	burst := func() {
		if _, err := file.WriteString(text); err != nil {
			b.Fatal(err)
		}
		read(lines)
	}
	burst() // what is there first may be read otherwise
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		burst()
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N*lines), "cpu-ns/line")
}

func BenchmarkBareTail(b *testing.B) {
	eachBurst(b, func(name string) (func(int), func()) {
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		t, err := startTail(file, 0, benchPoll)
		if err != nil {
			b.Fatal(err)
		}
		read := func(lines int) {
			for range lines {
				<-t.lines
			}
		}
		return read, func() { t.stop(); file.Close() }
	})
}

func BenchmarkFollow(b *testing.B) {
	eachBurst(b, func(name string) (func(int), func()) {
		f, err := Follow(name, nil, false, FollowConfig{Poll: benchPoll}, FollowEvents{})
		if err != nil {
			b.Fatal(err)
		}
		place := &Place{}
		read := func(lines int) {
			for lines > 0 {
				batch, err := f.Next(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				for _, _, ok := batch.Next(); ok; _, _, ok = batch.Next() {
					lines--
				}
				batch.Release()
				f.Place(place)
			}
			// What is there when Next is called is read in blocks; nxadm/tail reads
			// what comes while Next waits.
			ctx, cancel := context.WithTimeout(context.Background(), benchPoll)
			defer cancel()
			if _, err := f.Next(ctx); err != ctx.Err() {
				b.Fatal(err)
			}
		}
		return read, f.Close
	})
}
