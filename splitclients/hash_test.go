package splitclients

import "testing"

// The hashes were computed by nginx's own C code.
func TestHash(t *testing.T) {
	for key, want := range map[string]uint32{
		"":                0,
		"a":               2456313694,
		"ab":              446775395,
		"abc":             324500635,
		"abcd":            646393889,
		"abcde":           1594468574,
		"hello world":     1151865881,
		"user-42":         3766944517,
		"127.0.0.1":       3054706065,
		"127.0.0.1AAA":    3053215307,
		"10.0.0.1AAA":     326221919,
		"192.168.1.10AAA": 2187661096,
		"203.0.113.7AAA":  3049341244,
		"The quick brown fox jumps over the lazy dog": 556214736,
		"привет":           3883354630,
		"\x00":             3914231485,
		"\xff\xff\xff\xff": 346862554,
		"10.0.1.250AAA":    19621743,
		"10.0.3.113AAA":    17572072,
		"10.0.0.157AAA":    33277113,
		"10.0.0.203AAA":    99143127,
		"u171226214":       4294967294,
		"u1200814881":      4294967294,
		"u2065594069":      4294967294,
		"u2183489474":      4294967294,
		"u306835943":       4294967293,
	} {
		if got := Hash([]byte(key)); got != want {
			t.Errorf("Hash(%q) = %d, want %d", key, got, want)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	key := []byte("203.0.113.7AAA")
	b.SetBytes(int64(len(key)))
	b.ReportAllocs()
	for b.Loop() {
		if Hash(key) != 3049341244 {
			b.Fatal("wrong hash")
		}
	}
}
