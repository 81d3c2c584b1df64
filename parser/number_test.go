package parser

import (
	"fmt"
	"math/big"
	"testing"
)

func TestParseStatus(t *testing.T) {
	for n := range 1000 {
		text := fmt.Sprintf("%03d", n)
		if got, ok := parseStatus([]byte(text)); got != n || !ok {
			t.Errorf("parseStatus(%q) = %d, %t, want %d, true", text, got, ok, n)
		}
	}
	for _, text := range []string{"", "-", "0", "20", "2000", "2 0", "+20", "-20", "20x", "x20", "2.0", "/00", ":00", "٠٠"} {
		if got, ok := parseStatus([]byte(text)); ok {
			t.Errorf("parseStatus(%q) = %d, want none", text, got)
		}
	}
}

// TestStatusBytes tries every byte at every place.
func TestStatusBytes(t *testing.T) {
	for place := range 3 {
		for c := range 256 {
			text := []byte("000")
			text[place] = byte(c)
			_, ok := parseStatus(text)
			if want := c >= '0' && c <= '9'; ok != want {
				t.Errorf("parseStatus(%q) is a status: %t, want %t", text, ok, want)
			}
		}
	}
}

func TestParseDigits(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"00012", 12, true},
		{"615", 615, true},
		{"99999999999999999", 99999999999999999, true}, // 17 digits
		{"100000000000000000", 0, false},
		{"9223372036854775808", 0, false},
		{"18446744073709551615", 0, false},
		{"00000000000000000000001", 0, false},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.0", 0, false},
		{"1e3", 0, false},
		{" 1", 0, false},
		{"1,000", 0, false},
		{"0x1", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseDigits([]byte(tt.text)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseDigits(%q) = %d, %t, want %d, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

func TestParseMillis(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0.000", 0, true},
		{"0.001", 1, true},
		{"12.345", 12345, true},
		{"12", 12000, true},
		{"007.1", 7100, true},
		{"0.5", 500, true},
		{"0.25", 250, true},
		// Half up.
		{"0.0004", 0, true},
		{"0.0005", 1, true},
		{"0.00049999", 0, true},
		{"0.0015", 2, true},
		{"0.0025", 3, true},
		{"0.9995", 1000, true},
		{"0.9999999999999999999999", 1000, true},
		{"1.2344", 1234, true},
		{"1.23450000", 1235, true},
		{"1764036000.123", 1764036000123, true},
		{"1764036000.123456", 1764036000123, true},
		{"99999999999999.999", 99999999999999999, true}, // 14 digits of seconds
		{"100000000000000", 0, false},
		{"9223372036854775807.5", 0, false},

		{"", 0, false},
		{".", 0, false},
		{".5", 0, false},
		{"5.", 0, false},
		{"-0.001", 0, false},
		{"+1", 0, false},
		{"1.2.3", 0, false},
		{"1.2x", 0, false},
		{"1.x23", 0, false},
		{"1.-23", 0, false},
		{"1.1234x", 0, false},
		{"1e3", 0, false},
		{"0,004", 0, false},
		{"1 ", 0, false},
		{"NaN", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseMillis([]byte(tt.text)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseMillis(%q) = %d, %t, want %d, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

// TestMillisExactly compares with rational arithmetic.
func TestMillisExactly(t *testing.T) {
	for whole := range int64(2) {
		for fraction := range int64(3000) {
			for _, digits := range []int{4, 5, 7} {
				text := fmt.Sprintf("%d.%0*d", whole, digits, fraction*7)
				exact, _ := new(big.Rat).SetString(text)
				exact.Mul(exact, big.NewRat(1000, 1)).Add(exact, big.NewRat(1, 2))
				want := new(big.Int).Div(exact.Num(), exact.Denom()).Int64()
				if got, ok := parseMillis([]byte(text)); got != want || !ok {
					t.Fatalf("parseMillis(%q) = %d, %t, want %d, true", text, got, ok, want)
				}
			}
		}
	}
}

func TestParseLatency(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0.004", 4, true},
		{"31536000.000", maxLatency, true}, // 365 days
		{"31536000.0004", maxLatency, true},
		{"31536000.0005", 0, false},
		{"31536000.001", 0, false},
		{"1293926400.000", 0, false}, // 41 years
		{"-", 0, false},
		{"0.004, 0.005", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseLatency([]byte(tt.text)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseLatency(%q) = %d, %t, want %d, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
