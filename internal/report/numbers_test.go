package report

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	tests := []struct{ got, want string }{
		{grouped(0), "0"},
		{grouped(999), "999"},
		{grouped(1000), "1,000"},
		{grouped(12_345_678), "12,345,678"},
		{grouped(-1234), "-1,234"},
		{grouped(math.MinInt64), "-9,223,372,036,854,775,808"},
		{counted(1, "line", "lines"), "1 line"},
		{counted(0, "line", "lines"), "0 lines"},

		{byteSize(999), "999 B"},
		{byteSize(1000), "1.00 kB"},
		{byteSize(12_345), "12.3 kB"},
		{byteSize(999_499), "999 kB"},
		{byteSize(999_500), "1.00 MB"},
		{byteSize(1_200_000_000), "1.20 GB"},
		{byteSize(math.MaxInt64), "9.22 EB"},

		{latency(0), "0 ms"},
		{latency(999), "999 ms"},
		{latency(1250), "1.25 s"},
		{latency(9994), "9.99 s"},
		{latency(9995), "10.0 s"},
		{latency(99_949), "99.9 s"},
		{latency(99_950), "100 s"},
		{latency(599_999), "600 s"},
		{latency(600_000), "10 min"},
		{latency(6_000_000), "1.67 h"},
		{latency(365 * 24 * 3_600_000), "8,760 h"},

		{percent(0, 0, 1), ""},
		{percent(0, 10, 1), "0%"},
		{percent(10, 10, 2), "100%"},
		{percent(1, 3, 1), "33.3%"},
		{percent(1, 30, 1), "3.3%"},
		{percent(1, 30, 2), "3.33%"},
		{percent(999, 10_000, 2), "9.99%"},
		{percent(99_999, 1_000_000, 2), "10.0%"},
		{percent(1, 1_000_000, 1), "0.0%"},
		{percent(1, 1_000_000, 2), "0.00%"},
		{percent(999_999, 1_000_000, 1), "99.9%"},
		{percent(math.MaxInt64/3, math.MaxInt64, 1), "33.3%"},

		{rate(10, 0), ""},
		{rate(1_234_498, 32_400_000), "38.1/s"},
		{rate(500, 1000), "500/s"},
		{rate(1_234_567, 1000), "1,234,567/s"},
		{rate(30, 3_600_000), "30.0/h"},
		{rate(300, 3_600_000), "5.0/min"},
		{rate(1, 1_000_000_000_000), "0.0/h"},

		{spanOf(12), "12 ms"},
		{spanOf(1499), "1 s"},
		{spanOf(60_000), "1 min"},
		{spanOf(90_000), "1 min 30 s"},
		{spanOf(9 * 3_600_000), "9 h"},
		{spanOf(9*3_600_000 - 400), "9 h"},
		{spanOf(26 * 3_600_000), "1 d 2 h"},
		{spanOf(24*3_600_000 - 20_000), "24 h"},
		{spanOf(400 * 24 * 3_600_000), "400 d"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
