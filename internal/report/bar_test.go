package report

import (
	"math"
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	fine, ascii := newScreen(Options{Unicode: true}), newScreen(Options{})
	for _, test := range []struct {
		n, most     int64
		fine, ascii string
	}{
		{0, 10, "", ""},
		{10, 10, "████", "####"},
		{5, 10, "██", "##"},
		{1, 1000, "▏", "#"},
		{7, 32, "▉", "#"},
		{math.MaxInt64, math.MaxInt64, "████", "####"},
	} {
		if got := fine.bar(test.n, test.most, 4); got != test.fine {
			t.Errorf("bar(%d, %d) = %q, want %q", test.n, test.most, got, test.fine)
		}
		if got := ascii.bar(test.n, test.most, 4); got != test.ascii {
			t.Errorf("bar(%d, %d) in ASCII = %q, want %q", test.n, test.most, got, test.ascii)
		}
	}
}

func TestSparkline(t *testing.T) {
	values := []int64{0, 1, 10, 20, 30, 40, 50, 60, 70}
	if got, want := newScreen(Options{Unicode: true}).sparkline(values), " ▁▂▃▄▅▆▇█"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := newScreen(Options{}).sparkline(values), " _.:-=+*#"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := newScreen(Options{}).sparkline(make([]int64, 3)); strings.TrimSpace(got) != "" {
		t.Errorf("nothing is %q", got)
	}
}
