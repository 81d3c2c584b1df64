package nginxconf

import (
	"math"
	"testing"
	"time"
)

// What is taken and what is not was compared with nginx 1.22.1.
func TestParseTime(t *testing.T) {
	const bad = -1
	tests := []struct {
		text         string
		milliseconds bool
		want         time.Duration
	}{
		{"30", false, 30 * time.Second},
		{"30s", false, 30 * time.Second},
		{"1m30", false, 90 * time.Second},
		{"1h 30m", false, 90 * time.Minute},
		{"1m  30s", false, 90 * time.Second},
		{"30 ", false, 30 * time.Second},
		{"1y1M", false, (365 + 30) * 24 * time.Hour},
		{"1w2d", false, 9 * 24 * time.Hour},
		{"0", false, 0},
		{"300y", false, math.MaxInt64},
		{"99999999999", false, math.MaxInt64},
		{"100ms", true, 100 * time.Millisecond},
		{"1s500ms", true, 1500 * time.Millisecond},
		{"5", true, 5 * time.Second},
		{"100ms", false, bad},
		{"1ms1s", true, bad},
		{"1h1h", false, bad},
		{"1s1h", false, bad},
		{"1 h", false, bad},
		{"1S", false, bad},
		{"1x", false, bad},
		{"m", false, bad},
		{"", false, bad},
		{"-1", false, bad},
		{"99999999999999999999", false, bad},
	}
	for _, test := range tests {
		got, ok := parseTime(test.text, test.milliseconds)
		if ok != (test.want != bad) || ok && got != test.want {
			t.Errorf("parseTime(%q, %t) = %v, %t; want %v", test.text, test.milliseconds, got, ok, test.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	const bad = -1
	tests := []struct {
		text string
		want int
	}{
		{"0", 0}, {"512", 512}, {"32k", 32 << 10}, {"1K", 1 << 10}, {"2m", 2 << 20}, {"3M", 3 << 20},
		{"", bad}, {"k", bad}, {"1g", bad}, {"-1", bad}, {"1.5k", bad}, {"1kk", bad}, {"9223372036854775807k", bad},
	}
	for _, test := range tests {
		got, ok := parseSize(test.text)
		if ok != (test.want != bad) || ok && got != test.want {
			t.Errorf("parseSize(%q) = %d, %t; want %d", test.text, got, ok, test.want)
		}
	}
}
