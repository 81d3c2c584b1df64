package splitclients

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRearrange(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{`1% .one; 2% .two; * "";`, `2% .one; 2% .two; * "";`, `1.00% .one; 2.00% .two; 1.00% .one; * ""`},
		{`1% .one; 2% .two; * "";`, `0.4% .one; 2% .two; * "";`, `0.40% .one; 0.60% ""; 2.00% .two; * ""`},
		{`50% a; 50% b;`, `30% a; 30% b; 40% c;`, `30.00% a; 40.00% c; * b`},
		{`50% a; 20% b;`, `* a;`, `* a`},
		{`* a;`, `10% b;`, `10.00% b; * ""`},
		{`10% a; * b;`, `10% a; * b;`, `10.00% a; * b`},
		{``, `10% a; * b;`, `10.00% a; * b`},
	} {
		before, err := Parse("split_clients k $v {"+test.before+"}", RuleNewest)
		if err != nil {
			t.Fatal(err)
		}
		after, err := Parse("split_clients k $v {"+test.after+"}", RuleNewest)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, part := range before.Table.Rearrange(&after.Table) {
			got = append(got, writeWord(part.Percent)+" "+writeWord(part.Value))
		}
		if got, want := strings.Join(got, "; "), test.want; got != want {
			t.Errorf("%s to %s:\n got %s\nwant %s", test.before, test.after, got, want)
		}
	}
}

// TestRearrangeMovesLittle: never more than the shares ask for, but for what
// rounding adds, and with the shares that were asked for.
func TestRearrangeMovesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := tables(t, "before"), tables(t, "after")
		definition := Definition{Key: "$k", Variable: "$v", Parts: before.Rearrange(&after)}
		split, err := New(definition, RuleNewest)
		if err != nil {
			t.Fatal(err)
		}
		configured := map[string]uint32{}
		for _, share := range after.Shares() {
			configured[share.Value] = share.Percent
		}
		for _, share := range split.Table.Shares() {
			if share.Percent != configured[share.Value] {
				t.Errorf("value %q has %d, want %d", share.Value, share.Percent, configured[share.Value])
			}
			delete(configured, share.Value)
		}
		for value, percent := range configured {
			if percent > 0 {
				t.Errorf("value %q has no part, want %d", value, percent)
			}
		}
		direct, rearranged := before.Diff(&after), before.Diff(&split.Table)
		// Every boundary may be off by one hash for each part before it.
		slack := uint64(len(before.Parts())+len(definition.Parts)+len(after.Parts())) * uint64(len(before.Parts())+len(definition.Parts)+2)
		if rearranged.Moved > direct.Needed+slack {
			t.Errorf("%d hashes move, %d needed", rearranged.Moved, direct.Needed)
		}
	})
}

func TestDefinitionString(t *testing.T) {
	definition := Definition{Key: "${remote_addr}AAA", Variable: "$variant", Parts: []DefinitionPart{
		{Percent: "0.5%", Value: ".one"}, {Percent: "10.00%", Value: "a b;}"}, {Percent: "*", Value: ""},
	}}
	want := `split_clients ${remote_addr}AAA $variant {
    0.5%    .one;
    10.00%  "a b;}";
    *       "";
}`
	want = strings.Replace(want, "${remote_addr}AAA", `"${remote_addr}AAA"`, 1)
	if got := definition.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDefinitionStringIsReadBack covers what needs quotes and escapes.
func TestDefinitionStringIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.SampledFrom([]rune("ab \t\r\n;{}\"'#\\$ntrжx")), 0, 12, -1).Draw(t, "value")
		key := strings.ReplaceAll(rapid.String().Draw(t, "key"), "$", "")
		if len(key) > 1000 {
			return
		}
		definition := Definition{Key: key, Variable: "$v", Parts: []DefinitionPart{{Percent: "1%", Value: value}}}
		split, err := Parse(definition.String(), RuleNewest)
		if err != nil {
			t.Fatalf("%q: %v", definition.String(), err)
		}
		if got := split.Table.Parts()[0].Value; got != value || split.Key.String() != key {
			t.Errorf("%q: value %q and key %q, want %q and %q", definition.String(), got, split.Key.String(), value, key)
		}
	})
}
