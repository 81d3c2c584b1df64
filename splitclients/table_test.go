package splitclients

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// block makes a split of the given percentages with values p1, p2, …
func block(t testing.TB, percents []string, rule Rule) *Split {
	t.Helper()
	var text strings.Builder
	text.WriteString(`split_clients "${remote_addr}" $variant {`)
	for i, percent := range percents {
		fmt.Fprintf(&text, " %s p%d;", percent, i+1)
	}
	split, err := Parse(text.String()+" }", rule)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func TestThresholds(t *testing.T) {
	for _, test := range []struct {
		percents string
		before   []uint32
		from     []uint32 // nil: same as before
	}{
		{"0.5% 2.0% *", []uint32{21474836, 107374181, 0}, nil},
		{"50% 50%", []uint32{2147483647, 4294967294}, []uint32{2147483647, 0}},
		{"33.33% 33.33% 33.34%", []uint32{1431512599, 2863025198, 4294967294}, []uint32{1431512599, 2863025198, 0}},
		{"33.33% 33.33% 33.33%", []uint32{1431512599, 2863025198, 4294537797}, nil},
		{"10% 20% 30% *", []uint32{429496729, 1288490188, 2576980376, 0}, nil},
		{strings.Repeat("10% ", 10),
			[]uint32{429496729, 858993458, 1288490187, 1717986916, 2147483645, 2576980374, 3006477103, 3435973832, 3865470561, 4294967290},
			[]uint32{429496729, 858993458, 1288490187, 1717986916, 2147483645, 2576980374, 3006477103, 3435973832, 3865470561, 0}},
		{"0.01% *", []uint32{429496, 0}, nil},
		{"1% *", []uint32{42949672, 0}, nil},
		{"99.99% *", []uint32{4294537798, 0}, nil},
		{"100%", []uint32{4294967295}, []uint32{0}},
		{"50% 50% *", []uint32{2147483647, 4294967294, 0}, []uint32{2147483647, 0, 0}},
		{"* *", []uint32{0, 0}, nil},
		{"", nil, nil},
	} {
		if test.from == nil {
			test.from = test.before
		}
		for rule, want := range map[Rule][]uint32{RuleBefore1312: test.before, RuleFrom1312: test.from} {
			var got []uint32
			for _, part := range block(t, strings.Fields(test.percents), rule).Table.Parts() {
				got = append(got, part.Threshold)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %v: thresholds %d, want %d", test.percents, rule, got, want)
			}
		}
	}
}

func TestConfiguredShares(t *testing.T) {
	for percents, want := range map[string][]uint32{ // the last one is Rest
		"0.5% 2.0% *":                {50, 200, 9750, 0},
		"33.33% 33.33% 33.33%":       {3333, 3333, 3333, 1},
		"50% 50% *":                  {5000, 5000, 0, 0},
		"* *":                        {10000, 0, 0},
		"100%":                       {10000, 0},
		"":                           {10000},
		"0.01% .5% 10.% 00.50% 1.1%": {1, 50, 1000, 50, 110, 8789},
	} {
		for _, rule := range []Rule{RuleBefore1312, RuleFrom1312} {
			table := block(t, strings.Fields(percents), rule).Table
			var got []uint32
			for _, part := range table.Parts() {
				got = append(got, part.Percent)
			}
			if got = append(got, table.Rest()); !slices.Equal(got, want) {
				t.Errorf("%s, %v: shares %d, want %d", percents, rule, got, want)
			}
		}
	}
}

const documented = `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`

func parseDocumented(t testing.TB) *Split {
	t.Helper()
	split, err := Parse(documented, RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func TestVariant(t *testing.T) {
	table := parseDocumented(t).Table
	for key, want := range map[string]string{
		"10.0.1.250AAA": ".one", "10.0.3.113AAA": ".one",
		"10.0.0.157AAA": ".two", "10.0.0.203AAA": ".two",
		"10.0.0.1AAA": "", "": ".one",
	} {
		if got := table.Variant([]byte(key)); got != want {
			t.Errorf("Variant(%q) = %q, want %q", key, got, want)
		}
	}
}

// Hashes that rounding leaves over are where the two rules differ.
func TestEdgeKeys(t *testing.T) {
	before := block(t, []string{"50%", "50%"}, RuleBefore1312).Table
	from := block(t, []string{"50%", "50%"}, RuleFrom1312).Table
	for _, key := range []string{"u171226214", "u1200814881", "u2065594069", "u2183489474"} {
		if got := before.Index([]byte(key)); got != NoPart {
			t.Errorf("before 1.31.2, key %q belongs to part %d, want none", key, got)
		}
		if got := before.Variant([]byte(key)); got != "" {
			t.Errorf("before 1.31.2, key %q gives %q, want nothing", key, got)
		}
		if got := from.Variant([]byte(key)); got != "p2" {
			t.Errorf("from 1.31.2, key %q gives %q, want %q", key, got, "p2")
		}
	}
	for _, table := range []Table{before, from} {
		if got := table.Variant([]byte("u306835943")); got != "p2" {
			t.Errorf("key %q gives %q, want %q", "u306835943", got, "p2")
		}
	}
}

func TestSharesOfAddresses(t *testing.T) {
	split := parseDocumented(t)
	counts := map[string]int{}
	for i := range 65536 {
		address := fmt.Appendf(nil, "10.0.%d.%d", i>>8, i&255)
		key := split.Key.Append(nil, func(int) []byte { return address })
		counts[split.Table.Variant(key)]++
	}
	for variant, want := range map[string]string{".one": "0.499", ".two": "2.089", "": "97.412"} {
		if got := fmt.Sprintf("%.3f", float64(counts[variant])*100/65536); got != want {
			t.Errorf("variant %q has %s %% of the addresses, want %s %%", variant, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	for text, want := range map[string][]string{
		`0.5% .one; 2.0% .two; * "";`: {".one", ".two", ""},
		`50% a; 50% b;`:               {"a", "b"},
		`50% a; 20% b;`:               {"a", "b", ""},
		`10% a; 10% b; 10% a; * b;`:   {"a", "b"},
		`* a; * b;`:                   {"a"},
		`50% ""; 10% a;`:              {"", "a"},
	} {
		split, err := Parse("split_clients k $v {"+text+"}", RuleNewest)
		if err != nil {
			t.Fatal(err)
		}
		if got := split.Table.Values(); !slices.Equal(got, want) {
			t.Errorf("%s: values %q, want %q", text, got, want)
		}
	}
	before, err := Parse("split_clients k $v {50% a; 50% b;}", RuleBefore1312)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := before.Table.Values(), []string{"a", "b", ""}; !slices.Equal(got, want) {
		t.Errorf("before 1.31.2: values %q, want %q", got, want)
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	split := parseDocumented(t)
	buffer := make([]byte, 0, 64)
	address := []byte("203.0.113.7")
	length := 0
	if allocations := testing.AllocsPerRun(100, func() {
		buffer = split.Key.Append(buffer[:0], func(int) []byte { return address })
		length += len(split.Table.Variant(buffer))
	}); allocations != 0 {
		t.Errorf("a lookup allocates %v times, want 0", allocations)
	}
}

func BenchmarkVariant(b *testing.B) {
	split := parseDocumented(b)
	buffer := make([]byte, 0, 64)
	address := []byte("203.0.113.7")
	b.ReportAllocs()
	for b.Loop() {
		buffer = split.Key.Append(buffer[:0], func(int) []byte { return address })
		if split.Table.Variant(buffer) != "" {
			b.Fatal("wrong variant")
		}
	}
}
