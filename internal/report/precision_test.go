package report

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestDigitsWithin(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      int
	}{{0, 2, 2}, {0.5, math.Inf(1), 2}, {0.7, 2.4, 2}, {5.3, 7.7, 2}, {1.01, 1.12, 3}, {0.995, 1.004, 4}, {1, 1, 4}} {
		if got := digitsWithin(c.low, c.high); got != c.want {
			t.Errorf("%v to %v: %d digits, want %d", c.low, c.high, got, c.want)
		}
	}
}

func TestSignificant(t *testing.T) {
	for _, c := range []struct {
		value  float64
		digits int
		want   string
	}{
		{0, 2, "0"}, {1, 2, "1.0"}, {0.0956, 2, "0.096"}, {9.96, 2, "10"}, {99.96, 3, "100"}, {6.43, 2, "6.4"}, {1234.5, 2, "1,200"}, {1234.5, 4, "1,234"},
		{999.9, 3, "1,000"}, {12345678, 3, "12,300,000"}, {1e300, 2, "1e+300"}, {1e-9, 2, "<0.0000001"}, {0.00012, 2, "0.00012"}, {100, 2, "100"},
	} {
		if got := significant(c.value, c.digits); got != c.want {
			t.Errorf("%v with %d digits is %q, want %q", c.value, c.digits, got, c.want)
		}
	}
}

// TestApart: the end of an interval is on the same side of 1 and of the margin as it
// is shown.
func TestApart(t *testing.T) {
	for _, c := range []struct {
		value float64
		marks []float64
		want  string
	}{
		{1.004, []float64{1}, "1.004"}, {0.998, []float64{1}, "0.998"}, {1.04, nil, "1.0"}, {1, []float64{1}, "1.0"}, {1.196, []float64{1, 1.2}, "1.196"},
		{1.16, []float64{1, 1.2}, "1.16"}, {1.14, []float64{1, 1.2}, "1.1"}, {1.0000000001, []float64{1}, "1.0"}, {1.00002, []float64{1}, "1.00002"},
	} {
		if got := apart(c.value, 2, c.marks...); got != c.want {
			t.Errorf("%v beside %v is %q, want %q", c.value, c.marks, got, c.want)
		}
	}
	for value := 0.5; value < 2; value += 0.00037 {
		shown, err := strconv.ParseFloat(apart(value, 2, 1, 1.2), 64)
		if err != nil || (shown > 1) != (value > 1) || (shown >= 1.2) != (value >= 1.2) {
			t.Errorf("%v is shown as %v: %v", value, shown, err)
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "share", "0%"}, {0.0437, "share", "4.4%"}, {1, "share", "100%"}, {142.3, "ms", "140 ms"}, {999.7, "ms", "1.0 s"}, {61_234, "ms", "61 s"},
		{0, "bytes", "0 B"}, {999.7, "bytes", "1.0 kB"}, {12_345, "bytes", "12 kB"}, {5e12, "bytes", "5,000 GB"}, {math.Inf(1), "ms", "off scale"},
	} {
		if got := amount(c.value, c.unit, 2); got != c.want {
			t.Errorf("%v %s is %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

func TestShareText(t *testing.T) {
	for share, want := range map[float64]string{0: "0%", 0.005: "0.5%", 0.0975: "9.75%", 1: "100%", 0.12345: "12.3%", 0.5: "50%"} {
		if got := shareText(share, 3); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}

func TestRoughSpan(t *testing.T) {
	for text, want := range map[string]float64{"3 min": 180_000, "1 min": 1, "110 min": 6_600_000, "5.5 h": 19_800_000, "47 h": 169_200_000, "72 d": 6_220_800_000} {
		if got := roughSpan(want); got != text {
			t.Errorf("%v ms are %q, want %q", want, got, text)
		}
	}
}

// TestMoreData: evidence grows with the root of the amount of data.
func TestMoreData(t *testing.T) {
	for _, c := range []struct {
		ratio, detectable, margin float64
		want                      string
	}{
		{1, 1.4, 1.2, "for ×1.2, the margin, it takes about 4 times the data in all, 27 h more"},
		{1.1, 1.6, 0, "for ×1.1, as observed, it takes about 36 times the data in all, 13 d more"},
		{0.8, 1.4, 0, "for ×0.80, as observed, it takes about 4 times"},
		{1.3, 1.4, 1.2, "for ×1.3, as observed"}, // no data will put it below the margin
		{1, 1.1, 1.2, "×1.2, the margin, is not smaller: a little more data may decide"},
		{1.0001, 1.5, 0, "a ratio of ×1.5 in errors_5xx would be seen (with a probability of 80%)."},
		{1, 2, 1.001, "would take more than 1,000 times the data"},
		{1, math.Inf(1), 1.2, "no difference of errors_5xx, however large, would be seen"},
		{math.Inf(1), 3, 1.2, "a ratio of ×3.0 in errors_5xx would be seen (with a probability of 80%)."},
	} {
		m := errorsOf("UNDECIDED", 0.01, 0.01, c.ratio, 0, math.Inf(1))
		m.Detectable = c.detectable
		r := resultOf("UNDECIDED", variantOf(".one", 0.1, m))
		r.Margin = c.margin
		w := words{true, &Experiment{Result: r}}
		if got := w.moreData(&m); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
