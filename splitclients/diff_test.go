package splitclients

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tables draws a table of any shape: repeated values, "*", a remainder, both
// rules.
func tables(t *rapid.T, label string) Table {
	var text strings.Builder
	text.WriteString("split_clients k $v {")
	left := full
	for left > 0 && rapid.IntRange(0, 5).Draw(t, label+" goes on") > 0 {
		percent := rapid.IntRange(1, left).Draw(t, label+" percent")
		fmt.Fprintf(&text, " %d.%02d%% %s;", percent/100, percent%100, values(t, label))
		left -= percent
	}
	for rapid.Bool().Draw(t, label+" catches all") {
		fmt.Fprintf(&text, " * %s;", values(t, label))
	}
	rule := rapid.SampledFrom([]Rule{RuleFrom1312, RuleBefore1312}).Draw(t, label+" rule")
	split, err := Parse(text.String()+" }", rule)
	if err != nil {
		t.Fatal(err)
	}
	return split.Table
}

func values(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{`""`, "a", "b", "c", "d"}).Draw(t, label+" value")
}

// valueOfHash is what nginx does with a hash, without ranges.
func valueOfHash(table *Table, hash uint32) string {
	if i := table.IndexOfHash(hash); i != NoPart {
		return table.Parts()[i].Value
	}
	return ""
}

// boundaries returns the hashes at which a table may change its value, each
// with its neighbours.
func boundaries(tables ...*Table) []uint32 {
	hashes := []uint32{0, 1, 1<<32 - 2, 1<<32 - 1}
	for _, table := range tables {
		for _, part := range table.Parts() {
			hashes = append(hashes, part.Threshold-2, part.Threshold-1, part.Threshold, part.Threshold+1)
		}
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// bruteMoves counts who moves by lookups alone. Between two neighbouring
// boundaries nothing changes, so that one hash of each stretch speaks for all.
func bruteMoves(before, after *Table) map[[2]string]uint64 {
	moves := map[[2]string]uint64{}
	hashes := boundaries(before, after)
	for i, hash := range hashes {
		end := uint64(HashSpace)
		if i+1 < len(hashes) {
			end = uint64(hashes[i+1])
		}
		if from, to := valueOfHash(before, hash), valueOfHash(after, hash); from != to {
			moves[[2]string{from, to}] += end - uint64(hash)
		}
	}
	return moves
}

func TestDiffAgainstLookups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := tables(t, "before"), tables(t, "after")
		difference := before.Diff(&after)

		want := bruteMoves(&before, &after)
		var moved uint64
		for _, move := range difference.Moves {
			if got := want[[2]string{move.From, move.To}]; move.Hashes != got || got == 0 {
				t.Errorf("%q to %q: %d hashes, want %d", move.From, move.To, move.Hashes, got)
			}
			moved += move.Hashes
		}
		if len(difference.Moves) != len(want) {
			t.Errorf("%d moves, want %d: %v", len(difference.Moves), len(want), want)
		}
		if moved != difference.Moved {
			t.Errorf("moves add up to %d, Moved is %d", moved, difference.Moved)
		}
		if !slices.IsSortedFunc(difference.Moves, func(a, b Move) int {
			return cmp.Or(cmp.Compare(b.Hashes, a.Hashes), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
		}) {
			t.Errorf("not sorted: %v", difference.Moves)
		}
		if difference.Needed > difference.Moved {
			t.Errorf("%d needed of %d moved", difference.Needed, difference.Moved)
		}
		had, gains := map[string]uint64{}, uint64(0)
		for _, share := range before.Shares() {
			had[share.Value] = share.Hashes
		}
		for _, share := range after.Shares() {
			gains += max(share.Hashes, had[share.Value]) - had[share.Value]
		}
		if difference.Needed != gains {
			t.Errorf("%d needed, the shares gain %d", difference.Needed, gains)
		}

		back := after.Diff(&before)
		if back.Moved != difference.Moved || back.Needed != difference.Needed {
			t.Errorf("back: %d moved, %d needed; there: %d and %d", back.Moved, back.Needed, difference.Moved, difference.Needed)
		}
		if self := before.Diff(&before); self.Moved != 0 || self.Needed != 0 || len(self.Moves) != 0 {
			t.Errorf("a table differs from itself: %+v", self)
		}
	})
}

