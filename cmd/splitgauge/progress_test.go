package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		done, total int64
		elapsed     time.Duration
		width       int
		want        string
	}{
		{512 * mib, 1024 * mib, 4 * time.Second, 60, "[###############...............]  50 %  128.0 MiB/s  4s left"},
		{512 * mib, 1024 * mib, 4 * time.Second, 40, "[#####.....]  50 %  128.0 MiB/s  4s left"},
		{512 * mib, 1024 * mib, 4 * time.Second, 39, "  50 %  128.0 MiB/s  4s left"},
		{512 * mib, 1024 * mib, 4 * time.Second, 20, "  50 %  128.0 MiB/s "},
		{512 * mib, 1024 * mib, 4 * time.Second, 0, ""},
		{512 * mib, 1024 * mib, 4 * time.Second, -1, ""},
		{0, 1024 * mib, time.Second, 60, "[...........................................]   0 %  0.0 B/s"},
		{1024 * mib, 1024 * mib, time.Second, 60, "[################################] 100 %  1.0 GiB/s  0s left"},
		{2048 * mib, 1024 * mib, time.Second, 60, "[################################] 100 %  2.0 GiB/s  0s left"}, // it grew
		{3 * mib, 0, 2 * time.Second, 60, "3.0 MiB read  1.5 MiB/s"},
		{0, 0, time.Second, 60, "0.0 B read  0.0 B/s"},
		{5 << 50, 0, time.Second, 60, "5120.0 TiB read  5120.0 TiB/s"},
		{1 << 40, 4 << 40, time.Hour, 70, "[#########...........................]  25 %  291.3 MiB/s  3h0m0s left"},
	} {
		got := progressLine(test.done, test.total, test.elapsed, test.width)
		if got != test.want {
			t.Errorf("%d of %d in %v, %d wide:\ngot  %q\nwant %q", test.done, test.total, test.elapsed, test.width, got, test.want)
		}
	}
}

func TestProgressLineFits(t *testing.T) {
	for width := -1; width < 200; width++ {
		for _, total := range []int64{0, 1, 1000, 1 << 62} {
			for _, share := range []int64{0, 1, 3, 4, 5} {
				for _, elapsed := range []time.Duration{time.Nanosecond, time.Second, 1000 * time.Hour} {
					got := progressLine(total/4*share, total, elapsed, width)
					if len(got) > max(0, width) || strings.Trim(got, " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz") != "" {
						t.Fatalf("%d/4 of %d in %v, %d wide: %q", share, total, elapsed, width, got)
					}
				}
			}
		}
	}
	if got := progressLine(1, 1<<60, time.Second, 80); strings.Contains(got, "left") {
		t.Errorf("with nearly nothing done it knows what is left: %q", got)
	}
}

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	bar := &progressBar{out: &out, width: 61, started: now, now: func() time.Time { return now }}
	steps := []struct {
		after time.Duration
		shown bool
	}{{0, false}, {400 * time.Millisecond, false}, {100 * time.Millisecond, true}, {50 * time.Millisecond, false}, {50 * time.Millisecond, true}}
	for i, step := range steps {
		out.Reset()
		now = now.Add(step.after)
		bar.show(int64(i), 10)
		if shown := out.Len() > 0; shown != step.shown {
			t.Errorf("step %d: shown %v, want %v", i, shown, step.shown)
		}
	}
	if got := out.String(); !strings.HasPrefix(got, "\r[") || !strings.HasSuffix(got, "\x1b[K") || strings.Contains(got, "\n") {
		t.Errorf("it is drawn as %q", got)
	}
	out.Reset()
	bar.clear()
	if out.String() != "\r\x1b[K" {
		t.Errorf("it is taken away by %q", out.String())
	}
}

func TestNoProgressWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	bar := newProgressBar(&out)
	if bar.callback() != nil {
		t.Error("it would be drawn")
	}
	if bar.clear(); out.Len() > 0 {
		t.Errorf("it wrote %q", out.String())
	}
}
