package config

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestParseIsBounded gives Parse the texts that the YAML library is worst at, as
// long as a file may be and longer.
func TestParseIsBounded(t *testing.T) {
	const most, mostMemory = 10 * time.Second, 512 << 20 // under the race detector, on a busy machine
	for _, test := range [][2]string{
		{"split: |\n ", "\n"}, {"split: |\n ", " \n"}, {"split: |\n x\n", strings.Repeat("\n", maxBlank) + " x\n"},
		{"split: |\n x\n", strings.Repeat("\n", maxBlank) + "a: |\n x\n"}, {"split: \"", "a\t"}, {"split: \"" + strings.Repeat("a", 100<<10), "\t"},
		{"", "["}, {"", "{a: "}, {"", "[a,"}, {"", "- "}, {"", "? "}, {"", "a:\n"}, {"", "a:\n "}, {"", "- - a\n"}, {"", "&a "}, {"", "!a "},
		{strings.Repeat("[", maxDepth), "a,"}, {strings.Repeat("k", maxName) + ": [", "a,"}, {"", "a: &a [*a, *a]\n"},
		{"split: \"", strings.Repeat("a", maxFile/maxTabs) + "\t"},
	} {
		for _, length := range []int{maxTokens, maxFile - len(test[0]), 1 << 20} {
			text := []byte(test[0] + strings.Repeat(test[1], length/len(test[1])))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			if _, err := Parse("f", text); err == nil {
				t.Errorf("%.20q and many %.20q: want problems", test[0], test[1])
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if memory := after.TotalAlloc - before.TotalAlloc; took > most || memory > mostMemory {
				t.Errorf("%.20q and many %.20q, %d bytes: %v and %d MiB", test[0], test[1], len(text), took, memory>>20)
			}
			t.Logf("%.20q %.20q %d: %v", test[0], test[1], len(text), took)
		}
	}
}