// TestDiffAgainstSample counts the moves of many hashes drawn evenly.
func TestDiffAgainstSample(t *testing.T) {
	const draws = 1 << 20
	before := block(t, []string{"0.5%", "2%", "33.33%", "*"}, RuleBefore1312).Table
	after := block(t, []string{"10%", "2%", "50%", "38%"}, RuleFrom1312).Table
	got := map[[2]string]int{}
	random := rand.New(rand.NewPCG(1, 2))
	for range draws {
		hash := random.Uint32()
		got[[2]string{valueOfHash(&before, hash), valueOfHash(&after, hash)}]++
	}
	difference := before.Diff(&after)
	if len(difference.Moves) == 0 {
		t.Fatal("nothing moves")
	}
	for _, move := range difference.Moves {
		share := float64(move.Hashes) / HashSpace
		if sampled := float64(got[[2]string{move.From, move.To}]) / draws; sampled < share-0.003 || sampled > share+0.003 {
			t.Errorf("%q to %q: share %.4f, of the sample %.4f", move.From, move.To, share, sampled)
		}
	}
}

func TestShares(t *testing.T) {
	for _, test := range []struct {
		parts string
		rule  Rule
		want  string // value=hashes/percent…
	}{
		{`0.5% .one; 2.0% .two; * "";`, RuleNewest, ".one=21474836/50 .two=85899345/200 =4187593115/9750"},
		{`50% a; 50% b;`, RuleBefore1312, "a=2147483647/5000 b=2147483647/5000 =2/0"},
		{`50% a; 50% b;`, RuleFrom1312, "a=2147483647/5000 b=2147483649/5000"},
		{`50% a; 50% b; * c;`, RuleBefore1312, "a=2147483647/5000 b=2147483647/5000 c=2/0"},
		{`50% a; 50% b; * c;`, RuleFrom1312, "a=2147483647/5000 b=2147483649/5000 c=0/0"},
		{`10% a; 10% b; 10% a;`, RuleNewest, "a=858993458/2000 b=429496729/1000 =3006477109/7000"},
		{`* a; * b;`, RuleNewest, "a=4294967296/10000 b=0/0"},
		{`100% a;`, RuleBefore1312, "a=4294967295/10000 =1/0"},
		{`10% ""; 10% a;`, RuleNewest, "=3865470567/9000 a=429496729/1000"},
		{``, RuleNewest, "=4294967296/10000"},
	} {
		split, err := Parse("split_clients k $v {"+test.parts+"}", test.rule)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, share := range split.Table.Shares() {
			got = append(got, fmt.Sprintf("%s=%d/%d", share.Value, share.Hashes, share.Percent))
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s, %v:\n got %s\nwant %s", test.parts, test.rule, got, test.want)
		}
	}
}

func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tables(t, "table")
		lookups := map[string]uint64{}
		hashes := boundaries(&table)
		for i, hash := range hashes {
			end := uint64(HashSpace)
			if i+1 < len(hashes) {
				end = uint64(hashes[i+1])
			}
			lookups[valueOfHash(&table, hash)] += end - uint64(hash)
		}
		var total, percent uint64
		var reached []string
		for _, share := range table.Shares() {
			total += share.Hashes
			percent += uint64(share.Percent)
			if share.Hashes != lookups[share.Value] {
				t.Errorf("value %q: %d hashes, want %d", share.Value, share.Hashes, lookups[share.Value])
			}
			if share.Hashes > 0 {
				reached = append(reached, share.Value)
			}
		}
		if total != HashSpace || percent != full {
			t.Errorf("shares add up to %d hashes and %d hundredths of a percent", total, percent)
		}
		if values := table.Values(); !slices.Equal(reached, values) {
			t.Errorf("values with a share %q, Values() %q", reached, values)
		}
	})
}

func TestTemplateEqual(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"$remote_addr", "${Remote_Addr}", true},
		{"$a-$b", "${a}-${b}", true},
		{"$a$b", "$b$a", false},
		{"$a$b", "$c$d", false},
		{"$a", "$a$a", false},
		{"a", "b", false},
		{"", "", true},
	} {
		a, errA := ParseTemplate(test.a)
		b, errB := ParseTemplate(test.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := a.Equal(&b); got != test.want {
			t.Errorf("%q and %q: equal %v, want %v", test.a, test.b, got, test.want)
		}
	}
}
